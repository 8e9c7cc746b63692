"""The instructor's notebook, cell by cell, as rebuilding a submission needs it."""

import re
from dataclasses import dataclass
from functools import cached_property

from nbformat import NotebookNode

from seq2vit import notebooks
from seq2vit.grading import submission

STUBS = ("raise NotImplementedError", "# YOUR CODE HERE\nraise NotImplementedError()")  # this course's; nbgrader's own
WORDS = {"test": "test cell", "given": "given cell", "setup": "setup cell", "demo": "demonstration", "text": "text cell",
         "answer": "answer cell", "written": "answer cell"}


@dataclass(frozen=True, eq=False)
class Known:
    """A cell that is known again in a submission.

    Attributes:
        index: its place.
        kind: as in `notebooks`, or "text" (locked, no code), or "written" (an answer in words, graded by hand).
        id: its grade_id; may be "" for "demo".
        locked: its text is always the instructor's.
        graded: it has points of its own.
        source: its whole text.
        released: its text as students got it.
    """

    index: int
    kind: str
    id: str
    locked: bool
    graded: bool
    source: str
    released: str
    cell: NotebookNode

    @property
    def type(self) -> str:
        return self.cell.cell_type

    @property
    def runs(self) -> bool:
        """Setup and demonstrations do not: the one installs what is there, the others train for a minute."""
        return self.kind in ("given", "answer", "test")

    def unchanged(self, text: str) -> bool:
        """Is it what students got (or the instructor's own)?"""
        return text == self.released or normal(text) in (normal(self.released), normal(self.source))

    @cached_property
    def stubs(self) -> set[str]:
        """What counts as an untouched answer."""
        return {normal(_stub(self.source, stub if self.type == "code" else "YOUR ANSWER HERE")) for stub in STUBS}

    @cached_property
    def names(self) -> list[str]:
        """What its code defines, going by the words `def`, `class` and `=`."""
        words = r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*=(?!=)"
        return sorted({name for pair in re.findall(words, self.source, re.MULTILINE) for name in pair if name})


def known_cells(source: NotebookNode) -> list[Known]:
    """The cells that are known again, in their order: all but the unlocked ones that no tag or nbgrader names."""
    code = {cell.index: cell.kind for cell in notebooks.code_cells(source)}
    found = []
    for index, cell in enumerate(source.cells):
        mark = cell.metadata.get("nbgrader", {})
        solution, graded = bool(mark.get("solution")), bool(mark.get("grade"))
        locked = bool(mark.get("locked") or graded or mark.get("task")) and not solution
        kind = code.get(index) or ("written" if solution else "text" if locked else "extra")
        if kind != "extra":
            text = submission.clean(cell.source)
            released = _stub(text, STUBS[0] if cell.cell_type == "code" else "YOUR ANSWER HERE") if solution else _visible(text)
            found.append(Known(index, kind, mark.get("grade_id", ""), locked, graded, text, released, cell))
    return found


def normal(text: str) -> str:
    """For comparing: editors add and drop space at the ends of lines and cells."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def _visible(text: str) -> str:
    """Without the regions that nbgrader takes out of a release; a region without an end hides all that follows."""
    for region in ("HIDDEN TESTS", "MARK SCHEME"):
        if f"BEGIN {region}" in text:
            text = _replaced(text, region, [])
    return text


def _stub(text: str, stub: str) -> str:
    """What nbgrader's ClearSolutions leaves of an answer."""
    return _replaced(text, "SOLUTION", stub.split("\n")) if "BEGIN SOLUTION" in text else stub


def _replaced(text: str, region: str, stub: list[str]) -> str:
    lines, inside = [], False
    for line in text.split("\n"):
        if f"BEGIN {region}" in line:
            inside = True
            indent = line[:len(line) - len(line.lstrip())]
            lines += [indent + part for part in stub]
        elif f"END {region}" in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)
