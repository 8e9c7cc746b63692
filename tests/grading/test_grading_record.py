"""What grading leaves behind is what nbgrader would have left, whoever is killed, and whatever a student is called."""

import csv
import gc
import json
import os
import shutil
import subprocess
import sys
import time
import tracemalloc
from datetime import timedelta

import nbformat
import pytest
from little_course import (
    ASSIGNMENT,
    DUE,
    NAME,
    answered,
    comments,
    graded,
    hand_in,
    make,
    rows,
    scores,
    source,
    sql,
)
from test_nbgrader import nbgrader

from seq2vit.grading import record
from seq2vit.grading.course import Course
from seq2vit.grading.record import Record

RIGHT = {"01_q1_answer": "def one(x):\n    return x + 1", "01_q2_answer": "def two(x):\n    return x + x",
         "01_why": "Since it is so.", "01_plot": "plot = 2"}
STUDENTS = {"ann": (RIGHT, DUE - timedelta(days=1)),
            "bob": (RIGHT | {"01_q2_answer": "def two(x):\n    return x"}, DUE + timedelta(hours=2)),
            "cem": ({}, None)}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The course as plain nbgrader grades it."""
    root = make(tmp_path_factory.mktemp("plain"))
    nbgrader(root, "generate_assignment", ASSIGNMENT)
    sql(root, "update assignment set duedate = ?", str(DUE) + ".000000")
    for student, (answers, timestamp) in STUDENTS.items():
        hand_in(root, student, answers, timestamp)
    nbgrader(root, "autograde", ASSIGNMENT)
    return root


@pytest.fixture(scope="module")
def ours(tmp_path_factory, plain):
    """The same course without a gradebook, recorded from verdicts made by hand."""
    root = make(tmp_path_factory.mktemp("ours"))
    shutil.copytree(plain / "submitted", root / "submitted")
    with Record(root) as kept:
        kept.prepare(ASSIGNMENT)
        sql(root, "update assignment set duedate = ?", str(DUE) + ".000000")
        for student in STUDENTS:
            notebook = (plain / "autograded" / student / ASSIGNMENT / NAME).read_text()
            points = scores(plain, student)
            timestamp = kept.course.timestamp(ASSIGNMENT, student)
            assert kept.write(graded(student, notebook, points["01_q1"], points["01_q2"]), timestamp).notebook == notebook
    return root


@pytest.fixture
def course(tmp_path):
    """A fresh course, nothing in its gradebook."""
    return make(tmp_path)


def test_every_row_is_as_plain_nbgrader_writes_it(plain, ours):
    there, here = rows(plain / "gradebook.db"), rows(ours / "gradebook.db")
    assert len(there["grade"]) == 3 * 5 and len(there["comment"]) == 3 * 5
    for table in there:
        assert here[table] == there[table]
    assert scores(ours, "bob") == {"01_q1": 3, "01_q2": 0, "01_why": None, "01_plot": None, "01_talk": None}
    assert scores(ours, "cem") == {"01_q1": 0, "01_q2": 0, "01_why": 0, "01_plot": 0, "01_talk": None}
    assert sql(ours, "select late_submission_penalty from submitted_notebook order by 1") == [(None,), (None,), (2.0,)]


def test_the_autograded_tree_holds_the_notebook_and_the_timestamp(plain, ours):
    for student, (_, timestamp) in STUDENTS.items():
        place = ours / "autograded" / student / ASSIGNMENT
        assert sorted(os.listdir(place)) == [NAME, *["timestamp.txt"] * bool(timestamp)]
        for name in os.listdir(place):
            theirs = plain / "autograded" / student / ASSIGNMENT / name
            assert (place / name).read_text() == theirs.read_text()
            assert (place / name).stat().st_mode == theirs.stat().st_mode
        assert os.listdir(place.parent) == [ASSIGNMENT]


def test_nbgrader_goes_on_from_there(ours):
    """export, generate_feedback, and db upgrade, which finds the newest tables."""
    nbgrader(ours, "export")
    with open(ours / "grades.csv") as file:
        found = {row["student_id"]: row for row in csv.DictReader(file)}
    assert {student: (float(row["score"]), float(row["late_submission_penalty"])) for student, row in found.items()} == {
        "ann": (5, 0), "bob": (1, 2), "cem": (0, 0)}
    assert found["bob"]["timestamp"] == str(STUDENTS["bob"][1])
    nbgrader(ours, "generate_feedback", ASSIGNMENT)
    page = (ours / "feedback" / "cem" / ASSIGNMENT / NAME.replace(".ipynb", ".html")).read_text()
    assert "No response." in page
    before = rows(ours / "gradebook.db")
    nbgrader(ours, "db", "upgrade")
    assert rows(ours / "gradebook.db") == before


def test_formgrader_lists_the_submissions(plain, ours):
    from nbgrader.apps.api import NbGraderAPI

    listed = []
    for root in (plain, ours):
        course = Course(root)
        found = NbGraderAPI(course.app.coursedir, parent=course.app).get_submissions(ASSIGNMENT)
        listed.append([{key: value for key, value in work.items() if key != "id"} for work in found])
    there, here = listed
    assert here == there
    assert [(work["student"], work["autograded"], work["needs_manual_grade"]) for work in here] == [
        (student, True, True) for student in STUDENTS]


def test_what_a_person_entered_stays(course):
    from nbgrader.api import Gradebook

    where = (NAME.removesuffix(".ipynb"), ASSIGNMENT, "ann")
    with Record(course) as kept:
        kept.write(graded("ann"), DUE)
        with Gradebook(kept.course.db_url) as gradebook:
            grade = gradebook.find_grade("01_q2", *where)
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 1.5, 0.25, False
            gradebook.find_comment("01_q2_answer", *where).manual_comment = "Nearly."
            task = gradebook.find_grade("01_talk", *where)
            task.manual_score, task.needs_manual_grade = 4, False
            gradebook.db.commit()
        kept.write(graded("ann", q1=0, q2=0), DUE)
        with Gradebook(kept.course.db_url) as gradebook:
            grade = gradebook.find_grade("01_q2", *where)
            assert (grade.manual_score, grade.extra_credit, grade.auto_score, grade.score) == (1.5, 0.25, 0, 1.75)
            assert grade.needs_manual_grade, "a changed submission asks the person to look again, as in nbgrader"
            assert gradebook.find_comment("01_q2_answer", *where).comment == "Nearly."
            task = gradebook.find_grade("01_talk", *where)
            assert (task.score, task.needs_manual_grade) == (4, False)
            assert gradebook.find_submission(ASSIGNMENT, "ann").score == 5.75


def test_a_late_penalty_counts_what_a_person_gave_and_never_exceeds_it(course):
    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
        sql(course, "update assignment set duedate = ?", str(DUE) + ".000000")
        penalty = "select late_submission_penalty from submitted_notebook"
        kept.write(graded("ann"), DUE + timedelta(hours=3))
        assert sql(course, penalty) == [(3,)]
        kept.write(graded("ann"), DUE + timedelta(days=3))
        assert sql(course, penalty) == [(5,)]
        kept.write(graded("ann"), None)  # handed in again without a timestamp: the old one counts, as in nbgrader
        assert sql(course, penalty) == [(5,)]
        sql(course, "update grade set manual_score = 10 where cell_id = (select id from base_cell where name = '01_q2')")
        kept.write(graded("ann"), DUE + timedelta(days=3))
        assert sql(course, penalty) == [(13,)]
        kept.write(graded("ann"), DUE)
        assert sql(course, penalty) == [(None,)]


def test_a_refused_submission_has_no_points_and_says_why(course):
    reason = "no notebook: <script>alert(1)</script>\n[x](javascript:alert(2)) \x00.ipynb"
    with Record(course) as kept:
        kept.write(graded("ann"), DUE)
        kept.write(graded("ann", verdict="refused", reason=reason), DUE)
        assert scores(course, "ann") == dict.fromkeys(["01_q1", "01_q2", "01_why", "01_plot", "01_talk"], 0)
        assert sql(course, "select count(*) from grade where needs_manual_grade") == [(0,)]
        said = comments(course, "ann")
        assert said["01_q1_answer"].startswith("Refused: no notebook: &lt;script&gt;")
        assert "[" not in said["01_q1_answer"] and "\n" not in said["01_q1_answer"]
        assert [text for name, text in said.items() if name != "01_q1_answer"] == [None] * 4
        shown = nbformat.read(course / "autograded" / "ann" / ASSIGNMENT / NAME, as_version=4)
        nbformat.validate(shown)
        assert "<script>" not in shown.cells[0].source and "refused" in shown.cells[0].source
        assert [cell.source for cell in shown.cells[1:]] == [""] * 7, "neither a hidden test nor a solution"
        assert kept.verdicts(ASSIGNMENT)[0].verdict.reason == reason

        kept.write(graded("ann"), DUE)
        assert scores(course, "ann") == {"01_q1": 3, "01_q2": 2, "01_why": None, "01_plot": None, "01_talk": None}
        assert sql(course, "select needs_manual_grade from grade where auto_score is null") == [(1,)] * 3
        assert set(comments(course, "ann").values()) == {None}


def test_a_failed_verdict_takes_nothing_away(course):
    with Record(course) as kept:
        kept.write(graded("bob", verdict="failed", reason="out of memory"), DUE)
        assert sql(course, "select count(*) from student") == [(0,)] and not (course / "autograded").exists()
        kept.write(graded("ann"), DUE)
        before, text = rows(course / "gradebook.db"), (course / "autograded" / "ann" / ASSIGNMENT / NAME).read_text()
        kept.write(graded("ann", verdict="failed", reason="out of memory"), DUE + timedelta(days=1))
        assert rows(course / "gradebook.db") == before
        assert (course / "autograded" / "ann" / ASSIGNMENT / NAME).read_text() == text
        assert [(g.verdict.student, g.verdict.verdict) for g in kept.verdicts(ASSIGNMENT)] == [
            ("ann", "failed"), ("bob", "failed")]


# A kill at each step: the child is killed where the step would begin; the parent says what it left.
KILLS = """
import json, os, signal, sys
sys.path[:0] = json.loads(sys.argv[2])
from little_course import ASSIGNMENT, DUE, NAME, comments, graded, scores
from seq2vit.grading import autograded
from seq2vit.grading.record import Record

