"""Everybody's points as nbgrader's gradebook has them, and the verdicts that go with them."""

import os
import re
from dataclasses import dataclass, field
from typing import Any

from seq2vit.grading.course import Course
from seq2vit.grading.record import Record
from seq2vit.grading.verdict import Verdict


@dataclass(frozen=True)
class Student:
    id: str
    first: str = ""
    last: str = ""
    email: str = ""
    lms: str = ""

    @property
    def name(self) -> str:
        return ", ".join(part for part in (self.last, self.first) if part) or self.id


@dataclass
class Work:
    """A student's submission of an assignment.

    Attributes:
        points: by question, None where nobody has decided yet.
        penalty: for late work.
        waits: for a person to grade, or to look again.
        verdict: the engine's; None for what plain nbgrader graded.
    """

    points: dict[str, float | None] = field(default_factory=dict)
    penalty: float = 0.0
    waits: bool = False
    verdict: Verdict | None = None

    @property
    def total(self) -> float | None:
        given = [points for points in self.points.values() if points is not None]
        return max(0.0, sum(given) - self.penalty) if given else None


@dataclass(frozen=True)
class Grades:
    students: list[Student]
    most: dict[str, dict[str, float]]  # points that can be had, by assignment and question
    works: dict[tuple[str, str], Work]  # by assignment and student


def read(course: Course, assignment: str | None = None) -> Grades:
    """The points of an assignment, or of all in the gradebook, as they are now.

    Raises:
        ValueError: nothing has been graded, no such assignment, or a gradebook that cannot be opened.
    """
    from sqlalchemy import create_engine, inspect
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from seq2vit.grading.gradebook import cannot_open

    nothing = ValueError(f"nothing has been graded in {course.root}: run `seq2vit grade` first")
    url = make_url(course.db_url)
    if url.get_backend_name() == "sqlite" and not os.path.exists(url.database or ""):
        raise nothing  # rather than make an empty one
    try:
        engine = create_engine(url)
        try:
            with engine.connect() as db:
                if not inspect(db).has_table("grade"):
                    raise nothing
                most = _most(db, assignment)
                students, works = _students(db), _works(db, list(most))
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(cannot_open(course.db_url, error)) from error
    record = Record(course)
    for name in most:
        for graded in record.verdicts(name):
            student = graded.verdict.student
            works.setdefault((name, student), Work(dict.fromkeys(most[name]))).verdict = graded.verdict
            students.setdefault(student, Student(student))  # it failed before nbgrader knew of the student
    if not works:
        raise nothing
    return Grades(sorted(students.values(), key=lambda one: (one.last, one.first, one.id)), most, works)


def _most(db: Any, assignment: str | None) -> dict[str, dict[str, float]]:
    """The points that can be had, by assignment and question, both in their order."""
    from nbgrader import api
    from sqlalchemy import func, select

    names = db.execute(select(api.Assignment.name).order_by(api.Assignment.name)).scalars().all()
    if assignment is not None and assignment not in names:
        raise ValueError(f"no assignment {assignment!r} in the gradebook: it has {', '.join(names) or 'none'}")
    cell, grade, task = (model.__table__ for model in (api.BaseCell, api.GradeCell, api.TaskCell))
    found: dict[str, dict[str, float]] = {name: {} for name in (names if assignment is None else [assignment])}
    for name, question, points in db.execute(
            select(api.Assignment.name, cell.c.name, func.coalesce(grade.c.max_score, task.c.max_score))
            .select_from(api.Assignment.__table__).join(api.Notebook.__table__)
            .join(cell, cell.c.notebook_id == api.Notebook.id)
            .outerjoin(grade, grade.c.id == cell.c.id).outerjoin(task, task.c.id == cell.c.id)
            .where(api.Assignment.name.in_(found), cell.c.type.in_(("GradeCell", "TaskCell")))):
        found[name][question] = points
    return {name: dict(sorted(points.items(), key=lambda item: _natural(item[0]))) for name, points in found.items()}


def _students(db: Any) -> dict[str, Student]:
    from nbgrader import api
    from sqlalchemy import select

    columns = (api.Student.id, api.Student.first_name, api.Student.last_name, api.Student.email, api.Student.lms_user_id)
    return {row[0]: Student(*(value or "" for value in row)) for row in db.execute(select(*columns))}


def _works(db: Any, wanted: list[str]) -> dict[tuple[str, str], Work]:
    from nbgrader import api
    from sqlalchemy import select

    works: dict[tuple[str, str], Work] = {}
    cell = api.BaseCell.__table__
    rows = db.execute(
        select(api.Assignment.name, api.SubmittedAssignment.student_id, cell.c.name, api.Grade.auto_score,
               api.Grade.manual_score, api.Grade.extra_credit, api.Grade.needs_manual_grade, api.SubmittedNotebook.id,
               api.SubmittedNotebook.late_submission_penalty)
        .select_from(api.Grade.__table__)
        .join(cell, cell.c.id == api.Grade.cell_id)
        .join(api.SubmittedNotebook.__table__, api.SubmittedNotebook.id == api.Grade.notebook_id)
        .join(api.SubmittedAssignment.__table__, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
        .join(api.Assignment.__table__, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .where(api.Assignment.name.in_(wanted)))
    seen = set()
    for name, student, question, auto, manual, extra, waits, notebook, penalty in rows:
        work = works.setdefault((name, student), Work())
        points = auto if manual is None else manual
        work.points[question] = points if points is None else points + (extra or 0.0)
        work.waits |= waits
        if notebook not in seen:
            seen.add(notebook)
            work.penalty += penalty or 0.0
    return works


def _natural(name: str) -> list:
    """For the order 01_q9, 01_q10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
