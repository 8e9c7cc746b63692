"""Grading's pages in a real browser: the checks of the site's tests, and an eye on what a page does."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "site"))
from webcheck import Visit, axe, sideways, unfold  # noqa: E402

POKE = """() => {
  for (const node of document.body.querySelectorAll("*")) {
    for (const kind of ["mouseover", "mouseenter", "pointerdown", "focus", "animationstart", "toggle", "wheel"])
      node.dispatchEvent(new Event(kind, {bubbles: true}));
    if (node.click && !node.closest("a, summary")) node.click();
  }
}"""


def deeds(browser, file, **options):
    """Open a page, unfold it, point at everything and press everything but links; list what it did besides lying there."""
    from playwright.sync_api import Error

    with Visit(browser, **options) as visit:
        done = []
        visit.page.on("dialog", lambda dialog: (done.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        visit.context.on("page", lambda page: done.append(f"window: {page.url}"))
        visit.page.on("framenavigated", lambda frame: done.append(f"frame: {frame.url}"))
        address = file.as_uri()
        try:
            page = visit.open(address, until="networkidle")
            unfold(page)
            page.evaluate(POKE)
            page.wait_for_load_state("networkidle")
            if page.evaluate("() => typeof window.pwned") != "undefined":
                done.append("its script ran")
            if page.evaluate("() => document.baseURI") != address:
                done.append("links lead elsewhere")
        except Error as error:  # a page that goes elsewhere takes the ground from under the test
            done.append(f"it went away: {error}")
        done += visit.console
        done += [f"request: {url}" for url in visit.requests.values() if url != address]
        done = [deed for deed in done if deed != f"frame: {address}"]
    return done


def flaws(browser, file, scheme, width):
    """List what is not accessible, or makes the page scroll sideways, folded and unfolded."""
    # The page's own policy forbids axe, too.
    with Visit(browser, width=width, scheme=scheme, bypass_csp=True) as visit:
        page = visit.open(file.as_uri())
        found = axe(page) + sideways(page)
        unfold(page)
        return found + axe(page) + sideways(page)
