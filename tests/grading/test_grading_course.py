"""A course is what nbgrader's configuration says it is, wherever the command is typed."""

import subprocess
import sys
from datetime import datetime

import nbformat
import pytest
from little_course import ASSIGNMENT, NAME, make, source

from seq2vit.grading.course import Course


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return Course(make(tmp_path_factory.mktemp("course")))


def test_folders_and_gradebook_come_from_the_configuration(course, tmp_path, monkeypatch):
    (tmp_path / "nbgrader_config.py").write_text("get_config().CourseDirectory.source_directory = 'wrong'")
    monkeypatch.chdir(tmp_path)
    fresh = Course(course.root)
    assert fresh.root == course.root and fresh.id == "little"
    assert fresh.source(ASSIGNMENT) == course.root / "mine" / ASSIGNMENT
    assert fresh.release(ASSIGNMENT) == course.root / "theirs" / ASSIGNMENT
    for step in ("submitted", "autograded", "feedback"):
        assert getattr(fresh, step)(ASSIGNMENT, "ann") == course.root / step / "ann" / ASSIGNMENT
    assert fresh.verdicts(ASSIGNMENT) == course.root / ".seq2vit" / ASSIGNMENT
    assert fresh.db_url == f"sqlite:///{course.root}/gradebook.db"
    assert fresh.late_penalty("ann", 5, 7200) == 2


@pytest.mark.parametrize(("written", "read"), [
    ("sqlite:///grades/all.db", "sqlite:///{root}/grades/all.db"),
    ("sqlite:////srv/all.db", "sqlite:////srv/all.db"),
    ("postgresql://me:se%40cret@db.example/grades", "postgresql://me:se%40cret@db.example/grades"),
])
def test_a_relative_gradebook_lies_in_the_course(tmp_path, written, read):
    root = make(tmp_path, config=f"\nc.CourseDirectory.db_url = {written!r}\n")
    assert Course(root).db_url == read.format(root=root)


def test_an_address_that_is_none_is_said_without_its_secrets(tmp_path):
    with pytest.raises(ValueError, match="db_url in .* is no database's address") as raised:
        Course(make(tmp_path, config="\nc.CourseDirectory.db_url = 'me:secret'\n")).db_url  # noqa: B018
    assert "secret" not in str(raised.value)


def test_late_penalties_can_be_off(tmp_path):
    assert Course(make(tmp_path, config="\nc.AssignLatePenalties.enabled = False\n")).late_penalty is None


def test_the_exam_is_the_instructors_notebook(course):
    exam = course.exam(ASSIGNMENT)
    assert (exam.assignment, exam.name) == (ASSIGNMENT, NAME)
    assert nbformat.reads(exam.source, as_version=4) == source()


@pytest.mark.parametrize(("edit", "says"), [
    (lambda book: book.cells[4].metadata.nbgrader.update(grade_id="01_q1"), "Duplicate grade id: 01_q1"),
    (lambda book: [cell.metadata.pop("nbgrader", None) for cell in book.cells], "has no test cell"),
    (lambda book: [cell.update(source="released") for cell in book.cells], "is it the release"),
    (lambda book: [cell.metadata.nbgrader.update(schema_version=2) for cell in book.cells[1:]], "nbgrader update"),
    (lambda book: book.cells[2].metadata.nbgrader.pop("points"), "does not have points"),
])
def test_a_notebook_that_cannot_be_an_exam_is_named(tmp_path, edit, says):
    notebook = source()
    edit(notebook)
    root = make(tmp_path, notebook)
    with pytest.raises(ValueError, match=says) as raised:
        Course(root).exam(ASSIGNMENT)
    assert NAME in str(raised.value) and "\n" not in str(raised.value)


def test_an_assignment_that_is_not_there_is_said_with_those_that_are(course, tmp_path):
    with pytest.raises(ValueError, match=rf"no assignment '01_litle' in .*/mine: it has {ASSIGNMENT}$"):
        course.exam("01_litle")
    for name in ("..", "a/b", ""):
        with pytest.raises(ValueError, match="cannot be the name of a folder"):
            course.exam(name)
    root = make(tmp_path)
    (root / "mine" / ASSIGNMENT / "two.ipynb").write_text("{}")
    with pytest.raises(ValueError, match="should hold one notebook, it holds 2"):
        Course(root).exam(ASSIGNMENT)
    (root / "mine" / ASSIGNMENT / NAME).unlink()
    with pytest.raises(ValueError, match=r"two\.ipynb cannot be read as a notebook"):
        Course(root).exam(ASSIGNMENT)


def test_a_folder_or_a_configuration_that_is_none_is_named(tmp_path):
    with pytest.raises(ValueError, match="no nbgrader_config.py in .*: name the course's folder"):
        Course(tmp_path)
    for text in ("c = get_config(", "get_config().CourseDirectory.course_id = 3"):
        (tmp_path / "nbgrader_config.py").write_text(text)
        with pytest.raises(ValueError, match=r"nbgrader_config\.py cannot be read"):
            Course(tmp_path).root  # noqa: B018


@pytest.mark.parametrize(("text", "read"), [
    ("2030-01-01 12:00:00 UTC", datetime(2030, 1, 1, 12)),
    ("2030-01-01 12:00:00.25 UTC\n", datetime(2030, 1, 1, 12, 0, 0, 250000)),
    ("", None), ("soon", None), ("9" * 200, None), ("\x00\xff", None),
])
def test_a_timestamp_is_a_date_or_nothing(tmp_path, text, read):
    course = Course(make(tmp_path))
    place = course.submitted(ASSIGNMENT, "ann")
    place.mkdir(parents=True)
    assert course.timestamp(ASSIGNMENT, "ann") is None
    (place / "timestamp.txt").write_text(text, encoding="latin-1")
    assert course.timestamp(ASSIGNMENT, "ann") == read
    (place / "timestamp.txt").rename(place / "elsewhere")
    (place / "timestamp.txt").symlink_to(place / "elsewhere")
    assert course.timestamp(ASSIGNMENT, "ann") is None, "a link may lead anywhere"


def test_importing_it_is_quick():
    """The command starts fast: nothing heavy comes before it is needed."""
    heavy = ("nbgrader", "sqlalchemy", "torch", "distributed", "matplotlib", "nbformat")
    code = ("import sys; import seq2vit.grading.course, seq2vit.grading.record, seq2vit.grading.export; "
            f"sys.exit(' '.join(set(sys.modules) & set({heavy})) or 0)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
