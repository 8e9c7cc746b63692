"""One run of `seq2vit grade`: what is asked for, what is written, what is told."""

import argparse
import contextlib
import json
import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType
from typing import TextIO

from seq2vit.grading.cluster import Stopped, line
from seq2vit.grading.progress import Progress, clock_time
from seq2vit.grading.verdict import Graded, Verdict

INTERRUPTED = 130  # what a shell expects of a command that Ctrl-C ended
SHOWN = 20  # reasons of one kind in the closing table
UNSAFE = "graded without the sandbox (--unsafe)"  # among the events of a verdict


def grade(options: argparse.Namespace) -> int:
    """Grade what the options ask for; returns the exit status: 0 if each submission is graded or refused, 1 if some failed
    or the run could not go on, 130 if it was interrupted.

    Raises:
        ValueError, OSError, Unusable: the request makes no sense; one line says what to do.
    """
    if options.scheduler and options.workers:
        raise ValueError("--workers is for this machine alone: with --scheduler the cluster's own workers grade")
    run = None
    with Interrupts() as interrupts, contextlib.ExitStack() as stack:
        try:
            run = Run(options, interrupts, stack)
            return run.go()
        except (Stopped, KeyboardInterrupt) as stop:
            interrupted = isinstance(stop, KeyboardInterrupt)
            how = "stopped" if interrupted else str(stop)
            print(f"seq2vit grade: {how}; {run.rest() if run else 'nothing was graded'}", file=sys.stderr)
            return INTERRUPTED if interrupted else 1


class Run:
    """The submissions of one request. What it opens is closed by the stack."""

    def __init__(self, options: argparse.Namespace, interrupts: "Interrupts", stack: contextlib.ExitStack):
        from seq2vit.grading import intake
        from seq2vit.grading.course import Course
        from seq2vit.grading.record import Record

        self.began = time.monotonic()
        self.options, self.interrupts = options, interrupts
        self.course = Course(options.course)
        if not options.scheduler:
            self._warm(stack)
        self.record = stack.enter_context(Record(self.course))
        self.exam = self.record.prepare(options.assignment)
        name, submitted = self.exam.assignment, self.course.app.coursedir.submitted_directory
        self.students = list(dict.fromkeys(options.student or intake.students(self.course.root, submitted, name)))
        if not self.students:
            raise ValueError(f"nobody handed in {name}: put notebooks at {self.course.submitted(name, 'STUDENT')}, or see "
                             "`seq2vit collect --help`")
        self.lines: TextIO | None = stack.enter_context(open(options.json, "w", encoding="utf-8")) if options.json else None
        self.progress = Progress(len(self.students))
        self.marks: dict[str, tuple] = {}  # timestamp and digest of what is on its way
        self.fresh: dict[str, Verdict] = {}

    def _warm(self, stack: contextlib.ExitStack) -> None:
        """Start the warm processes of this machine: they import torch while this one imports nbgrader and Dask."""
        from seq2vit.grading import doctor
        from seq2vit.grading.station import station

        if not self.options.unsafe and (missing := doctor.missing()):
            raise ValueError("\n  ".join(["answers cannot be kept in a sandbox here:", *missing]))
        stack.callback(station(self.options.unsafe).close)

    def go(self) -> int:
        """Grade; returns the exit status."""
        from seq2vit.grading import cohort

        if self.options.unsafe:
            self.progress.note("WITHOUT the sandbox (--unsafe): a submission can read and change all that you can")
        try:
            cohort.grade(self.course, self.exam, self.students, scheduler=self.options.scheduler,
                         workers=self.options.workers, unsafe=self.options.unsafe, on_done=self.done, find=self.find,
                         on_tick=self.progress.tick, on_note=self.progress.note)
        finally:
            self.progress.close()
        kept = {graded.verdict.student: graded.verdict for graded in self.record.verdicts(self.exam.assignment)}
        for student in self.students:
            if student not in self.fresh:
                self._line(kept[student])
        verdicts = [self.fresh.get(student) or kept[student] for student in self.students]
        print(table(self.exam.assignment, verdicts, len(self.fresh), time.monotonic() - self.began))
        return 1 if any(verdict.verdict == "failed" for verdict in verdicts) else 0

    def find(self, student: str) -> bytes | None:
        """The submitted bytes; None if they have their verdict already.

        Raises:
            Refused: nothing that can be graded.
            OSError: it cannot be read.
        """
        from seq2vit.grading.intake import Refused, find
        from seq2vit.grading.record import digest

        assignment, refusal = self.exam.assignment, None
        try:
            place = self.course.submitted(assignment, student)
        except ValueError:  # no folder can be called so
            place = None
        if place is None or not os.path.lexists(place):
            raise Refused(f"no such student: nothing was handed in for {assignment} under this name")
        timestamp = self.course.timestamp(assignment, student)
        self.marks[student] = timestamp, ""
        try:
            data = find(place, self.exam.name, self.exam.limits.notebook)
        except Refused as error:
            data, refusal = str(error).encode(), error
        mark = digest(self.exam, data, timestamp)
        if not self.options.force and self.record.done(assignment, student, mark):
            self.progress.keep()
            return None
        self.marks[student] = timestamp, mark
        if refusal:
            raise refusal
        return data

    def done(self, graded: Graded) -> None:
        """Record one verdict, and tell of it."""
        student = graded.verdict.student
        if self.options.unsafe:
            graded = replace(graded, events=[UNSAFE, *graded.events])
        if student in self.marks:  # otherwise there is no such student, and the gradebook should not get one by a slip
            with self.interrupts.held():
                try:
                    graded = self.record.write(graded, *self.marks.pop(student))
                except Exception as error:  # a full disk, a database that is gone: the next one would fare no better
                    raise Stopped(f"the verdict on {student} could not be written ({line(error)})") from error
        self.fresh[student] = graded.verdict
        self._line(graded.verdict)
        self.progress.count(graded.verdict.verdict)

    def _line(self, verdict: Verdict) -> None:
        if self.lines:
            self.lines.write(json.dumps(verdict.as_json()) + "\n")
            self.lines.flush()

    def rest(self) -> str:
        """What to do after a run that was stopped."""
        again = "the same command without --force" if self.options.force else "the same command"
        return f"{self.progress.done} of {len(self.students)} have their verdict, {again} goes on from there"


