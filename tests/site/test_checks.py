"""Each check of the site's pages reports a small page that breaks what it checks, and is silent about one that does not."""

import os

import pytest
import webcheck
from webserver import serve

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{head}</head>
<body style="background:#fff"><main><article><h1>Title</h1>{body}</article></main></body></html>"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
GOOD = """<p>Text, <a href="other.html#there">a link</a>, <a href="https://example.org">another</a>.</p>
<img src="plot.svg" alt="a line that rises" style="background:#fff">"""


@pytest.fixture
def small(tmp_path, visit):
    """small(body, head="", width=1280) -> (visit, folder, address) of a page with this body."""
    servers = []

    def small(body, head="", **options):
        (tmp_path / "page.html").write_text(PAGE.format(head=head, body=body))
        (tmp_path / "other.html").write_text(PAGE.format(head="", body='<p id="there">there</p>'))
        (tmp_path / "plot.svg").write_text(PICTURE)
        server = serve(tmp_path)
        servers.append(server)
        address = server.__enter__()
        opened = visit(**options)
        opened.open(f"{address}page.html", until="networkidle")
        return opened, tmp_path, address

    yield small
    for server in servers:
        server.__exit__(None, None, None)


def test_a_good_page_passes_every_check(small):
    opened, site, address = small(GOOD, width=320)
    page = opened.page
    assert opened.foreign() == opened.console == webcheck.axe(page) == webcheck.sideways(page) == []
    assert webcheck.unsaid(page) == webcheck.dim(page) == webcheck.broken(page, site, address) == []
    assert webcheck.fallbacks(opened) == []


def test_a_request_to_another_host_is_seen(small):
    opened, *_ = small(GOOD, head='<link rel="stylesheet" href="http://localhost:9/style.css">')
    assert opened.foreign() == ["http://localhost:9/style.css"]


@pytest.mark.parametrize("fault", ["<script>undefined.name</script>", "<script>console.warn('no')</script>",
                                   '<script src="missing.js"></script>'])
def test_a_complaint_in_the_console_is_seen(small, fault):
    opened, *_ = small(GOOD + fault)
    assert len(opened.console) == 1


def test_weight_is_what_the_network_carried(small):
    noise = os.urandom(60_000).hex()  # hexadecimal: gzip halves it
    opened, *_ = small(f"<!-- {noise} -->")
    size, images = opened.weight()
    assert 60_000 < size < 72_000 and images == 0


def test_content_images_are_weighed_apart(small, tmp_path):
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "noise.svg").write_text(PICTURE + f"<!-- {os.urandom(60_000).hex()} -->")
    opened, *_ = small('<img src="_images/noise.svg" alt="only so much noise">')
    size, images = opened.weight()
    assert size < 2_000 and 60_000 < images < 72_000


@pytest.mark.parametrize(("fault", "rule"), [
    ('<p style="color:#bbb">pale</p>', "color-contrast"), ('<img src="plot.svg">', "image-alt"),
    ("<button></button>", "button-name"), ('<input type="text">', "label")])
def test_a_barrier_is_seen(small, fault, rule):
    opened, *_ = small(GOOD + fault)
    assert [finding.partition(":")[0] for finding in webcheck.axe(opened.page)] == [rule]


def test_a_wide_page_is_seen(small):
    opened, *_ = small(GOOD + '<p class="wide" style="width:400px">wide</p>', width=320)
    assert any("P .wide" in finding for finding in webcheck.sideways(opened.page))


@pytest.mark.parametrize("alt", ["", "plot.svg", "../_images/3c94.png", "a figure"])
def test_an_image_without_words_is_seen(small, alt):
    opened, *_ = small(f'<img src="plot.svg" alt="{alt}">')
    assert len(webcheck.unsaid(opened.page)) == 1


@pytest.mark.parametrize("style", ["", "background:#222", "background:#fff;filter:brightness(.8)"])
def test_a_figure_without_a_light_card_is_seen(small, style):
    opened, *_ = small(f'<img src="plot.svg" alt="a line that rises" style="{style}">')
    assert len(webcheck.dim(opened.page)) == 1


@pytest.mark.parametrize("href", ["missing.html", "other.html#nowhere", "#nowhere", "/elsewhere.html"])
def test_a_broken_link_is_seen(small, href):
    opened, site, address = small(f'<a href="{href}">link</a>')
    assert len(webcheck.broken(opened.page, site, address)) == 1


def test_a_letter_from_a_font_that_is_not_shipped_is_seen(small):
    opened, *_ = small('<span class="katex-html"><span style="font-family:KaTeX_Main,serif">x</span></span>')
    assert len(webcheck.fallbacks(opened)) == 1


def test_an_icon_without_a_glyph_is_seen(small):
    style = '<style>.fa-bars::before{font-family:"Font Awesome 6 Free";content:"\\f0c9"}</style>'
    opened, *_ = small('<p><i class="fa-bars"></i></p>', head=style)
    assert len(webcheck.fallbacks(opened)) == 1