root = sys.argv[1]

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

def dying(step, calls):
    import seq2vit.grading.gradebook as gradebook
    place, name = {"transaction": (gradebook.Book, "_late"), "folder": (autograded.Folder, "show"),
                   "between": (os, "rename"), "verdict": (os, "replace")}[step]
    real, left = getattr(place, name), [calls]
    def call(*arguments, **options):
        left[0] -= 1
        return real(*arguments, **options) if left[0] >= 0 else die()
    setattr(place, name, call)

def state(course):
    with Record(root) as kept:
        shown = os.path.join(root, "autograded", "ann", ASSIGNMENT, NAME)
        text = open(shown).read() if os.path.exists(shown) else ""
        return [scores(kept.course.root, "ann")["01_q1"], text.strip()[-1:] and "old" in text,
                kept.verdicts(ASSIGNMENT)[0].verdict.questions[0].points, kept.done(ASSIGNMENT, "ann", "same")]

found = []
for step, calls in (("transaction", 0), ("folder", 0), ("between", 0), ("between", 1), ("verdict", 0)):
    with Record(root) as kept:
        kept.write(graded("ann", json.dumps(OLD), q1=3), DUE, "same")
    child = os.fork()
    if not child:
        dying(step, calls)
        with Record(root) as kept:
            kept.write(graded("ann", json.dumps(NEW), q1=0), DUE, "same")
        os._exit(7)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (step, status)
    killed = state(root)
    with Record(root) as kept:
        kept.write(graded("ann", json.dumps(NEW), q1=0), DUE, "same")
    found.append([step, killed, state(root), sorted(os.listdir(os.path.join(root, "autograded", "ann")))])
