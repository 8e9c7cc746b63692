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
from test_banks import BANKS, BENCHES

from seq2vit.grading.verdict import Exam

ASSIGNMENT, NAME = "01_seq2seq", "seq2seq.ipynb"
NAMES = {assignment: f"{assignment.partition('_')[2]}.ipynb" for assignment in BANKS}
# The first wrong answer of each bank whose misconception has a name.
MISTAKES = {assignment: next(entry for entry in bank.WRONG if entry.slug and not entry.breaks)
            for assignment, bank in BANKS.items()}
every_assignment = pytest.mark.parametrize("assignment", BANKS)


# Edits of an answer to assignment 1, as `answered` takes them.
WARNS = ("h, _ = self.rnn", "import warnings; warnings.warn('slow')\n        h, _ = self.rnn")
NO_TANH = ("torch.tanh(self.W_s(s)[:, None] + self.W_h(h))", "(self.W_s(s)[:, None] + self.W_h(h))")


def answered(edits=None, assignment=ASSIGNMENT, changed=None):
    """The release with the reference answers written into it, as a student would hand it in.

    Args:
        edits: for a question, (old, new) in its answer.
        changed: for a question, another answer.
    """
    release = nbformat.read(ROOT / "assignments" / assignment / NAMES[assignment], as_version=4)
    answers = BENCHES[assignment].references | (changed or {})
    for question, (old, new) in (edits or {}).items():
        assert old in answers[question]
        answers[question] = answers[question].replace(old, new)
    for cell in release.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.metadata.nbgrader.grade_id.removesuffix("_answer")]
    return release


def warning(assignment):
    """The answer to an assignment's first question by a student who likes to be warned."""
    first, answer = next(iter(BENCHES[assignment].references.items()))
    return {first: "import warnings\nwarnings.warn('slow')\n" + answer}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course as an instructor has it: the releases made by nbgrader, submissions, all autograded."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "solutions", root / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for assignment, entry in MISTAKES.items():
        nbgrader(root, "generate_assignment", assignment, "--create")
        wrong = {entry.question: BENCHES[assignment].spoil(entry)}
        submissions = {"reference": answered(assignment=assignment, changed=warning(assignment)),
                       "mistaken": answered(assignment=assignment, changed=wrong)}
        if assignment == ASSIGNMENT:
            submissions["untouched"] = nbformat.read(ROOT / "assignments" / assignment / NAME, as_version=4)
        for student, notebook in submissions.items():
            place = root / "submitted" / student / assignment
            place.mkdir(parents=True)
            nbformat.write(notebook, place / NAMES[assignment])
        nbgrader(root, "autograde", assignment, "--create")
    return root


def nbgrader(root, *arguments):
    """The command as an instructor types it in the course's folder; returns what it says."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["nbgrader", *map(str, arguments)], cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def scores(root, student, assignment=ASSIGNMENT):
    """Points by question, from the table that `nbgrader export` writes its totals from."""
    query = """select cell.name, coalesce(grade.manual_score, grade.auto_score) from grade
        join base_cell cell on cell.id = grade.cell_id
        join submitted_notebook notebook on notebook.id = grade.notebook_id
        join submitted_assignment work on work.id = notebook.assignment_id
        join assignment on assignment.id = work.assignment_id where work.student_id = ? and assignment.name = ?"""
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        found = dict(gradebook.execute(query, [student, assignment]))
    gradebook.close()
    assert set(found) == set(BENCHES[assignment].tests)
    return found


@every_assignment
def test_the_reference_earns_everything_although_it_warns(course, assignment):
    assert sum(scores(course, "reference", assignment).values()) == 20


def test_the_untouched_release_earns_nothing(course):
    assert scores(course, "untouched") == dict.fromkeys(scores(course, "reference"), 0)


@every_assignment
def test_a_mistake_costs_its_question_and_is_named(course, assignment):
    entry = MISTAKES[assignment]
    assert scores(course, "mistaken", assignment) == scores(course, "reference", assignment) | {entry.question: 0}
    assert f"[{entry.slug}]" in (course / "autograded" / "mistaken" / assignment / NAMES[assignment]).read_text()


@pytest.mark.parametrize(("student", "assignment"), [
    ("untouched", ASSIGNMENT), *((student, assignment) for student in ("reference", "mistaken") for assignment in BANKS)])
def test_the_engine_gives_the_same_points(student, assignment, course, station):
    """Question by question. (`make bench-grading` compares forty.)"""
    name = NAMES[assignment]
    exam = Exam(assignment, name, (course / "solutions" / assignment / name).read_text())
    graded = station.grade(exam, student, (course / "submitted" / student / assignment / name).read_bytes())
    assert {question.id: question.points for question in graded.verdict.questions} == scores(course, student, assignment)


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
