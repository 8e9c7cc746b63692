"""A course as nbgrader sees it: folders, gradebook, late penalties, and the instructor's notebooks.

Everything comes from nbgrader's own configuration, read once and only when it is first needed: nbgrader takes a second to
import.
"""

import functools
import logging
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from seq2vit.grading.verdict import Exam

CONFIG = "nbgrader_config.py"


class Course:
    """nbgrader's settings for the course in `root`, whatever the working directory is.

    Raises:
        ValueError: no such folder, or no `nbgrader_config.py` in it; one line says what to do.
    """

    def __init__(self, root: str | Path):
        self.given = Path(root).absolute()
        if not (self.given / CONFIG).is_file():
            raise ValueError(f"no {CONFIG} in {self.given}: name the course's folder with --course")

    @functools.cached_property
    def app(self) -> Any:
        """nbgrader's application with the course's configuration: the parent of every part of nbgrader that is configured."""
        from nbgrader.apps import NbGrader

        class Reader(NbGrader):
            load_cwd_config = False  # the course's file counts, not one that lies where the command was typed
            raise_config_file_errors = True

            def migrate_config(self) -> None:
                """Leave the user's home as it is."""

            def init_syspath(self) -> None:
                """A late-penalty plugin may lie beside the configuration. Last on the path: it hides no module."""

        if str(self.given) not in sys.path:
            sys.path.append(str(self.given))
        app = Reader(log_level=logging.ERROR)
        try:
            app.initialize([], root=str(self.given))
        except (Exception, SystemExit) as error:  # a configuration is a program; traitlets exits on a wrong value
            raise ValueError(f"{self.given / CONFIG} cannot be read: {type(error).__name__}: {error}") from error
        return app

    @property
    def root(self) -> Path:
        return Path(self.app.coursedir.root)

    @property
    def id(self) -> str:
        return self.app.coursedir.course_id

    @functools.cached_property
    def db_url(self) -> str:
        """The gradebook's address; a relative SQLite file lies in the course, not where the command was typed."""
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(self.app.coursedir.db_url)
        except ArgumentError:
            raise ValueError(f"CourseDirectory.db_url in {self.given / CONFIG} is no database's address: it should be "
                             "such as sqlite:///gradebook.db or postgresql+psycopg2://user@host/grades") from None
        file = url.database
        if url.get_backend_name() == "sqlite" and file and file != ":memory:" and not file.startswith("file:"):
            url = url.set(database=str(self.root / file))
        return url.render_as_string(hide_password=False)

    def _path(self, step: str, assignment: str, student: str | None = None) -> Path:
        for name in (assignment, student):
            if name is not None and not is_name(name):
                raise ValueError(f"{name!r} cannot be the name of a folder: it is no assignment or student of this course")
        nobody = "."  # stands for the student in the paths of source and release
        return Path(os.path.normpath(self.app.coursedir.format_path(step, student or nobody, assignment)))

    def source(self, assignment: str) -> Path:
        """The folder with the instructor's version."""
        return self._path(self.app.coursedir.source_directory, assignment)

    def release(self, assignment: str) -> Path:
        return self._path(self.app.coursedir.release_directory, assignment)

    def submitted(self, assignment: str, student: str) -> Path:
        return self._path(self.app.coursedir.submitted_directory, assignment, student)

    def autograded(self, assignment: str, student: str) -> Path:
        return self._path(self.app.coursedir.autograded_directory, assignment, student)

    def feedback(self, assignment: str, student: str) -> Path:
        return self._path(self.app.coursedir.feedback_directory, assignment, student)

    def verdicts(self, assignment: str) -> Path:
        """The folder with one JSON file for each student."""
        if not is_name(assignment):
            raise ValueError(f"{assignment!r} cannot be the name of a folder: it is no assignment of this course")
        return self.root / ".seq2vit" / assignment

    def timestamp(self, assignment: str, student: str) -> datetime | None:
        """When the work was handed in, in UTC without a zone as nbgrader keeps it; None if `timestamp.txt` is missing,
        or holds no date: students can write to it, so it stops nothing."""
        from nbgrader.utils import parse_utc

        try:
            file = os.open(self.submitted(assignment, student) / "timestamp.txt", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(file, "rb") as opened:
                return parse_utc(opened.read(100).decode().strip() or None)
        except (OSError, ValueError, OverflowError):
            return None

    @functools.cached_property
    def late_penalty(self) -> Any:
        """nbgrader's plugin for late work, asked for (student, score, seconds late); None if late penalties are off."""
        from nbgrader.preprocessors import AssignLatePenalties

        assign = AssignLatePenalties(parent=self.app)
        if not assign.enabled:
            return None
        assign.init_plugin()
        return assign.plugin_inst.late_submission_penalty

    @functools.cached_property
    def autograde(self) -> Any:
        """nbgrader's converter, for what it is configured to do: `create_student`, `permissions`."""
        from nbgrader.converters import Autograde

        return Autograde(coursedir=self.app.coursedir, parent=self.app)

    def exam(self, assignment: str) -> Exam:
        """The instructor's notebook of an assignment.

        Raises:
            ValueError: no such assignment, several notebooks, or a notebook that is not the instructor's version.
        """
        import nbformat

        folder = self.source(assignment)
        if not folder.is_dir():
            known = sorted(place.name for place in folder.parent.glob("*/") if any(place.glob("*.ipynb")))
            raise ValueError(f"no assignment {assignment!r} in {folder.parent}: it has {', '.join(known) or 'none'}")
        found = sorted(folder.glob("*.ipynb"))
        if len(found) != 1:
            raise ValueError(f"{folder} should hold one notebook, it holds {len(found)}: "
                             "make an assignment of its own of each")
        notebook = self._read(found[0])
        marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
        if not any(mark.get("grade") and not mark.get("solution") for mark in marks):
            raise ValueError(f"{found[0]} has no test cell: mark one as autograder tests, with points")
        if not any(marker in cell.source for cell in notebook.cells for marker in self._markers):
            raise ValueError(f"{found[0]} has neither a solution nor a hidden test between markers: is it the release? "
                             "CourseDirectory.source_directory should name the instructor's version")
        return Exam(assignment, found[0].name, nbformat.writes(notebook))

    @functools.cached_property
    def _markers(self) -> tuple[str, str]:
        from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

        return (ClearSolutions(parent=self.app).begin_solution_delimeter,
                ClearHiddenTests(parent=self.app).begin_test_delimeter)

    @staticmethod
    def _read(path: Path) -> Any:
        import nbformat
        from nbgrader import nbgraderformat

        try:
            return nbgraderformat.read(str(path), as_version=nbformat.NO_CONVERT)
        except (nbgraderformat.SchemaTooOldError, nbgraderformat.SchemaTooNewError) as error:
            raise ValueError(f"{path} was made for another nbgrader: run `nbgrader update {path.name}` there") from error
        except Exception as error:  # not JSON, not a notebook, unreadable
            line = (str(error).splitlines() or [""])[0]
            raise ValueError(f"{path} cannot be read as a notebook: {type(error).__name__}: {line}") from error


def is_name(name: str) -> bool:
    """Can it be a folder's name, and only that?"""
    return name not in ("", ".", "..") and not any(char in name for char in f"/{os.sep}{os.altsep or ''}\0")
