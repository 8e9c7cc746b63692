"""The home page's map shows the places that exist, with their own headings, and refuses a map that is not true."""

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the book is not installed: make env")

BOOK = Path(__file__).parents[1] / "book"
CHAPTER = """# Chapter one

(01-reads)=
## An encoder reads

(01-writes)=
## A decoder writes

(01-attends)=
## A new context
"""
MAP = """
/chapters/01_one: []
01-reads: [/chapters/01_one]
01-writes: [01-reads]
01-attends: [01-reads, 01-writes]
"""


@pytest.fixture
def build(tmp_path, monkeypatch):
    """build(map) -> (the home page's HTML, the warnings) of a book with one chapter."""
    monkeypatch.syspath_prepend(str(BOOK))

    def build(course_map, chapters=("01_one",)):
        from sphinx.cmd.build import main

        (tmp_path / "chapters").mkdir(exist_ok=True)
        for name in chapters:
            (tmp_path / "chapters" / f"{name}.md").write_text(CHAPTER if name == "01_one" else "# Another\n")
        toc = "\n".join(f"chapters/{name}" for name in chapters)
        (tmp_path / "conf.py").write_text("extensions = ['myst_parser', 'course_map']\n")
        home = f"# Home\n```{{toctree}}\n{toc}\n```\n```{{course-map}}\n{course_map}\n```\n"
        (tmp_path / "index.md").write_text(home)
        log = tmp_path / "warnings"
        main(["-q", "-w", str(log), str(tmp_path), str(tmp_path / "html")])
        return (tmp_path / "html/index.html").read_text(), log.read_text()

    yield build
    sys.modules.pop("course_map", None)


def rows(page):
    """The words of each row, as a screen reader says them, and where its link goes."""
    listing = page.split('<ul class="course-map', 1)[1].split("</ul>", 1)[0]
    items = re.findall(r"<li.*?</li>", listing, flags=re.DOTALL)
    words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", item)).strip() for item in items]
    return words, re.findall(r'href="([^"]+)"', listing)


def test_rows_are_the_pages_headings_and_say_what_they_build_on(build):
    page, warnings = build(MAP)
    assert warnings == ""
    words, links = rows(page)
    assert words == [
        "Chapter one",
        "An encoder reads builds on: Chapter one",
        "A decoder writes builds on: An encoder reads",
        "A new context builds on: An encoder reads, A decoder writes",
    ]
    chapter = "chapters/01_one.html"
    assert links == [chapter, f"{chapter}#reads", f"{chapter}#writes", f"{chapter}#attends"]


@pytest.mark.parametrize(
    ("course_map", "chapters", "message"),
    [
        (MAP + "01-images: [01-attends]", ["01_one"], "no page and no heading is called 01-images"),
        (MAP + "/chapters/02_two: []", ["01_one"], "no page and no heading is called /chapters/02_two"),
        (MAP, ["01_one", "02_two"], "chapters/02_two is a chapter of the book: say here what it builds on"),
        (MAP.replace("[01-reads]", "[01-attends]"), ["01_one"], "01-attends, which does not stand before it"),
        (MAP.replace("[]", "nothing"), ["01_one"], "write one line a place"),
        (MAP.replace("[]", "[") + "]", ["01_one"], "not YAML"),
    ],
)
def test_a_map_that_is_not_true_fails_the_build(build, course_map, chapters, message):
    _page, warnings = build(course_map, chapters)
    assert message in warnings


def test_every_dependency_is_drawn_once(monkeypatch):
    monkeypatch.syspath_prepend(str(BOOK))
    from course_map import draw, lanes

    edges = [(0, 1), (1, 2), (1, 3), (0, 3)]
    assert lanes(4, edges) == {0: (0, 3), 1: (1, 3)}
    strips = draw(4, edges)
    arrowheads = sum(strip.count("<path") for strip in strips)
    assert arrowheads == len(edges)
    assert [strip.count("<path") for strip in strips] == [0, 1, 1, 2]


def test_a_lane_is_used_again_when_it_is_free(monkeypatch):
    monkeypatch.syspath_prepend(str(BOOK))
    from course_map import lanes

    assert lanes(6, [(0, 2), (3, 5)]) == {0: (0, 2), 3: (0, 5)}
    # An arrow may not leave on the line of one that arrives in the same row.
    assert lanes(6, [(0, 3), (3, 5)]) == {0: (0, 3), 3: (1, 5)}
