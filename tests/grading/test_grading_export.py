"""The files that spreadsheets, Canvas and Moodle read: nbgrader's points, the verdicts' words, and nothing that runs."""

import csv
from datetime import timedelta

import pytest
from little_course import ASSIGNMENT, DUE, graded, make, sql

from seq2vit.grading.course import Course
from seq2vit.grading.export import export
from seq2vit.grading.record import Record


def fill(root, students=("ann", "bob", "cem", "dora"), names=True):
    """ann is right and was given points for the rest by hand; bob is wrong and late; cem is refused; dora failed; eve, who
    handed in nothing, is only in nbgrader's list."""
    with Record(root) as kept:
        kept.prepare(ASSIGNMENT)
        sql(root, "update assignment set duedate = ?", str(DUE) + ".000000")
        ann, bob, cem, dora = students
        kept.write(graded(ann), DUE)
        kept.write(graded(bob, q1=0), DUE + timedelta(hours=1))
        kept.write(graded(cem, verdict="refused", reason="the notebook is not <JSON>"), DUE)
        kept.write(graded(dora, verdict="failed", reason="each worker died"), DUE)
    for name, points in {"01_why": 3.5, "01_plot": 1, "01_talk": 5}.items():
        sql(root, """update grade set manual_score = ?, needs_manual_grade = 0 where
            cell_id = (select id from base_cell where name = ? and type in ('GradeCell', 'TaskCell')) and notebook_id =
            (select n.id from submitted_notebook n join submitted_assignment a on a.id = n.assignment_id
            where student_id = ?)""", points, name, ann)
    sql(root, "insert into student (id, last_name) values ('eve', 'Eden')")
    if names:
        for student, first, last, email, number in ((ann, "Zoë", 'Å "Ace", Jr.', "zoe@example.org", "17"),
                                                     (bob, "=HYPERLINK(1)", "+Bob", "bob@example.org", "18"),
                                                     (cem, "张", "伟", "cem@example.org", "19")):
            sql(root, "update student set first_name = ?, last_name = ?, email = ?, lms_user_id = ? where id = ?",
                first, last, email, number, student)
    return Course(root)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return fill(make(tmp_path_factory.mktemp("export")))


def table(path, delimiter=","):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_csv_has_a_row_for_each_student_and_question(course, tmp_path):
    notes = export(course, ASSIGNMENT, "csv", tmp_path / "grades.csv")
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["student", "assignment", "question", "points", "max_points", "passed", "misconception", "message",
                             "verdict", "late_penalty", "total"]
    assert len(rows) == 4 * 5 and {row["assignment"] for row in rows} == {ASSIGNMENT}
    of = {(row["student"], row["question"]): row for row in rows}
    assert [question for student, question in of if student == "ann"] == ["01_plot", "01_q1", "01_q2", "01_talk", "01_why"]
    assert [of["ann", "01_why"][key] for key in ("points", "max_points", "passed", "verdict", "total")] == [
        "3.5", "4", "", "graded", "14.5"]
    assert [of["bob", "01_q1"][key] for key in ("points", "passed", "misconception", "message", "late_penalty", "total")] == [
        "0", "false", "01-no-plus", "one should add 1 [01-no-plus]", "1", "1"]
    assert of["bob", "01_why"]["points"] == "", "nobody has graded it yet"
    assert {row["message"] for row in rows if row["student"] == "cem"} == {"the notebook is not <JSON>"}
    assert {(row["points"], row["total"], row["verdict"]) for row in rows if row["student"] == "dora"} == {("", "", "failed")}
    assert notes == ["1 of 4 submissions failed: their points are missing, or those of an earlier submission",
                     "1 of 4 submissions wait for a person to grade or to look again: their points may change"]


def test_canvas_gets_its_columns_and_the_points_possible(course, tmp_path):
    export(course, ASSIGNMENT, "canvas", tmp_path / "canvas.csv")
    assert table(tmp_path / "canvas.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT],
        ["    Points Possible", "", "", "", "", "15"],
        ["'+Bob, =HYPERLINK(1)", "18", "", "bob", "", "1"],
        ['Å "Ace", Jr., Zoë', "17", "", "ann", "", "14.5"],
        ["伟, 张", "19", "", "cem", "", "0"],
    ]


