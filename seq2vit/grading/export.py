"""`seq2vit export`: points for a spreadsheet, for Canvas and for Moodle.

Points come from nbgrader's gradebook, so what a person gave and late penalties are in them; messages come from the verdicts.
Names and e-mail addresses are those of the gradebook (`nbgrader db student import FILE` enters them).

`csv`: a row for each student and question.

`canvas`: what "Import" in Canvas's gradebook takes. The first columns are Student, ID, SIS User ID, SIS Login ID and Section,
in this order; then one for each assignment. The second row begins with "Points Possible": Canvas sets an assignment's points
by it. Canvas looks for a student by ID (its own number: nbgrader's `lms_user_id`), then by SIS Login ID (nbgrader's student
id), last by name; for an assignment by its title, so give it the same in Canvas (or write "title (number)" in the heading,
as Canvas's own export does): a title that it does not know makes a new assignment. Only who handed something in is in the
file, and a blank cell is where there are no points: look at what Canvas says will change before you let it.

`moodle`: what "Import: CSV file" in Moodle's gradebook takes, comma as separator, UTF-8. Moodle asks which column says who
("Identify user by") and what each other column is; map a grade and its feedback together, as Moodle forgets the grade where
feedback comes alone. Moodle gives up the whole import at a student whom it does not know, and takes a blank identifier for
the student above: a column that may identify is therefore only there if it is complete and without doubles. "-" is no grade.

A spreadsheet runs a cell that begins with "=", "+", "-" or "@": a text that does, gets an apostrophe before it.
"""

import csv
import html
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from seq2vit.grading.course import Course
from seq2vit.grading.grades import Grades, Student, Work, read
from seq2vit.grading.verdict import Question

FORMATS = ("csv", "canvas", "moodle")
FORMULA = re.compile(r"(^|; *)(?=[-=+@＝＋－＠])")  # ";" begins a new cell in the spreadsheets of some countries
COLUMNS = ("student", "assignment", "question", "points", "max_points", "passed", "misconception", "message", "verdict",
           "late_penalty", "total")


def export(course: Course, assignment: str | None, format: str, path: Path) -> list[str]:
    """Write the points of an assignment, or of all, to a file; one that is there is replaced.

    Returns:
        a line for each thing that the instructor should know before using the file.

    Raises:
        ValueError: nothing to export, or nowhere to write; one line says what to do.
    """
    if format not in FORMATS:
        raise ValueError(f"no format {format!r}: choose one of {', '.join(FORMATS)}")
    grades = read(course, assignment)
    rows = list({"csv": _csv, "canvas": _canvas, "moodle": _moodle}[format](grades))
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
        os.replace(part, path)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror}: name another file with --to") from error
    return list(_notes(grades, format))


def _text(value: str) -> str:
    """One line that no spreadsheet takes for a formula."""
    line = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return FORMULA.sub(r"\1'", line)


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 4):.10g}"


def _csv(grades: Grades) -> Iterator[list[str]]:
    yield list(COLUMNS)
    for name, most in grades.most.items():
        for student in grades.students:
            work = grades.works.get((name, student.id))
            if work is None:
                continue
            verdict = work.verdict
            found = {question.id: question for question in verdict.questions} if verdict else {}
            for question in most:
                said = found.get(question) or Question(question, 0, 0, False, verdict.reason if verdict else "")
                yield [_text(student.id), _text(name), _text(question), _number(work.points.get(question)),
                       _number(most[question]), str(said.passed).lower() if question in found else "",
                       _text(said.misconception or ""), _text(said.message), verdict.verdict if verdict else "",
                       _number(work.penalty), _number(work.total)]


def _with_points(grades: Grades) -> list[Student]:
    return [student for student in grades.students
            if any((work := grades.works.get((name, student.id))) and work.total is not None for name in grades.most)]


def _totals(grades: Grades, student: Student) -> Iterable[Work]:
    return [grades.works.get((name, student.id), Work()) for name in grades.most]


def _canvas(grades: Grades) -> Iterator[list[str]]:
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *map(_text, grades.most)]
    yield ["    Points Possible", "", "", "", "", *(_number(sum(most.values())) for most in grades.most.values())]
    for student in _with_points(grades):
        # Canvas knows the second row by these words, wherever they stand in it: nobody sets points by a name.
        name = "" if "points possible" in student.name.lower() else _text(student.name)
        number = student.lms if student.lms.isdecimal() else ""
        yield [name, number, "", _text(student.id), "", *(_number(work.total) for work in _totals(grades, student))]


def _moodle(grades: Grades) -> Iterator[list[str]]:
    students = _with_points(grades)
    who = {"Username": [student.id for student in students], "Email address": [student.email for student in students],
           "ID number": [student.lms for student in students]}
    who = {title: values for title, values in who.items() if _complete(values)}
    yield [*who, "Last name", "First name",
           *(title for name in grades.most for title in (_text(name), _text(f"{name} (feedback)")))]
    for row, student in enumerate(students):
        marks = [part for name, work in zip(grades.most, _totals(grades, student), strict=True)
                 for part in (_number(work.total) or "-", _text(_feedback(work, grades.most[name])))]
        yield [*(_text(values[row]) for values in who.values()), _text(student.last), _text(student.first), *marks]


def _feedback(work: Work, most: dict[str, float]) -> str:
    """What was not right, in a line. Moodle takes it for HTML."""
    verdict = work.verdict
    if verdict is None or work.total is None:
        return ""
    said = [verdict.reason] if verdict.reason else []
    said += [f"{question.id} {_number(work.points.get(question.id))}/{_number(most.get(question.id))}: {question.message}"
             for question in verdict.questions if question.message]
    said += [f"late: -{_number(work.penalty)}"] if work.penalty else []
    return html.escape("; ".join(said), quote=False)


def _notes(grades: Grades, format: str) -> Iterator[str]:
    works = grades.works.values()
    if failed := sum(work.verdict is not None and work.verdict.verdict == "failed" for work in works):
        yield f"{failed} of {len(works)} submissions failed: their points are missing, or those of an earlier submission"
    if waiting := sum(work.waits for work in works):
        yield f"{waiting} of {len(works)} submissions wait for a person to grade or to look again: their points may change"
    if format == "csv":
        return
    students = _with_points(grades)
    for student in students:
        if _text(student.id) != student.id:
            yield f"student {student.id!r} is written as {_text(student.id)!r}, so that no spreadsheet runs it: enter by hand"
    if format == "canvas" and not all(student.lms.isdecimal() for student in students):
        yield "not every student has Canvas's number (lms_user_id) in the gradebook: Canvas goes by login, then by name"
    if format == "moodle" and not _complete([student.email for student in students]):
        yield "no column for e-mail addresses, as not every student has one in the gradebook: identify users by username"


def _complete(values: list[str]) -> bool:
    """May a column with these say who is meant?"""
    return all(values) and len(set(values)) == len(values)
