"""What every chapter's page promises."""

import re
from pathlib import Path

import pytest
from test_banks import BANKS

ROOT = Path(__file__).resolve().parents[1]
PAGES = {path.stem: path.read_text() for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.md"))}
LINES = [(chapter, label) for chapter, bank in BANKS.items() for label in bank.LINES]
on_every_page = pytest.mark.parametrize("chapter", PAGES)


def cells(text):
    return re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_every_assignment_has_its_chapter():
    assert set(PAGES) == set(BANKS)


@on_every_page
def test_the_page_is_short_and_so_are_its_cells(chapter):
    assert PAGES[chapter].count("\n") < 400
    assert len(cells(PAGES[chapter])) > 10
    for cell in cells(PAGES[chapter]):
        lines = [line for line in cell.splitlines() if not line.startswith(":")]
        assert len(lines) <= 15, f"too long: {lines[0]}"
        assert max(map(len, lines)) <= 80, f"too wide for the page: {max(lines, key=len)}"


@pytest.mark.parametrize(("chapter", "label"), LINES)
def test_the_page_explains_every_mistake_that_feedback_names(chapter, label):
    assert re.search(rf"^\({label}\)=\n\*\*.+\*\* `\[{label}\]`\. .{{40,}}", PAGES[chapter], re.MULTILINE)


@on_every_page
def test_the_page_holds_no_number_that_it_should_measure(chapter):
    """Prose holds no decimal fraction outside of formulas and questions: those come out of the cells."""
    elsewhere = r"^```.*?^```$|^:::.*?^:::$|\$\$.*?\$\$|\$[^$\n]*\$|^\|.*?$"
    prose = re.sub(elsewhere, "", PAGES[chapter], flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r"\d+\.\d+|\d+ ?%", prose.split("\n---\n", 1)[1]) == []


@on_every_page
def test_the_page_has_what_every_chapter_has(chapter):
    text = PAGES[chapter]
    assert "**Read** " in text and "**Run** " in text and "**Device** " in text
    assert "After this chapter you can" in text and "By hand" in text
    assert 3 <= text.count(":::{dropdown}") <= 6
    for heading in ("What goes wrong", "Check yourself", "What to take away", "Your turn", "Sources"):
        assert f"\n## {heading}\n" in text
    assert f"../assignments/{chapter}/{chapter[3:]}.ipynb" in text and f"seq2vit check work/{chapter}/" in text
    assert any(re.search(r"^\s*assert ", cell, re.MULTILINE) for cell in cells(text))


@on_every_page
def test_every_picture_has_its_alternative_text(chapter):
    """A cell that ends in a plot says what to see in it; the interactive figures bring their own words."""
    for cell in cells(PAGES[chapter]):
        last = cell.strip().splitlines()[-1]
        if re.search(r"\b(plots\.\w+|\w*picture\w*)\(", last):
            assert re.search(r'^:mystnb: \{image: \{alt: ".{40,}"\}\}$', cell, re.MULTILINE), last