print(json.dumps(found))
"""


def test_a_kill_at_any_moment_is_noticed_and_mended(course):
    new, old = json.loads(answered()), json.loads(answered(a01_why="old"))
    script = KILLS.replace("OLD", repr(old)).replace("NEW", repr(new))
    done = subprocess.run([sys.executable, "-c", script, str(course), json.dumps(sys.path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(step, killed) for step, killed, _, _ in found] == [
        # points in the gradebook, is the old notebook there, points in the verdict, is it done
        ("transaction", [3, True, 3, False]),
        ("folder", [0, True, 3, False]),
        ("between", [0, True, 3, False]),
        ("between", [0, "", 3, False]),
        ("verdict", [0, False, 3, False]),
    ]
    assert [(mended, left) for _, _, mended, left in found] == [([0, False, 0, True], [ASSIGNMENT])] * 5


def test_done_holds_for_just_this_submission_and_exam(course):
    with Record(course) as kept:
        exam = kept.prepare(ASSIGNMENT)
        mine = record.digest(exam, b"mine", DUE)
        assert not kept.done(ASSIGNMENT, "ann", mine)
        kept.write(graded("ann"), DUE, mine)
        assert kept.done(ASSIGNMENT, "ann", mine)
        harder = type(exam)(exam.assignment, exam.name, exam.source.replace("assert", "assert  "))
        for other in (record.digest(exam, b"mine!", DUE), record.digest(exam, b"mine"), record.digest(harder, b"mine", DUE)):
            assert other != mine and not kept.done(ASSIGNMENT, "ann", other)
        file = course / ".seq2vit" / ASSIGNMENT / "ann.json"
        text = file.read_text()
        file.write_text(text[:100])
        assert not kept.done(ASSIGNMENT, "ann", mine)
        with pytest.raises(ValueError, match=r"ann\.json holds no verdict: delete it and grade again"):
            kept.verdicts(ASSIGNMENT)
        kept.write(graded("ann", verdict="failed", reason="a worker died"), DUE, mine)
        assert not kept.done(ASSIGNMENT, "ann", mine)
        kept.write(graded("ann", verdict="refused", reason="empty file"), DUE, mine)
        assert kept.done(ASSIGNMENT, "ann", mine)


def test_verdicts_come_back_as_they_were_written(course):
    whole = [graded(student) for student in ("zoé", "ann", "李雷")]
    with Record(course) as kept:
        assert kept.verdicts(ASSIGNMENT) == []
        for one in whole:
            kept.write(one, DUE)
    found = Record(course).verdicts(ASSIGNMENT)
    assert [one.verdict for one in found] == sorted((one.verdict for one in whole), key=lambda verdict: verdict.student)
    assert [(one.notebook, one.events, one.timings) for one in found] == [
        ("", ["tried to open a socket"], {"start": 0.01})] * 3
    assert (course / ".seq2vit" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(("student", "why"), [
    ("x" * 129, "longer than nbgrader's gradebook can hold"),
    ("caf\udce9", "not valid text"),
])
def test_a_name_that_no_gradebook_holds_costs_one_submission(course, student, why):
    with Record(course) as kept:
        written = kept.write(graded(student), DUE, "d").verdict
        assert (written.verdict, written.score, written.questions) == ("failed", 0, []) and why in written.reason
        kept.write(graded("ann"), DUE)
        assert {one.verdict.student: one.verdict.verdict for one in kept.verdicts(ASSIGNMENT)} == {
            student: "failed", "ann": "graded"}
        assert os.listdir(course / "autograded" / "ann") == [ASSIGNMENT]


@pytest.mark.parametrize("student", ["..", ".", "", "a/b", "../../evil"])
def test_a_name_that_leaves_the_folder_writes_nothing(course, student):
    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
        before = sorted(course.parent.rglob("*"))
        with pytest.raises(ValueError, match="cannot be the name of a folder"):
            kept.write(graded(student), DUE)
        assert not kept.done(ASSIGNMENT, student, "")
        assert sorted(course.parent.rglob("*")) == before


def test_no_symbolic_link_is_followed(course, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / NAME).write_text("precious")
    (course / "autograded" / "ann").mkdir(parents=True)
    (course / "autograded" / "ann" / ASSIGNMENT).symlink_to(outside)
    (course / "autograded" / "ann" / f".{ASSIGNMENT}.new").symlink_to(outside)
    (course / "autograded" / "bob").symlink_to(outside)
    (course / ".seq2vit" / ASSIGNMENT).mkdir(parents=True)
    (course / ".seq2vit" / ASSIGNMENT / "ann.json.part").symlink_to(outside / NAME)
    with Record(course) as kept:
        assert kept.write(graded("ann"), DUE).verdict.verdict == "graded"
        assert "symbolic link: remove it" in kept.write(graded("bob"), DUE).verdict.reason
    assert os.listdir(outside) == [NAME] and (outside / NAME).read_text() == "precious"
    assert not (course / "autograded" / "ann" / ASSIGNMENT).is_symlink()
    assert sql(course, "select id from student") == [("ann",)]


def test_half_a_surrogate_pair_stops_nothing(course):
    notebook = json.loads(answered(a01_why="\ud83d\ude00 and \udce9"))
    with Record(course) as kept:
        for text in (json.dumps(notebook), json.dumps(notebook, ensure_ascii=False)):
            kept.write(graded("ann", text), DUE)
            shown = nbformat.read(course / "autograded" / "ann" / ASSIGNMENT / NAME, as_version=4)
            assert [cell.source for cell in shown.cells if "and" in cell.source] == ["\U0001f600 and ?"]


def test_one_writes_and_the_other_waits_but_may_read(course):
    with Record(course) as first:
        first.write(graded("ann"), DUE)
        with Record(course) as second:
            assert len(second.verdicts(ASSIGNMENT)) == 1
            with pytest.raises(ValueError, match="another run is writing grades"):
                second.write(graded("ann"), DUE)
    with Record(course) as second:
        second.write(graded("ann"), DUE)


def test_the_gradebook_follows_the_instructors_notebook(course):
    def change(edit):
        notebook = source()
        edit(notebook.cells)
        nbformat.write(notebook, course / "mine" / ASSIGNMENT / NAME)

    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
    change(lambda cells: cells.pop(2))  # without submissions the cells may change
    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
    assert sql(course, "select count(*) from grade_cells") == [(3,)]
    change(lambda cells: None)
    with Record(course) as kept:
        kept.write(graded("ann"), DUE)
    change(lambda cells: cells[2].metadata.nbgrader.update(points=30))
    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
    assert sql(course, "select max(max_score) from grade_cells") == [(30,)]
    assert scores(course, "ann")["01_q1"] == 3
    change(lambda cells: cells.pop(2))
    with Record(course) as kept, pytest.raises(ValueError, match="submissions of another version of 01_little"):
        kept.prepare(ASSIGNMENT)


def test_a_gradebook_of_another_nbgrader_is_said(course):
    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
    sql(course, "alter table source_cell drop column checksum")
    with Record(course) as kept, pytest.raises(ValueError, match="no such column.*checksum: .*`nbgrader db upgrade`"):
        kept.prepare(ASSIGNMENT)


def test_an_engine_without_an_opinion_gives_no_points(course):
    whole = graded("ann")
    with Record(course) as kept:
        short = type(whole.verdict)(**vars(whole.verdict) | {"questions": whole.verdict.questions[:1]})
        written = kept.write(type(whole)(short, whole.notebook), DUE)
        assert written.verdict.verdict == "failed" and "no points for 01_q2" in written.verdict.reason
        assert sql(course, "select count(*) from grade") == [(0,)]


def test_students_are_only_made_where_nbgrader_would(tmp_path):
    root = make(tmp_path, config="\nc.Autograde.create_student = False\n")
    with Record(root) as kept:
        assert "nbgrader db student add" in kept.write(graded("ann"), DUE).verdict.reason
        kept.prepare(ASSIGNMENT)
        sql(root, "insert into student (id) values ('ann')")
        assert kept.write(graded("ann"), DUE).verdict.verdict == "graded"


def test_a_submission_costs_little_time_and_no_memory(course):
    """40 as in the benchmark, then enough to see a leak."""
    notebook = json.dumps(json.loads(answered(a01_why="x" * 100_000)))  # as long as a real one with its outputs
    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
        kept.write(graded("warm", notebook), DUE)
        each = 1.0
        for batch in range(4):  # the best of four: what else the machine does is not ours
            began = time.process_time()
            for number in range(10):
                kept.write(graded(f"student{batch}{number}", notebook), DUE)
            each = min(each, (time.process_time() - began) / 10)
        tracemalloc.start()
        try:
            sizes = []
            for round in range(3):
                for number in range(60):
                    kept.write(graded(f"{round}-{number}", notebook), DUE)
                gc.collect()  # what only waits to be collected is no leak
                sizes.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    print(f"{1000 * each:.1f} ms of CPU a submission")
    assert each < 0.015
    assert sizes[2] - sizes[1] < 60_000, "a kilobyte a submission would be a leak"
