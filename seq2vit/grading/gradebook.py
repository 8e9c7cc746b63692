"""nbgrader's gradebook, written as `nbgrader autograde` writes it, in one transaction a submission.

nbgrader's own methods look every cell up by name through six joins and commit after each: 54 ms of CPU a submission of
assignment 1 where the gradebook stays open. Here the ids of an assignment are looked up once, and the same rows are written
by the tables that nbgrader declares: 5 ms, files included.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, insert, null, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from seq2vit.grading.course import Course
from seq2vit.grading.verdict import Exam


def cannot_open(db_url: str, error: Exception) -> str:
    """One line for a gradebook that is not there, without the password in its address."""
    where = make_url(db_url).render_as_string(hide_password=True)
    why = (str(error).splitlines() or [type(error).__name__])[0]
    if isinstance(error, ImportError):
        why += ": install it, or name another driver in the address, such as postgresql+psycopg2://"
    return f"the gradebook {where} (CourseDirectory.db_url) cannot be opened: {why}"


class Unrecordable(ValueError):
    """The gradebook cannot take this submission; others it can."""


@dataclass(frozen=True)
class Sheet:
    """What the gradebook knows of an assignment: ids of its rows by the names of the cells.

    Attributes:
        grades: cells with points, tasks among them.
        comments: cells that can be commented on: answers and tasks.
        tasks: the names of those that are tasks, which only a person grades.
        checksums: of the cells as they were released.
        max_scores: points by cell.
    """

    assignment: str
    notebook: str
    grades: dict[str, str]
    comments: dict[str, str]
    tasks: frozenset[str]
    checksums: dict[str, str | None]
    max_scores: dict[str, float]


class Book:
    """The gradebook of a course, opened; made where there is none yet."""

    def __init__(self, course: Course):
        from nbgrader import api

        self.course = course
        self.api = api
        try:
            _make_tables(course.db_url)
            self.gradebook = api.Gradebook(course.db_url, course.id)
        except (SQLAlchemyError, ImportError) as error:
            raise ValueError(cannot_open(course.db_url, error)) from error
        self.gradebook.db.remove()
        self.engine = self.gradebook.engine
        self.table = {model: getattr(api, model).__table__ for model in (
            "Assignment", "Notebook", "BaseCell", "GradeCell", "TaskCell", "SourceCell", "Student", "SubmittedAssignment",
            "SubmittedNotebook", "Grade", "Comment")}

    def close(self) -> None:
        self.gradebook.close()

    def sheet(self, exam: Exam) -> Sheet:
        """The assignment's rows; entered as `nbgrader generate_assignment` does where they are missing or older than the
        instructor's notebook.

        Raises:
            ValueError: the gradebook holds submissions of a notebook with other cells, or has other tables; one line says
                what to do.
        """
        try:
            return self._sheet(exam)
        except SQLAlchemyError as error:
            raise ValueError(f"{cannot_open(self.course.db_url, error)}: if another nbgrader made it, keep a copy and run "
                             "`nbgrader db upgrade`") from error

    def _sheet(self, exam: Exam) -> Sheet:
        sheet = self._find(exam)
        if sheet is None or sheet.max_scores != _points(exam):
            try:
                self._save_cells(exam)
            except RuntimeError as error:
                if "there are submissions" not in str(error):  # a marker without its end, say
                    raise ValueError(f"{self.course.source(exam.assignment) / exam.name}: {error}") from error
                raise ValueError(
                    f"the gradebook holds submissions of another version of {exam.assignment}, with other cells: "
                    f"give the changed notebook a new name, or forget those grades with "
                    f"`nbgrader db assignment remove {exam.assignment} --force`") from error
            sheet = self._find(exam)
        return sheet

    def _find(self, exam: Exam) -> Sheet | None:
        t = self.table
        cell, grade, task = t["BaseCell"].c, t["GradeCell"].c, t["TaskCell"].c
        with self.engine.connect() as db:
            rows = db.execute(select(t["Notebook"].c.id, t["Notebook"].c.name, t["Assignment"].c.id)
                              .join_from(t["Assignment"], t["Notebook"])
                              .where(t["Assignment"].c.name == exam.assignment)).all()
            names = {row[1] for row in rows}
            name = exam.name.removesuffix(".ipynb")
            if names - {name}:
                raise ValueError(f"the gradebook's {exam.assignment} has the notebooks {', '.join(sorted(names))}, the course "
                                 f"has {name}: run `nbgrader generate_assignment {exam.assignment} --force`")
            if not rows:
                return None
            notebook, _, assignment = rows[0]
            cells = db.execute(
                select(cell.name, cell.id, cell.type, func.coalesce(grade.max_score, task.max_score))
                .outerjoin_from(t["BaseCell"], t["GradeCell"], cell.id == grade.id)
                .outerjoin(t["TaskCell"], cell.id == task.id).where(cell.notebook_id == notebook)).all()
            source = t["SourceCell"].c
            checksums = dict(db.execute(select(source.name, source.checksum).where(source.notebook_id == notebook)).all())
        return Sheet(assignment, notebook,
                     grades={name: id for name, id, kind, _ in cells if kind in ("GradeCell", "TaskCell")},
                     comments={name: id for name, id, kind, _ in cells if kind in ("SolutionCell", "TaskCell")},
                     tasks=frozenset(name for name, _, kind, _ in cells if kind == "TaskCell"),
                     checksums=checksums,
                     max_scores={name: points for name, _, _, points in cells if points is not None})

    def _save_cells(self, exam: Exam) -> None:
        """nbgrader's own steps from the source to the release, as far as the one that enters the cells."""
        import nbformat
        from nbconvert.exporters import NotebookExporter
        from nbgrader.converters import GenerateAssignment
        from nbgrader.preprocessors import SaveCells

        self.gradebook.update_or_create_assignment(exam.assignment)
        self.gradebook.db.remove()
        converter = GenerateAssignment(coursedir=self.course.app.coursedir, parent=self.course.app)
        exporter = NotebookExporter(parent=converter, config=converter.config)
        for step in converter.preprocessors[:converter.preprocessors.index(SaveCells) + 1]:
            exporter.register_preprocessor(step)
        name = exam.name.removesuffix(".ipynb")
        resources = {"unique_key": name, "metadata": {"path": str(self.course.source(exam.assignment))},
                     "nbgrader": {"student": ".", "assignment": exam.assignment, "notebook": name,
                                  "db_url": self.course.db_url}}
        with contextlib.chdir(self.course.root):  # where nbgrader looks for a configured header
            exporter.from_notebook_node(nbformat.reads(exam.source, as_version=nbformat.NO_CONVERT), resources=resources)

    def enter(self, sheet: Sheet, student: str, scores: dict[str, float | None], comments: dict[str, str | None],
              timestamp: datetime | None, tasks: float | None = None) -> None:
        """Enter a submission's points and comments; what a person entered stays.

        Args:
            scores: points by cell, tasks left out; None where a person has to decide.
            comments: the automatic comment by cell.
            timestamp: of the submission; None leaves what is there.
            tasks: points for every task, None: a person grades them.
        """
        if len(student) > 128:
            raise Unrecordable("the student's name is longer than nbgrader's gradebook can hold (128 characters)")
        try:
            student.encode()
        except UnicodeEncodeError:
            raise Unrecordable("the student's name is not valid text: rename the folder of the submission") from None
        with self.engine.begin() as db:
            self._student(db, student)
            work = self._one(db, "SubmittedAssignment", assignment_id=sheet.assignment, student_id=student)
            if timestamp is not None:
                table = self.table["SubmittedAssignment"]
                db.execute(update(table).where(table.c.id == work).values(timestamp=timestamp))
            notebook = self._one(db, "SubmittedNotebook", assignment_id=work, notebook_id=sheet.notebook)
            self._grades(db, notebook, {sheet.grades[name]: points for name, points in scores.items()})
            self._tasks(db, notebook, [sheet.grades[name] for name in sorted(sheet.tasks)], tasks)
            self._comments(db, notebook, {sheet.comments[name]: text for name, text in comments.items()})
            self._late(db, student, work, notebook)

    def _student(self, db: Any, student: str) -> None:
        table = self.table["Student"]
        if db.execute(select(table.c.id).where(table.c.id == student)).first() is None:
            if not self.course.autograde.create_student:
                raise Unrecordable("the gradebook has no such student, and Autograde.create_student is off: "
                                   "run `nbgrader db student add`")
            db.execute(insert(table).values(id=student))

    def _one(self, db: Any, model: str, **keys: str) -> str:
        """The id of the row with these keys, made if it is missing."""
        table = self.table[model]
        found = db.execute(select(table.c.id).where(*(table.c[key] == value for key, value in keys.items()))).scalar()
        return found or db.execute(insert(table).values(**keys)).inserted_primary_key[0]

    def _missing(self, db: Any, table: Any, notebook: str, cells: list[str]) -> tuple[list[str], list[str]]:
        """Cells without a row, and cells with one."""
        known = set(db.execute(select(table.c.cell_id).where(table.c.notebook_id == notebook)).scalars())
        return [cell for cell in cells if cell not in known], [cell for cell in cells if cell in known]

    def _grades(self, db: Any, notebook: str, points: dict[str, float | None]) -> None:
        table = self.table["Grade"]
        new, known = self._missing(db, table, notebook, list(points))
        if new:
            db.execute(insert(table), [{"notebook_id": notebook, "cell_id": cell, "auto_score": points[cell],
                                        "needs_manual_grade": points[cell] is None} for cell in new])
        if known:  # a score that a person gave asks to be looked at again, as in nbgrader
            review = case((table.c.manual_score.is_not(None), True), else_=bindparam("open"))
            db.execute(update(table).where(table.c.notebook_id == notebook, table.c.cell_id == bindparam("cell"))
                       .values(auto_score=bindparam("points"), needs_manual_grade=review),
                       [{"cell": cell, "points": points[cell], "open": points[cell] is None} for cell in known])

    def _tasks(self, db: Any, notebook: str, cells: list[str], points: float | None) -> None:
        """A task's grade is a person's alone, and stays as it is; but a refused submission has none, and one that is
        handed in after it is open again."""
        table = self.table["Grade"]
        new, known = self._missing(db, table, notebook, cells)
        if new:
            db.execute(insert(table), [{"notebook_id": notebook, "cell_id": cell, "auto_score": points,
                                        "needs_manual_grade": points is None} for cell in new])
        if known:
            changed = table.c.auto_score.is_not(null()) if points is None else table.c.manual_score.is_(null())
            db.execute(update(table).where(table.c.notebook_id == notebook, table.c.cell_id.in_(known), changed)
                       .values(auto_score=points, needs_manual_grade=points is None))

    def _comments(self, db: Any, notebook: str, texts: dict[str, str | None]) -> None:
        table = self.table["Comment"]
        new, known = self._missing(db, table, notebook, list(texts))
        if new:
            db.execute(insert(table), [{"notebook_id": notebook, "cell_id": cell, "auto_comment": texts[cell]} for cell in new])
        if known:
            db.execute(update(table).where(table.c.notebook_id == notebook, table.c.cell_id == bindparam("cell"))
                       .values(auto_comment=bindparam("text")), [{"cell": cell, "text": texts[cell]} for cell in known])

    def _late(self, db: Any, student: str, work: str, notebook: str) -> None:
        """nbgrader's penalty for late work: never below nothing, never more than the points."""
        if self.course.late_penalty is None:
            return
        submitted, assignment, grade = self.table["SubmittedAssignment"], self.table["Assignment"], self.table["Grade"]
        timestamp, extension, due = db.execute(
            select(submitted.c.timestamp, submitted.c.extension, assignment.c.duedate)
            .join_from(submitted, assignment).where(submitted.c.id == work)).one()
        penalty = None
        if timestamp and due:
            late = (timestamp - (due + extension if extension else due)).total_seconds()
            if late > 0:
                score = db.execute(select(func.coalesce(func.sum(self.api.Grade.score), 0.0))
                                   .where(grade.c.notebook_id == notebook)).scalar_one()
                try:
                    penalty = self.course.late_penalty(student, score, late)
                except Exception as error:  # the instructor's own code
                    raise Unrecordable(f"the late-penalty plugin raised {type(error).__name__}: {error}") from error
                penalty = None if penalty is None else min(max(penalty, 0), score)
        table = self.table["SubmittedNotebook"]
        db.execute(update(table).where(table.c.id == notebook).values(late_submission_penalty=penalty))


def _points(exam: Exam) -> dict[str, float]:
    """Points by cell, as the instructor's notebook says."""
    import nbformat

    marks = [cell.metadata.get("nbgrader", {}) for cell in nbformat.reads(exam.source, as_version=nbformat.NO_CONVERT).cells]
    return {mark["grade_id"]: float(mark["points"]) for mark in marks if mark.get("grade") or mark.get("task")}


def _make_tables(db_url: str) -> None:
    """An empty database gets nbgrader's tables and their version, as nbgrader does it; but nbgrader runs the program
    `alembic` for that, which is not on PATH where the environment is not activated."""
    import nbgrader.dbutil
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base
    from sqlalchemy import create_engine, inspect

    engine = create_engine(db_url)
    try:
        with engine.begin() as db:
            if not inspect(db).get_table_names():
                Base.metadata.create_all(db)
                settings = Config()
                settings.set_main_option("script_location", nbgrader.dbutil.ALEMBIC_DIR.replace("%", "%%"))
                MigrationContext.configure(db).stamp(ScriptDirectory.from_config(settings), "head")
    finally:
        engine.dispose()
