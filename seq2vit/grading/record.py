"""What grading leaves behind: nbgrader's gradebook and `autograded/` tree, and a verdict for each submission.

One process writes, and in this order: the verdict as `STUDENT.json.part`, the gradebook in one transaction, the notebook
by renaming a finished folder, and last the verdict's own name. Whoever is killed in between leaves the `.part` behind, so
the next run knows that this submission must be graded again; until then its old verdict stands.

Of a submission only the notebook as it was graded and the timestamp come to `autograded/`: nbgrader copies every other file
that a student handed in; here none, since nothing reads them again.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from seq2vit.grading import autograded
from seq2vit.grading.course import Course, is_name
from seq2vit.grading.verdict import Exam, Graded, Verdict


def digest(exam: Exam, data: bytes, timestamp: datetime | None = None) -> str:
    """Stands for all that a verdict depends on: the exam, the submission's bytes (or, for what cannot be read, the reason)
    and when it was handed in."""
    whole = hashlib.sha256(json.dumps(asdict(exam), sort_keys=True).encode())
    whole.update(hashlib.sha256(data).digest())
    whole.update(str(timestamp).encode())
    return whole.hexdigest()


class Record:
    """The one writer of a course. Reading verdicts takes no lock and no gradebook."""

    def __init__(self, course: Course | Path | str):
        self.course = course if isinstance(course, Course) else Course(course)
        self._lock: IO | None = None
        self._book: Any = None
        self._sheets: dict[str, tuple[Exam, Any]] = {}

    def __enter__(self) -> "Record":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Close the gradebook and let others write."""
        if self._book is not None:
            self._book.close()
        if self._lock is not None:
            self._lock.close()
        self._book = self._lock = None
        self._sheets = {}

    def prepare(self, assignment: str) -> Exam:
        """Open the gradebook, and enter the assignment where it is missing; called by `write`, but worth a call before an
        hour of grading.

        Raises:
            ValueError: another run writes, or the gradebook does not fit the instructor's notebook.
        """
        if self._book is None:
            self._claim()
            from seq2vit.grading.gradebook import Book  # nbgrader and SQLAlchemy take a second to import

            self._book = Book(self.course)
        if assignment not in self._sheets:
            exam = self.course.exam(assignment)
            self._sheets[assignment] = exam, self._book.sheet(exam)
        return self._sheets[assignment][0]

    def _claim(self) -> None:
        place = self.course.root / ".seq2vit"
        place.mkdir(exist_ok=True)
        if not (place / ".gitignore").exists():
            (place / ".gitignore").write_text("*\n")  # grades belong into no repository
        lock = open(place / "lock", "w")  # noqa: SIM115  held until close()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise ValueError(f"another run is writing grades in {self.course.root}: wait for it, or stop it") from None
        self._lock = lock

    # verdicts

    def _file(self, assignment: str, student: str) -> Path:
        name = student
        if not is_name(student) or len(os.fsencode(student)) > 200:  # no file can be called so, with its ending
            name = f"{hashlib.sha256(os.fsencode(student)).hexdigest()}.long"
        return self.course.verdicts(assignment) / f"{name}.json"

    def done(self, assignment: str, student: str, digest: str) -> bool:
        """Is there a finished verdict on just this submission? One that failed is worth another try."""
        file = self._file(assignment, student)
        if _part(file).exists():
            return False
        try:
            kept = json.loads(file.read_bytes())
            return kept["digest"] == digest and kept["verdict"]["verdict"] != "failed"
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def verdicts(self, assignment: str) -> list[Graded]:
        """The verdicts kept on an assignment, in the order of the students' names, without the notebooks.

        Raises:
            ValueError: a file among them that is none; the line says which.
        """
        found = []
        with suppress(FileNotFoundError):
            for file in sorted(self.course.verdicts(assignment).glob("*.json")):
                try:
                    kept = json.loads(file.read_bytes())
                    kept.pop("digest")
                    found.append(Graded.from_json(kept))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ValueError(f"{file} holds no verdict: delete it and grade again") from error
        return sorted(found, key=lambda graded: graded.verdict.student)

    def write(self, graded: Graded, timestamp: datetime | None = None, digest: str = "") -> Graded:
        """Record one submission; what a person entered for it before (scores, extra credit, comments) stays.

        A graded one is recorded as `nbgrader autograde` would. A refused one gets no points, and the reason as the comment
        on its first answer. A failed one changes nothing but its verdict: earlier points stay, and nbgrader shows the newer
        submission as not yet autograded.

        Args:
            graded: with the notebook as it was graded.
            timestamp: when it was handed in, UTC without a zone; None leaves what the gradebook has.
            digest: of the submission and the exam, for `done`.

        Returns:
            what was recorded: `graded`, or a failed verdict if the gradebook cannot take this one.
        """
        verdict = graded.verdict
        if not is_name(verdict.student):
            raise ValueError(f"{verdict.student!r} cannot be the name of a folder: it is no student of this course")
        exam = self.prepare(verdict.assignment)
        file = self._file(verdict.assignment, verdict.student)
        file.parent.mkdir(parents=True, exist_ok=True)
        _keep(graded, digest, _part(file))
        if verdict.verdict != "failed":
            from seq2vit.grading.gradebook import Unrecordable

            try:
                self._enter(graded, exam, self._sheets[verdict.assignment][1], timestamp)
            except Unrecordable as error:
                graded = replace(graded, notebook="", verdict=replace(
                    verdict, verdict="failed", reason=str(error), score=0.0, questions=[]))
                _keep(graded, digest, _part(file))
        os.replace(_part(file), file)
        return graded

    def _enter(self, graded: Graded, exam: Exam, sheet: Any, timestamp: datetime | None) -> None:
        verdict = graded.verdict
        if verdict.verdict == "refused":
            scores: dict[str, float | None] = dict.fromkeys(sheet.grades.keys() - sheet.tasks, 0.0)
            comments: dict[str, str | None] = dict.fromkeys(sheet.comments)
            text = autograded.refusal(exam, verdict.reason)
            first = next((name for name in _names(text) if name in comments and name not in sheet.tasks), None)
            if first:
                comments[first] = f"Refused: {autograded.plain(verdict.reason)}"
        else:
            text = autograded.utf8(graded.notebook)
            scores, comments = _results(graded.verdict, text, sheet)
        folder = autograded.Folder(self.course, verdict.assignment, verdict.student)
        files = {exam.name: text} | ({"timestamp.txt": f"{timestamp} UTC\n"} if timestamp else {})
        folder.fill(files)
        try:
            self._book.enter(sheet, verdict.student, scores, comments, timestamp,
                             tasks=0.0 if verdict.verdict == "refused" else None)
        except BaseException:
            folder.drop()
            raise
        folder.show()


