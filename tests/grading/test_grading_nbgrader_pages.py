"""nbgrader's own page, made from what the engine records: it runs nothing of the student's and shows no hidden test.

nbgrader renders a student's text as HTML, in its feedback and in formgrader, where the instructor is logged in; so the
recorded notebook holds the student's tags as words.
"""

import shutil

import nbformat
import pytest
from banks.bench import ROOT
from browsing import deeds
from feedback_cases import EVIL, EVIL_MARKDOWN
from test_nbgrader import ASSIGNMENT, NAME, answered, nbgrader

from seq2vit.grading.record import Record


@pytest.fixture(scope="module")
def page(tmp_path_factory, station, exam):
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "solutions", root / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    notebook = answered()
    notebook.cells += [nbformat.v4.new_markdown_cell(text) for text in (*EVIL, *EVIL_MARKDOWN)]
    notebook.cells += [nbformat.v4.new_raw_cell(text) for text in EVIL]
    notebook.cells.insert(2, nbformat.v4.new_code_cell("\n".join(f"print({text!r})" for text in EVIL)))
    with Record(root) as record:
        record.prepare(ASSIGNMENT)
        record.write(station.grade(exam, "eve", nbformat.writes(notebook).encode()))
    nbgrader(root, "generate_feedback", ASSIGNMENT)
    return root / "feedback" / "eve" / ASSIGNMENT / NAME.replace(".ipynb", ".html")


def test_it_holds_no_hidden_test(page):
    text = page.read_text()
    assert "01_q1" in text and "BEGIN HIDDEN" not in text and "The oracle" not in text


def test_nothing_of_the_students_runs(page, browser):
    # The page itself asks for MathJax and its fonts from other hosts, as nbgrader makes it.
    done = [deed for deed in deeds(browser, page) if "evil.example" in deed or "script ran" in deed or "dialog" in deed]
    assert [deed for deed in done if "pixel.png" not in deed] == []  # a picture of another host is a picture, still
