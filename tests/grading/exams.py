"""What the engine's tests share: assignment 1 as an exam, and little exams of their own."""

import json

import nbformat
import pytest
from banks.bench import ROOT

from seq2vit import notebooks
from seq2vit.grading.verdict import Exam

SOURCE = ROOT / "solutions" / "01_seq2seq" / "seq2seq.ipynb"


@pytest.fixture(scope="session")
def exam():
    return Exam("01_seq2seq", "seq2seq.ipynb", SOURCE.read_text())


def exam_of(cells, **limits):
    """A little exam of one's own: `cells` are (kind, id, source), kind "given", "answer", "test" or "extra"."""
    from seq2vit.grading.verdict import Limits

    notebook = nbformat.v4.new_notebook()
    for kind, name, source in cells:
        cell = nbformat.v4.new_code_cell(source)
        if kind != "extra":
            cell.metadata["nbgrader"] = {"grade_id": name, "grade": kind == "test", "solution": kind == "answer",
                                         "locked": kind != "answer", "points": 1.0, "schema_version": 3, "task": False,
                                         "cell_type": "code"}
        notebook.cells.append(cell)
    return Exam("09_tiny", "tiny.ipynb", json.dumps(notebook), Limits(**limits))


def steps_of(exam, answers=None, extra=None):
    """The steps of an exam with `answers` (by question) in place of its own, and an extra cell before some of them."""
    found = []
    for cell in notebooks.code_cells(nbformat.reads(exam.source, as_version=4)):
        question = cell.id.removesuffix("_answer")
        if cell.kind == "answer":
            if extra and question in extra:
                found.append(["extra", "", extra[question]])
            found.append([cell.kind, cell.id, (answers or {}).get(question, cell.source)])
        elif cell.kind in ("given", "test", "extra"):
            found.append([cell.kind, cell.id, cell.source])
    return found
