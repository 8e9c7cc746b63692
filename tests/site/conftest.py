"""The built site in a real browser. The site is built at most once a run, and not at all if nothing changed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright: make env")

from notes import notes  # noqa: E402
from webcheck import LIMIT, Visit, pages  # noqa: E402
from webserver import serve  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BUILD_TIME = 1800  # seconds: the first test of a run may have to wait until every page is executed


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(BUILD_TIME))


@pytest.fixture(scope="session")
def site(request):
    """The folder of the built site."""
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\nsite: building it, unless it is up to date", flush=True)
    done = subprocess.run([sys.executable, "tools/book.py", "build"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"the site does not build: `make build` shows why\n{done.stderr[-3000:]}", pytrace=False)
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def address(site):
    """The address of the served site; ends with a slash."""
    with serve(site) as address:
        yield address


@pytest.fixture
def visit(browser):
    """visit(width=1280, scheme="light", ...) -> a `Visit` with empty storage, closed after the test."""
    opened = []

    def visit(**options):
        opened.append(Visit(browser, **options))
        return opened[-1]

    yield visit
    for each in opened:
        each.context.close()


def kind_of(request):
    """The kind of interactive figure that a file of tests is about: its name says it."""
    return request.module.__name__.removeprefix("test_figure_")


@pytest.fixture(scope="module")
def markup(request, site):
    """The interactive figure of the file's `PAGE`, as the page carries it."""
    pattern = rf'<div class="s2v-figure" data-figure="{kind_of(request)}">.*?</script></div>'
    return re.search(pattern, (site / request.module.PAGE).read_text(), re.DOTALL)[0]


@pytest.fixture(scope="module")
def data(markup):
    """The data of that figure."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', markup, re.DOTALL)[1])


@pytest.fixture
def figure(request, visit, address):
    """figure(...) -> that figure, live, in a visit to the built page with these options."""

    def figure(**options):
        page = visit(**options).open(address + request.module.PAGE)
        found = page.locator(f'.s2v-figure[data-figure="{kind_of(request)}"]')
        found.and_(page.locator("[data-live]")).scroll_into_view_if_needed()  # waits until the script has brought it to life
        return found

    return figure


@pytest.fixture(scope="module")
def desktop(browser, address, pagename):
    """A first visit to the page on a desktop, shared by the tests of this page: say what mode you need."""
    with Visit(browser) as visit:
        visit.open(address + pagename, until="networkidle")
        yield visit


def pytest_generate_tests(metafunc):
    if "pagename" in metafunc.fixturenames:
        metafunc.parametrize("pagename", pages(), scope="module")  # so that a page's tests run together


def pytest_terminal_summary(terminalreporter):
    if weights := notes(terminalreporter, "weight"):
        terminalreporter.section(f"kilobytes of a first visit (limit {LIMIT / 1000:.0f}, content images aside)")
    for page, size, images in sorted(weights, key=lambda line: -line[1]):
        terminalreporter.line(f"{size / 1000:6.0f}  + {images / 1000:5.0f} images   {page}")