def _part(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _keep(graded: Graded, digest: str, file: Path) -> None:
    with suppress(FileNotFoundError):
        file.unlink()
    with open(file, "x", encoding="ascii") as opened:
        json.dump(replace(graded, notebook="").as_json() | {"digest": digest}, opened)


def _results(verdict: Verdict, notebook: str, sheet: Any) -> tuple[dict[str, float | None], dict[str, str | None]]:
    """Points and automatic comments by cell, by nbgrader's rules: an answer that is as it was released is no response, and
    where a person grades the answer it earns nothing; one that was written waits for the person."""
    from seq2vit.grading.gradebook import Unrecordable

    untouched = _untouched(notebook, sheet.checksums)
    comments = {name: "No response." if name in untouched and name not in sheet.tasks else None for name in sheet.comments}
    points = {question.id: question.points for question in verdict.questions}
    scores: dict[str, float | None] = {}
    for name in sheet.grades.keys() - sheet.tasks:
        if name in sheet.comments:  # an answer with points of its own: a person's to give
            scores[name] = 0.0 if name in untouched else None
        elif name in points:
            scores[name] = points[name]
        else:
            raise Unrecordable(f"the engine gave no points for {name}, which the gradebook has as a test")
    return scores, comments


def _untouched(notebook: str, checksums: dict[str, str | None]) -> set[str]:
    """The answers that are as they were released."""
    import nbformat
    from nbgrader.utils import compute_checksum, is_solution

    found = set()
    for cell in json.loads(notebook)["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution") and checksums.get(mark.get("grade_id")):
            node = nbformat.from_dict(cell | {"source": "".join(cell["source"])})
            if is_solution(node) and compute_checksum(node) == checksums[mark["grade_id"]]:
                found.add(mark["grade_id"])
    return found


def _names(notebook: str) -> Iterable[str]:
    """The cells with a name, in their order."""
    marks = [cell["metadata"].get("nbgrader", {}) for cell in json.loads(notebook)["cells"]]
    return [mark["grade_id"] for mark in marks if mark.get("grade_id")]
