"""A student's page: points, the message of each failed test, the misconception if it is a known one, and the notebook.

It replaces nbgrader's own feedback page, which shows the hidden tests and lets a student's HTML run. It lies where
nbgrader's would, so `nbgrader release_feedback` hands it back as ever. This module collects what `pages.student` draws.
"""

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from seq2vit.grading import pages
from seq2vit.grading.pages.student import HIDDEN, Page, page
from seq2vit.grading.verdict import Verdict

if TYPE_CHECKING:
    from seq2vit.grading.course import Course

RECEIPTS = ("timestamp.txt", "submission_secret.txt")  # `nbgrader release_feedback` looks for them beside the page


def write_feedback(course: "Course", assignment: str, students: Collection[str] | None = None,
                   site_url: str | None = None) -> list[Path]:
    """Write the pages of an assignment that has been graded, each at nbgrader's place for it, and an index for the
    instructor beside the verdicts.

    Args:
        students: only theirs; None for all.
        site_url: the address of the course's site; None for the one in `nbgrader_config.py`
            (`c.Seq2vit.site_url = "https://..."`), and without that no link is made.

    Returns:
        the pages in the order of the students, and the index last.

    Raises:
        ValueError: nothing was graded, or one of `students` was not; one line says what to do.
    """
    from seq2vit.grading import grades
    from seq2vit.grading.course import is_name

    exam = course.exam(assignment)
    read = grades.read(course, assignment)
    works = {student: work for (_, student), work in read.works.items() if work.verdict}
    lacking = sorted(set(students or ()) - set(works))
    if lacking or not works:
        who = f" of {', '.join(lacking)}" if lacking else ""
        raise ValueError(f"no work{who} for {assignment} has been graded: run `seq2vit grade {assignment}` first")
    said = _comments(course, assignment, read.most[assignment])
    common = {"name": exam.name, "titles": pages.titles(json.loads(exam.source)), "by_hand": read.most[assignment],
              "misconceptions": chapter_names(course, assignment), "hidden": (*HIDDEN, *_markers(course)),
              "site_url": site_address(course, site_url)}
    name = f"{Path(exam.name).stem}.html"
    written = []
    # A name that can be no folder's was refused by the gradebook, too; the report says so.
    for student in sorted(filter(is_name, works) if students is None else set(students)):
        work, comments = works[student], said.get(student, {})
        manual = {question: (work.points.get(question), comments.get(question, "")) for question in work.points | comments}
        autograded = course.autograded(assignment, student) / exam.name
        notebook = ""
        if work.verdict.verdict == "graded" and autograded.is_file():
            notebook = autograded.read_text(encoding="utf-8")
        html = page(Page(work.verdict, notebook=notebook, manual=manual, late_penalty=work.penalty, **common))
        written.append(_put(course, assignment, student, name, html))
    return [*written, _index(course, assignment, {student: work.verdict for student, work in works.items()}, name)]


def chapter_names(course: "Course", assignment: str) -> dict[str, str]:
    """The name of each misconception, from the chapter that the assignment belongs to; none where it is not in the
    course's folder."""
    chapter = course.root / "chapters" / f"{assignment}.md"
    return pages.misconceptions(chapter.read_text(encoding="utf-8")) if chapter.is_file() else {}


def site_address(course: "Course", given: str | None) -> str:
    """The address of the course's site: what was given, else what `nbgrader_config.py` says, else "".

    Raises:
        ValueError: it is no web address.
    """
    if given is None:
        given = course.app.config.get("Seq2vit", {}).get("site_url", "")
    return pages.web_address(given) if given else ""


def _markers(course: "Course") -> tuple[str, str]:
    from nbgrader.preprocessors import ClearHiddenTests

    clear = ClearHiddenTests(parent=course.app)
    return clear.begin_test_delimeter, clear.end_test_delimeter


def _comments(course: "Course", assignment: str, most: Collection[str]) -> dict[str, dict[str, str]]:
    """What a person wrote in the gradebook, by student and question. A comment stands at the answer, points at its test."""
    from nbgrader.api import Assignment, BaseCell, Comment, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import create_engine, select

    query = (select(SubmittedAssignment.student_id, BaseCell.name, Comment.manual_comment)
             .join_from(Comment, BaseCell, Comment.cell_id == BaseCell.id)
             .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
             .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
             .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
             .where(Assignment.name == assignment, Comment.manual_comment.is_not(None)))
    found: dict[str, dict[str, str]] = {}
    engine = create_engine(course.db_url)
    try:
        with engine.connect() as gradebook:
            for student, cell, text in gradebook.execute(query):
                found.setdefault(student, {})[cell if cell in most else cell.removesuffix("_answer")] = text
    finally:
        engine.dispose()
    return found


def _put(course: "Course", assignment: str, student: str, name: str, html: str) -> Path:
    """Write a page at nbgrader's place for it, and beside it what the exchange needs to hand it back."""
    from nbgrader.converters import GenerateFeedback

    mode = int(str(GenerateFeedback(coursedir=course.app.coursedir, parent=course.app).permissions), 8)
    folder = course.feedback(assignment, student)
    folder.mkdir(parents=True, exist_ok=True)
    for receipt in RECEIPTS:
        with contextlib.suppress(OSError):  # not handed in through the exchange: then there is nothing to hand back there
            write_whole(folder / receipt, _small(course.submitted(assignment, student) / receipt), mode)
    write_whole(folder / name, html.encode(), mode)
    return folder / name


def _small(path: Path) -> bytes:
    """A small, ordinary file. A student may have put something else there: a link, or a pipe.

    Raises:
        OSError: it is none.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is no ordinary file")
        return file.read(1000)


def write_whole(path: Path, data: bytes, mode: int) -> None:
    """All or nothing: whoever opens the file meanwhile sees the old one."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _index(course: "Course", assignment: str, verdicts: Mapping[str, Verdict], name: str) -> Path:
    """For the instructor: a list of all pages, for a look before they are handed back."""
    from seq2vit.grading.course import is_name

    folder = course.verdicts(assignment)
    rows = []
    for student, verdict in sorted(verdicts.items()):
        place = course.feedback(assignment, student) / name if is_name(student) else folder
        if place.is_file():
            rows.append({"student": student, "verdict": verdict.verdict, "url": quote(os.path.relpath(place, folder))})
    write_whole(folder / "feedback.html", pages.render("index.html", assignment=assignment, rows=rows).encode(), 0o644)
    return folder / "feedback.html"
