"""Plain nbgrader on the course: the reference earns everything, the untouched release nothing, validate tells the truth."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from banks.bench import ROOT

from seq2vit.grading.verdict import Exam

ASSIGNMENT, NAME = "01_seq2seq", "seq2seq.ipynb"


def answered(edits=None):
    """The release with the reference answers written into it, as a student would hand it in; `edits` maps a question to
    (old, new) in its answer."""
    release = nbformat.read(ROOT / "assignments" / ASSIGNMENT / NAME, as_version=4)
    solution = nbformat.read(ROOT / "solutions" / ASSIGNMENT / NAME, as_version=4)
    answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in solution.cells
               if cell.metadata.get("nbgrader", {}).get("solution")}
    for cell in release.cells:
        if (name := cell.metadata.get("nbgrader", {}).get("grade_id")) in answers:
            cell.source = answers[name]
            for old, new in [edit for question, edit in (edits or {}).items() if name == f"{question}_answer"]:
                assert old in cell.source
                cell.source = cell.source.replace(old, new)
    return release


WARNS = ("h, _ = self.rnn", "import warnings; warnings.warn('slow')\n        h, _ = self.rnn")
NO_TANH = ("torch.tanh(self.W_s(s)[:, None] + self.W_h(h))", "(self.W_s(s)[:, None] + self.W_h(h))")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course as an instructor has it: the release made by nbgrader, three submissions, all autograded."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "solutions", root / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    nbgrader(root, "generate_assignment", ASSIGNMENT, "--create")
    submissions = {"reference": answered({"01_q1": WARNS}), "mistaken": answered({"01_q6": NO_TANH}),
                   "untouched": nbformat.read(ROOT / "assignments" / ASSIGNMENT / NAME, as_version=4)}
    for student, notebook in submissions.items():
        place = root / "submitted" / student / ASSIGNMENT
        place.mkdir(parents=True)
        nbformat.write(notebook, place / NAME)
    nbgrader(root, "autograde", ASSIGNMENT, "--create")
    return root


def nbgrader(root, *arguments):
    """The command as an instructor types it in the course's folder; returns what it says."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["nbgrader", *map(str, arguments)], cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def scores(root, student):
    """Points by question, from the table that `nbgrader export` writes its totals from."""
    query = """select cell.name, coalesce(grade.manual_score, grade.auto_score) from grade
        join base_cell cell on cell.id = grade.cell_id
        join submitted_notebook notebook on notebook.id = grade.notebook_id
        join submitted_assignment work on work.id = notebook.assignment_id where work.student_id = ?"""
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        found = dict(gradebook.execute(query, [student]))
    gradebook.close()
    assert len(found) == 7
    return found


def test_the_reference_earns_everything_although_it_warns(course):
    assert sum(scores(course, "reference").values()) == 20


def test_the_untouched_release_earns_nothing(course):
    assert scores(course, "untouched") == dict.fromkeys(scores(course, "reference"), 0)


def test_a_mistake_costs_its_question_and_is_named(course):
    expected = scores(course, "reference") | {"01_q6": 0}
    assert scores(course, "mistaken") == expected
    text = (course / "autograded" / "mistaken" / ASSIGNMENT / NAME).read_text()
    assert "[01-no-tanh]" in text and "cancels in the softmax" in text


@pytest.mark.parametrize("student", ["reference", "mistaken", "untouched"])
def test_the_engine_gives_the_same_points(student, course, station):
    """Question by question. (`make bench-grading` compares forty.)"""
    exam = Exam(ASSIGNMENT, NAME, (course / "solutions" / ASSIGNMENT / NAME).read_text())
    graded = station.grade(exam, student, (course / "submitted" / student / ASSIGNMENT / NAME).read_bytes())
    assert {question.id: question.points for question in graded.verdict.questions} == scores(course, student)


def test_demonstrations_do_not_run_while_grading(course):
    graded = nbformat.read(course / "autograded" / "reference" / ASSIGNMENT / NAME, as_version=4)
    demos = [cell for cell in graded.cells if "demo" in cell.metadata.get("tags", [])]
    assert len(demos) > 2 and not any(cell.outputs for cell in demos)


@pytest.mark.parametrize(("student", "says"), [
    ("reference", "Success! Your notebook passes all the tests."),
    ("untouched", "VALIDATION FAILED ON 7 CELL(S)"),
    ("mistaken", "VALIDATION FAILED ON 1 CELL(S)"),
])
def test_validate_tells_a_student_the_truth(course, student, says, tmp_path):
    notebook = tmp_path / NAME
    shutil.copy(course / "submitted" / student / ASSIGNMENT / NAME, notebook)
    assert says in nbgrader(tmp_path, "validate", notebook)