def table(assignment: str, verdicts: list[Verdict], fresh: int, seconds: float) -> str:
    """What came out: how many of each verdict, and why some were not graded."""
    found = {name: [verdict for verdict in verdicts if verdict.verdict == name] for name in ("graded", "refused", "failed")}
    many = f"{len(verdicts)} submission{'' if len(verdicts) == 1 else 's'}"
    lines = [f"{assignment}: {many}, {fresh} graded now and {len(verdicts) - fresh} before, in {clock_time(seconds)}"]
    lines += [f"  {name:<8} {len(those):>6}" for name, those in found.items()]
    if scores := [verdict.score for verdict in found["graded"]]:
        most = max(verdict.max_score for verdict in found["graded"])
        lines[1] += f"   mean {statistics.mean(scores):.1f}, median {statistics.median(scores):.1f} of {most:g} points"
    for name in "refused", "failed":
        lines += [f"{name}: {verdict.student}: {verdict.reason}" for verdict in found[name][:SHOWN]]
        if len(found[name]) > SHOWN:
            lines.append(f"{name}: and {len(found[name]) - SHOWN} more: see seq2vit report {assignment}")
    if found["failed"]:
        lines.append("What failed keeps the points it had, and is tried again by the next run.")
    return "\n".join(lines)


class Interrupts:
    """Ctrl-C, and the SIGTERM of those who end jobs, stop a run between two records and never within one."""

    def __enter__(self) -> "Interrupts":
        self.holding, self.asked, self.before = False, 0, {}
        if threading.current_thread() is threading.main_thread():  # elsewhere Python allows no handlers
            self.before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if not self.holding or self.asked > 2:  # who asks three times does not want to wait
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Within, an interrupt waits for the end."""
        self.holding = True
        try:
            yield
        finally:
            self.holding = False
        if self.asked:
            raise KeyboardInterrupt
