"""Plain nbgrader on the course: the reference earns everything, the untouched release nothing, validate tells the truth."""

import io
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from banks.bench import ROOT
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.validator import Validator
from traitlets.config import Config, PyFileConfigLoader

ASSIGNMENT, NAME = "01_seq2seq", "seq2seq.ipynb"
# ipykernel 7 warns on stderr, and pyzmq and nbclient leave sockets to the garbage collector
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


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
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader starts `alembic`
    shutil.copytree(ROOT / "solutions", root / "solutions")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    config.merge(Config({"CourseDirectory": {"root": str(root), "db_url": f"sqlite:///{root}/gradebook.db"}}))
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    result = api.generate_assignment(ASSIGNMENT, create=True)
    assert result["success"], result["log"]
    submissions = {"reference": answered({"01_q1": WARNS}), "untouched": nbformat.read(
        ROOT / "assignments" / ASSIGNMENT / NAME, as_version=4), "mistaken": answered({"01_q6": NO_TANH})}
    for student, notebook in submissions.items():
        place = root / "submitted" / student / ASSIGNMENT
        place.mkdir(parents=True)
        nbformat.write(notebook, place / NAME)
        result = api.autograde(ASSIGNMENT, student, create=True)
        assert result["success"], result["log"]
    return root


def scores(root, student):
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, student)
        return {grade.name: grade.score for notebook in submission.notebooks for grade in notebook.grades}


def test_the_reference_earns_everything_although_it_warns(course):
    assert sum(scores(course, "reference").values()) == 20


def test_the_untouched_release_earns_nothing(course):
    assert scores(course, "untouched") == dict.fromkeys(scores(course, "reference"), 0)


def test_a_mistake_costs_its_question_and_is_named(course):
    expected = scores(course, "reference") | {"01_q6": 0}
    assert scores(course, "mistaken") == expected
    text = (course / "autograded" / "mistaken" / ASSIGNMENT / NAME).read_text()
    assert "[01-no-tanh]" in text and "cancels in the softmax" in text


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
    validator = Validator()
    validator.stream = io.StringIO()
    validator.validate_and_print(str(notebook))
    assert says in validator.stream.getvalue()
