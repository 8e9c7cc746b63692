"""The index of misconceptions shows what the chapters explain, in their own words, and misses nothing."""

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the book is not installed: make env")

BOOK = Path(__file__).parents[1] / "book"
CHAPTER = """# Chapter one

(01-too-early)=
**It comes `early`** `[01-too-early]`. The symptom is this.
(01-too-late)=
**It comes late** `[01-too-late]`. The symptom is that.

**Nothing** of `[01-this]`, and `[01-that]` neither.
"""
EXTENSION = "import sys\nsys.path.insert(0, {book!r})\nfrom seq2vit_site.mistakes import setup\n"


@pytest.fixture
def build(tmp_path):
    """build(labels, ...) -> (the index's HTML, the warnings) of a book with one chapter, a directive for each text."""
    (tmp_path / "conf.py").write_text(f"{EXTENSION.format(book=str(BOOK))}extensions = ['myst_parser']\n")
    (tmp_path / "one.md").write_text(CHAPTER)

    def build(*labels):
        from sphinx.cmd.build import main

        lists = "\n".join(f"```{{mistakes}}\n{text}\n```\n" for text in labels)
        (tmp_path / "index.md").write_text(f"# Index\n```{{toctree}}\none\n```\n{lists}")
        log = tmp_path / "warnings"
        main(["-q", "-E", "-w", str(log), str(tmp_path), str(tmp_path / "html")])
        return (tmp_path / "html/index.html").read_text(), log.read_text()

    yield build
    for name in [name for name in sys.modules if name.startswith("seq2vit_site")]:
        del sys.modules[name]
    sys.path[:] = [place for place in sys.path if place != str(BOOK)]


def test_each_is_a_link_in_the_chapters_own_words(build):
    page, warnings = build("01-too-late", "01-too-early")
    assert warnings == ""
    items = re.findall(r"<li><p>(.*?)</p></li>", page.split('class="mistakes', 1)[1], re.DOTALL)
    assert [re.sub("<.*?>", "", item) for item in items] == ["It comes late 01-too-late", "It comes early 01-too-early"]
    assert [re.search('href="one.html#([^"]+)"', item)[1] for item in items] == ["too-late", "too-early"]
    assert "<code" in items[1].split("</a>")[0]  # the sentence's own markup


@pytest.mark.parametrize(("labels", "complaint"), [
    (["01-too-late"], "lists 01-too-early 0 times"),
    (["01-too-late 01-too-early", "01-too-late"], "lists 01-too-late 2 times"),
    (["01-too-late 01-too-early 01-never"], "no chapter explains 01-never"),
    (["01-too-late 01-too-early 01-this"], "no chapter explains 01-this"),
    (["01-too-late, 01-too-early"], "'01-too-late,' is no label"),
])
def test_an_index_that_is_not_true_fails_the_build(build, labels, complaint):
    assert complaint in build(*labels)[1]