def test_moodle_gets_who_and_grades_with_their_feedback(course, tmp_path):
    export(course, None, "moodle", tmp_path / "moodle.csv")
    assert table(tmp_path / "moodle.csv") == [
        ["Username", "Email address", "ID number", "Last name", "First name", ASSIGNMENT, f"{ASSIGNMENT} (feedback)"],
        ["bob", "bob@example.org", "18", "'+Bob", "'=HYPERLINK(1)", "1",
         "01_q1 0/3: one should add 1 [01-no-plus]; late: -1"],
        ["ann", "zoe@example.org", "17", 'Å "Ace", Jr.', "Zoë", "14.5", ""],
        ["cem", "cem@example.org", "19", "伟", "张", "0", "the notebook is not &lt;JSON&gt;"],
    ]


def test_moodle_gets_no_identifier_that_is_blank_or_twice(tmp_path):
    """Moodle takes a blank one for the student above, and stops at one that it does not know."""
    course = fill(make(tmp_path), names=False)
    sql(course.root, "update student set email = 'same@example.org', lms_user_id = id")
    notes = export(course, ASSIGNMENT, "moodle", tmp_path / "moodle.csv")
    assert table(tmp_path / "moodle.csv")[0][:3] == ["Username", "ID number", "Last name"]
    assert "no column for e-mail addresses" in notes[-1]
    sql(course.root, "update student set email = null, lms_user_id = null where id = 'bob'")
    assert "no column" in export(course, ASSIGNMENT, "moodle", tmp_path / "moodle.csv")[-1]
    assert table(tmp_path / "moodle.csv")[0][:2] == ["Username", "Last name"]
    assert "by login, then by name" in export(course, ASSIGNMENT, "canvas", tmp_path / "canvas.csv")[-1]
    assert [row[1] for row in table(tmp_path / "canvas.csv")[1:]] == [""] * 4, "a login is not Canvas's number"


def test_no_cell_can_run(tmp_path):
    """Names are what students (or the folders that they named) say; the course's own words are left alone."""
    students = ("=cmd|' C calc'!A0", "@SUM(1)", "-1+1;=2", "\u200b=1")
    course = fill(make(tmp_path), students, names=False)
    sql(course.root, "update student set last_name = ? where id = ?", '\t=1+1\r\n"', students[1])
    sql(course.root, "update student set last_name = ? where id = ?", "a;=1+1", students[0])
    sql(course.root, "update student set last_name = ? where id = ?", "X Points Possible", students[2])
    for format in ("csv", "canvas", "moodle"):
        notes = export(course, None, format, tmp_path / "out.csv")
        for delimiter in ",;":  # as the spreadsheets of some countries split a line
            cells = [cell for row in table(tmp_path / "out.csv", delimiter) for cell in row]
            assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "@", "-")) and cell != "-"]
        cells = [cell for row in table(tmp_path / "out.csv") for cell in row]
        assert all(cell.isprintable() for cell in cells)
        assert "'-1+1;'=2" in cells
        if format != "csv":
            assert "'=cmd|' C calc'!A0" in cells and sum("enter by hand" in note for note in notes) == 3
    export(course, None, "canvas", tmp_path / "out.csv")
    assert [row[0] for row in table(tmp_path / "out.csv") if "Points Possible" in row[0]] == ["    Points Possible"]


def test_a_file_is_replaced_whole_or_not_at_all(course, tmp_path):
    target = tmp_path / "grades.csv"
    target.write_text("old")
    export(course, ASSIGNMENT, "csv", target)
    assert "old" not in target.read_text()
    with pytest.raises(ValueError, match=r"cannot write .*nowhere/grades.csv: No such file or directory: name another"):
        export(course, ASSIGNMENT, "csv", tmp_path / "nowhere" / "grades.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]


def test_what_cannot_be_exported_is_said(course, tmp_path):
    with pytest.raises(ValueError, match="no format 'xlsx': choose one of csv, canvas, moodle"):
        export(course, None, "xlsx", tmp_path / "out")
    with pytest.raises(ValueError, match=rf"no assignment '02_none' in the gradebook: it has {ASSIGNMENT}$"):
        export(course, "02_none", "csv", tmp_path / "out")
    empty = Course(make(tmp_path))
    for _ in range(2):  # without a gradebook, then with an empty one
        with pytest.raises(ValueError, match="nothing has been graded in .*: run `seq2vit grade` first"):
            export(empty, None, "csv", tmp_path / "out")
        assert not (tmp_path / "out").exists()
        if not (tmp_path / "gradebook.db").exists():
            with Record(empty) as kept:
                kept.prepare(ASSIGNMENT)
