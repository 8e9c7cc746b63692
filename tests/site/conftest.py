"""The built site in a real browser. The site is built at most once a run, and not at all if nothing changed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright: make env")

from webcheck import Visit  # noqa: E402
from webserver import serve  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LIMIT = 250_000  # bytes that a first visit may transfer, content images aside
weights = {}  # page -> (bytes, bytes of content images), printed at the end


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    done = subprocess.run([sys.executable, "tools/book.py", "build"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"the site does not build:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def address(site):
    """The address of the served site; ends with a slash."""
    with serve(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """An installed Chromium or Chrome, headless."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium or Chrome is installed: `make browser` installs one on Debian and Ubuntu")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


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


def pages():
    """The pages of the site as files: those of the table of contents, the search, and the front door."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    contents = parse_toc_yaml(ROOT / "_toc.yml")
    return [*sorted(f"{name}.html" for name in contents), "search.html", "index.html"]


def pytest_generate_tests(metafunc):
    if "pagename" in metafunc.fixturenames:
        metafunc.parametrize("pagename", pages())


def pytest_terminal_summary(terminalreporter):
    if weights:
        terminalreporter.section("kilobytes of a first visit (limit 250, content images aside)")
        for page, (size, images) in sorted(weights.items(), key=lambda item: -item[1][0]):
            terminalreporter.line(f"{size / 1000:6.0f}  + {images / 1000:5.0f} images   {page}")
