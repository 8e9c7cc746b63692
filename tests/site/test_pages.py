"""The promises of the built site, page by page, in a real browser."""

import re

import pytest
from webcheck import LIMIT, axe, broken, dim, fallbacks, pages, sideways, switch, unfold, unsaid

SCHEMES, WIDTHS = ("light", "dark"), (1280, 390)


def test_the_site_has_the_pages_of_its_contents_and_no_other(site):
    built = {file.relative_to(site).as_posix() for file in site.rglob("*.html")}
    assert built == {*pages(), "index.html"}


def test_the_front_door_leads_to_the_home_page(visit, site, address):
    door = visit()
    door.page.goto(address)
    door.page.wait_for_url("**/chapters/intro.html")
    assert door.console == [] and door.foreign() == []
    icon = re.search('<link rel="icon" href="([^"]+)">', (site / "index.html").read_text())
    assert (site / icon[1]).is_file()  # or the browser asks for /favicon.ico, sometimes in time to complain here
    still = door.page
    still.set_content((site / "index.html").read_text().replace('http-equiv="refresh"', ""))
    assert axe(still) == []


def test_first_visit(desktop, pagename, note):
    """Nothing from another host, nothing in the console, not too heavy."""
    assert desktop.foreign() == []
    assert desktop.console == []
    size, images = desktop.weight()
    note("weight", pagename, size, images)
    assert size <= LIMIT, f"{size} bytes"


@pytest.mark.parametrize("width", WIDTHS)
def test_accessible(visit, address, pagename, width):
    """No violation of WCAG 2.1 AA: as the page comes, unfolded, in light and in dark, on a desktop and on a phone.

    Not every combination, since axe takes seconds on a long page: colours do not depend on the width, nor the rest on
    the colours.
    """
    page = visit(width=width).open(address + pagename)
    if width == WIDTHS[0]:
        assert axe(page) == []
        switch(page, "dark", color_scheme="dark")
    unfold(page)
    assert axe(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_menus_and_search_are_accessible(visit, address, width, scheme):
    page = visit(width=width, scheme=scheme).open(f"{address}chapters/use.html")
    toggles = [".primary-toggle", ".secondary-toggle"] if width < 1000 else []  # on a desktop they hide, not open
    for toggle in toggles:
        page.locator(f"{toggle}:visible").first.click()
        dialog = page.locator("dialog[open]")
        assert dialog.count() == 1
        assert axe(page) == []
        page.keyboard.press("Escape")
        assert dialog.count() == 0
    page.locator(".search-button__button:visible").first.click()
    assert page.locator("dialog[open] input[type=search]").evaluate("(field) => field === document.activeElement")
    assert axe(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_search_finds(visit, address, scheme):
    found = visit(scheme=scheme)
    page = found.open(f"{address}search.html?q=encoder")
    page.locator("#search-results li").first.wait_for()
    assert axe(page) == []
    assert found.console == [] and found.foreign() == []


def test_no_sideways_scroll_on_a_narrow_screen(visit, address, pagename):
    page = visit(width=320).open(address + pagename)
    assert sideways(page) == []
    unfold(page)
    assert sideways(page) == []


def test_links_lead_somewhere(desktop, site, address, pagename):
    assert broken(desktop.page, site, address) == []


def test_images_say_what_is_in_them(desktop, pagename):
    assert unsaid(desktop.page) == []


def test_figures_can_be_read_in_the_dark(desktop, pagename):
    switch(desktop.page, "dark", media="screen", color_scheme="dark")
    unfold(desktop.page)
    assert dim(desktop.page) == []


def test_every_letter_and_icon_is_shipped(desktop, pagename):
    unfold(desktop.page)
    assert fallbacks(desktop) == []
    # What is drawn is also there for screen readers.
    assert desktop.page.locator(".katex").count() == desktop.page.locator(".katex math").count()


def test_a_dark_page_prints_light(desktop, pagename):
    page = desktop.page
    colour = "() => getComputedStyle(document.body).backgroundColor"
    switch(page, "dark", media="screen", color_scheme="dark")
    dark = page.evaluate(colour)
    switch(page, "light", media="print", color_scheme="dark")
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    switch(page, "dark", media="screen", color_scheme="dark")
    assert page.evaluate(colour) == dark
    # The real thing: the browser tells the page before it prints.
    page.evaluate("addEventListener('beforeprint', () => { window.paper = document.documentElement.dataset.theme; })")
    page.pdf()
    assert page.evaluate("() => window.paper") == "light"
    assert page.evaluate(colour) == dark


def test_everything_can_be_read_without_scripts(visit, desktop, address, pagename):
    """The words of the page's text are visible when scripts are off; only the search needs them, and says so."""
    without = visit(java_script_enabled=False).open(address + pagename)
    if pagename == "search.html":
        assert "Please activate JavaScript" in without.locator("main").inner_text()
        return
    unfold(desktop.page)
    unfold(without)
    text = without.locator("article").inner_text().split()
    live = desktop.page.locator("article").inner_text().split()
    missing = set(live) - set(text)
    # An interactive figure writes words of its own; its still stands in for them.
    assert len(missing) <= 0.1 * len(set(live)), sorted(missing)
