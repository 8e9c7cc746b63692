"""What every interactive figure of every chapter promises: small, alive, usable without scripts, on paper and in the dark."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = [path.stem for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.md"))]
FIGURE = ".s2v-figure"
CONTROLS = "input, select, button, textarea"


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(request, address):
    return f"{address}chapters/{request.param}.html"


@pytest.fixture
def figures(visit, chapter):
    """figures(...) -> the live figures of the chapter's page, in a visit with these options."""

    def figures(**options):
        page = visit(**options).open(chapter)
        page.locator(f"{FIGURE}[data-live]").first.wait_for()
        assert page.locator(f"{FIGURE}:not([data-live])").count() == 0
        return page.locator(FIGURE).all()

    return figures


def test_it_is_small_and_has_one_still_with_words(site, chapter):
    text = (site / "chapters" / chapter.rpartition("/")[2]).read_text()
    found = re.findall(r'<div class="s2v-figure" data-figure="\w+">.*?</script></div>', text, re.DOTALL)
    assert found
    for markup in found:
        assert len(gzip.compress(markup.encode())) < 40_000
        assert markup.count("<svg") == markup.count('role="img"') == len(re.findall(r'aria-label="[^"]{15,}"', markup)) > 0


def test_without_scripts_the_still_remains(visit, chapter):
    page = visit(java_script_enabled=False).open(chapter)
    for still in page.locator(FIGURE).all():
        assert still.locator("svg").first.is_visible()
        assert len(still.locator(".s2v-state").inner_text()) > 40
        assert still.locator(CONTROLS).count() == 0


def test_every_control_has_a_name_and_is_reached_by_keyboard(figures):
    for figure in figures():
        controls = figure.locator(CONTROLS)
        assert controls.count() > 0
        for control in controls.all():
            name = control.evaluate("""(node) => node.getAttribute("aria-label") || node.innerText
              || [...node.labels || []].map((label) => label.innerText).join(" ")""")
            assert name.strip() and control.evaluate("(node) => node.tabIndex >= 0"), control.evaluate("(n) => n.outerHTML")


def test_it_says_its_state_in_words(figures):
    for figure in figures():
        assert len(figure.locator("[aria-live]").inner_text()) > 20


def test_on_paper_it_is_a_dark_drawing_on_white_without_controls(figures):
    for figure in figures(scheme="dark"):
        figure.page.emulate_media(media="print")
        assert [c.evaluate("(n) => n.outerHTML") for c in figure.locator(CONTROLS).all() if c.is_visible()] == []
        assert figure.locator("svg").first.is_visible()
        ink = figure.locator("svg text").first.evaluate("(text) => getComputedStyle(text).fill")
        assert max(map(int, re.findall(r"\d+", ink)[:3])) < 90, ink


def test_in_the_dark_it_is_drawn_in_light_on_the_pages_own_ground(figures):
    for figure in figures(scheme="dark"):
        inks = figure.locator("svg text").evaluate_all("(texts) => texts.map((text) => getComputedStyle(text).fill)")
        assert any(min(map(int, re.findall(r"\d+", ink)[:3])) > 150 for ink in inks)
        grounds = figure.evaluate("""(node) => { const found = [];
          for (let up = node; up && !up.matches("article"); up = up.parentElement)
            found.push(getComputedStyle(up).backgroundColor);
          return found; }""")
        assert set(grounds) == {"rgba(0, 0, 0, 0)"}


def test_nothing_moves_for_who_asked_for_no_motion(figures):
    for figure in figures(reduced_motion="reduce"):
        seconds = figure.locator("svg *").evaluate_all(
            "(nodes) => nodes.map((node) => parseFloat(getComputedStyle(node).transitionDuration) || 0)")
        assert max(seconds) < 0.02
