"""The page of one student, from plain data to HTML."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from seq2vit.grading import pages
from seq2vit.grading.pages import inert
from seq2vit.grading.verdict import Verdict

HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
CELLS, CHARACTERS, SENTENCES = 400, 250_000, 50  # shown of one notebook; the page says how much is missing


@dataclass(frozen=True)
class Page:
    """What a student's page shows, as plain data.

    Attributes:
        verdict: the engine's.
        name: the notebook's file name, such as "seq2seq.ipynb".
        notebook: the rebuilt notebook as JSON text; it may hold anything that a student wrote. "" if there is none.
        titles: the heading of each question: {"01_q1": "The encoder"}.
        misconceptions: the name of each slug, where the chapter was found: {"01-no-tanh": "The score has no tanh"}.
        by_hand: what a person may grade, and the most points for it; what has a test is a question of the verdict, too.
        manual: what the gradebook has: question -> (points, or None for those of the test; a person's comment).
        late_penalty: points taken off for a late submission.
        site_url: the address of the course's site, or "".
        hidden: no cell that holds one of these is shown.
    """

    verdict: Verdict
    name: str
    notebook: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    misconceptions: Mapping[str, str] = field(default_factory=dict)
    by_hand: Mapping[str, float] = field(default_factory=dict)
    manual: Mapping[str, tuple[float | None, str]] = field(default_factory=dict)
    late_penalty: float = 0.0
    site_url: str = ""
    hidden: tuple[str, ...] = HIDDEN


def page(of: Page) -> str:
    """The HTML of a student's page: one file that runs nothing and fetches nothing, whatever the notebook holds."""
    verdict = of.verdict
    cells, more = _cells(of)
    rows = _rows(of, {cell["anchor"] for cell in cells})
    total = sum(row["points"] or 0 for row in rows) if rows else verdict.score
    most = sum(row["max_points"] for row in rows) if rows else verdict.max_score
    passed = sum(question.passed for question in verdict.questions)
    return pages.render(
        "feedback.html", assignment=verdict.assignment, student=verdict.student, verdict=verdict.verdict,
        reason=verdict.reason, name=of.name, rows=rows, total=max(0.0, total - of.late_penalty),
        max_score=most, late_penalty=of.late_penalty,
        summary="The questions" if verdict.verdict == "refused"
        else f"{passed} of {pages.plural(len(verdict.questions), 'question')} passed all tests.",
        restored=verdict.restored[:SENTENCES], restored_more=max(0, len(verdict.restored) - SENTENCES),
        cells=cells, cells_more=more)


def _rows(of: Page, anchors: set[str]) -> list[dict[str, Any]]:
    """A row of the table for each question, and for each thing that a person grades."""
    rows = []
    for question in of.verdict.questions:
        given, comment = of.manual.get(question.id, (None, ""))
        slug, message = question.misconception, question.message
        rows.append({
            "id": question.id, "passed": question.passed, "tested": question.points, "max_points": question.max_points,
            "points": question.points if given is None else given, "changed": given not in (None, question.points),
            "message": message.removesuffix(f"[{slug}]").rstrip() if slug else message, "comment": comment,
            "mistake": pages.misconception(slug, of.verdict.assignment, of.misconceptions, of.site_url) if slug else None})
    tested = {row["id"] for row in rows}
    others = list(of.by_hand) if of.verdict.verdict == "graded" else []
    others += [name for name, entered in of.manual.items() if any(entered)]  # not the 0 of what was refused
    for name in [name for name in dict.fromkeys(others) if name not in tested]:
        given, comment = of.manual.get(name, (None, ""))
        rows.append({"id": name, "passed": None, "tested": 0.0, "max_points": of.by_hand.get(name, 0.0), "points": given,
                     "changed": False, "message": "", "comment": comment, "mistake": None})
    for row in rows:
        question = row["id"].removesuffix("_answer")
        row["title"] = of.titles.get(question, "")
        row["anchor"] = _anchor(question) if _anchor(question) in anchors else ""
        row["missed"] = row["passed"] is False and of.verdict.verdict == "graded"
    return rows


def _anchor(name: str) -> str:
    return f"cell-{name}" if re.fullmatch(r"[\w.-]{1,80}", name) else ""


def _cells(of: Page) -> tuple[list[dict[str, Any]], int]:
    """The notebook's cells as the page shows them, and how many more there are."""
    found = _parsed(of.notebook)
    passed = {question.id: question.passed for question in of.verdict.questions}
    shown, length, anchors = [], 0, {""}
    for cell in found[:CELLS]:
        source = inert.joined(cell.get("source"))
        printed = inert.outputs(cell.get("outputs") or [])
        length += min(len(source), inert.SOURCE) + len(printed)
        if length > CHARACTERS:
            break
        kind, name = _kind(cell)
        withheld = any(mark in text for mark in of.hidden for text in (source, printed))
        drawn = _markdown_cell(source) if cell.get("cell_type") == "markdown" else _code_cell(source, printed, kind)
        anchor = _anchor(name.removesuffix("_answer")) if kind == "answer" else ""
        shown.append(drawn | {"mine": kind in ("answer", "extra"), "withheld": withheld,
                              "label": _label(kind, name, cell, "" if withheld else source, passed),
                              "anchor": "" if anchor in anchors else anchor})
        anchors.add(anchor)
    return shown, len(found) - len(shown)


def _parsed(notebook: str) -> list[dict[str, Any]]:
    """The cells; none if the file is no notebook any more: somebody edited it by hand since it was graded."""
    try:
        cells = json.loads(notebook)["cells"] if notebook else []
    except (ValueError, KeyError, TypeError):
        return []
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _markdown_cell(source: str) -> dict[str, Any]:
    return {"text": inert.markdown(source), "code": "", "output": ""}


def _code_cell(source: str, printed: str, kind: str) -> dict[str, Any]:
    # What a test cell printed may have been printed in a hidden test; its message is above, in the instructor's words.
    return {"text": None, "code": inert.code(source), "output": "" if kind == "test" else printed}


def _kind(cell: Mapping[str, Any]) -> tuple[str, str]:
    """What a cell is (as `seq2vit.notebooks` says it, for text too), and its `grade_id`."""
    metadata = cell.get("metadata") or {}
    mark, tags = metadata.get("nbgrader") or {}, metadata.get("tags") or []
    kinds = {"answer": mark.get("solution"), "test": mark.get("grade"), "setup": "setup" in tags, "demo": "demo" in tags,
             "given": mark.get("locked")}
    return next((kind for kind, true in kinds.items() if true), "extra"), str(mark.get("grade_id") or "")


def _label(kind: str, name: str, cell: Mapping[str, Any], source: str, passed: Mapping[str, bool]) -> str | Markup:
    question = name.removesuffix("_answer")
    result = {True: ": passed", False: ": not passed"}.get(passed.get(question), "")
    if kind == "answer":
        return Markup("Your answer to <code>{}</code>{}").format(inert.clean(question), result)
    if kind == "test":
        return Markup("The tests of <code>{}</code> that you see").format(inert.clean(question))
    if kind == "demo":
        return "A demonstration: not run"
    if kind == "extra":
        return "A cell that you added" if cell.get("cell_type") == "code" else "Text that you added"
    first = source.lstrip("#\n ").split("\n")[0]
    return inert.cut(first, 80) if cell.get("cell_type") == "markdown" and first else f"Given: {name or kind}"
