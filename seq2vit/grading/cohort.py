"""Many submissions: one is one task on Dask, on this machine's cores or on a cluster that somebody else started.

This process reads the files and keeps the record; the workers see a submission's bytes and the exam, no folder and no
gradebook, so that no shared file system is needed. What is lost on the way (a worker, the connection) is graded again;
of what was graded twice the first result counts.
"""

import contextlib
import json
import queue
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seq2vit import __version__
from seq2vit.grading import cluster
from seq2vit.grading.cluster import Stopped, Unusable
from seq2vit.grading.station import Unready, station
from seq2vit.grading.untrusted import Refused
from seq2vit.grading.verdict import Exam, Graded, Verdict

if TYPE_CHECKING:
    from distributed import Client, Future

    from seq2vit.grading.course import Course

AHEAD = 4  # submissions in flight for each thread: none waits for this process, and memory stays flat
BYTES = 200_000_000  # of submissions in flight
TICK = 0.5  # seconds between two looks at the clock while nothing arrives
SURVEY = 5.0  # seconds between two looks at which workers there are
LOSSES = 3  # connections lost in a row, no verdict in between
UNREADY = 3  # submissions that no machine was able to grade, and none that one was: the machines or the exam are at fault

Find = Callable[[str], bytes | None]
Work = Callable[[Exam, str, bytes, bool], Graded]


class _Disconnected(Exception):
    """The connection to the scheduler is lost."""


def grade(course: "Course", exam: Exam, students: Iterable[str], *, scheduler: str | None = None,
          workers: int | None = None, unsafe: bool = False, on_done: Callable[[Graded], None], find: Find | None = None,
          work: Work | None = None, on_tick: Callable[[], None] = lambda: None,
          on_note: Callable[[str], None] = lambda line: None) -> None:
    """Grade each student's submission; returns when each has its verdict.

    Args:
        scheduler: the address of a running Dask scheduler; None for this machine alone.
        workers: how many submissions this machine grades at once; None for one on each core.
        unsafe: grade without the sandbox.
        on_done: gets each verdict, once, in the calling thread, while others are being graded.
        find: gives a student's file, or None where nothing is to be done; may raise Refused. By default intake.find.
        work: what a worker does with a submission; by default the station of its process grades it.
        on_tick: called now and then, also while nothing arrives.
        on_note: gets a line when workers or connections come and go.

    Raises:
        Unusable: the scheduler or a worker cannot be used.
        Stopped: the scheduler is lost and does not come back.
    """
    run = _Run(exam, students, unsafe, on_done, find or _finder(course, exam), work or at_station, on_tick, on_note)
    warm = contextlib.closing(station(unsafe)) if scheduler is None and work is None else contextlib.nullcontext()
    lost, error = 0, Unusable
    while True:
        verdicts = run.verdicts
        try:
            with cluster.here(workers) if scheduler is None else cluster.there(scheduler, error) as client, warm:
                return run.on(client)
        except _Disconnected:
            lost, error = (lost + 1 if run.verdicts == verdicts else 1), Stopped
        if lost == LOSSES or scheduler is None:
            raise Stopped(f"the connection to the scheduler was lost {lost} times, no verdict in between")
        on_note("the connection to the scheduler is lost: trying to reach it again")


def at_station(exam: Exam, student: str, data: bytes, unsafe: bool) -> Graded:
    """Grade one submission with the warm processes of this process's machine."""
    return station(unsafe).grade(exam, student, data)


def without_points(exam: Exam, student: str, verdict: str, reason: str, seconds: float = 0.0) -> Graded:
    """The verdict "refused" or "failed"."""
    marks = [cell["metadata"].get("nbgrader", {}) for cell in json.loads(exam.source)["cells"]]
    most = float(sum(mark.get("points", 0) for mark in marks if mark.get("grade")))
    return Graded(Verdict(student, exam.assignment, verdict, reason, 0.0, most, [], [], seconds))


def _finder(course: "Course", exam: Exam) -> Find:
    from seq2vit.grading import intake

    return lambda student: intake.find(course.submitted(exam.assignment, student), exam.name, exam.limits.notebook)


def _same(exam: Exam) -> Exam:
    return exam


def _task(work: Work, exam: Exam, student: str, data: bytes, unsafe: bool, version: str) -> Graded:
    lack = f"has seq2vit {__version__}, the command {version}" if version != __version__ else cluster.lacks(unsafe)
    if lack:  # a worker that came after the last survey
        raise Unusable(f"the worker on {socket.gethostname()} {lack}")
    try:
        return work(exam, student, data, unsafe)
    except Unready as error:
        raise Unready(f"{socket.gethostname()} cannot grade: {error}") from error


@dataclass(frozen=True)
class _Flight:
    student: str
    size: int
    alone: bool
    began: float
    future: "Future"


class _Run:
    """Which submissions wait, which are on their way, and what happens with what comes back."""

    def __init__(self, exam, students, unsafe, on_done, find, work, on_tick, on_note):
        self.exam, self.unsafe, self.find, self.work = exam, unsafe, find, work
        self.on_done, self.on_tick, self.on_note = on_done, on_tick, on_note
        self.waiting = deque(dict.fromkeys(students))
        self.suspects: deque[str] = deque()  # each was there when workers died, again and again: they fly alone, at the end
        self.flights: dict[str, _Flight] = {}
        self.aloft = 0  # bytes of submissions in flight
        self.verdicts = 0
        self.graded, self.unready = False, 0  # did a worker grade anything yet; how often could one not

    def on(self, client: "Client") -> None:
        """Grade all that has no verdict yet.

        Raises:
            _Disconnected: what was on its way waits again, and this can be called again with another client.
        """
        self.client, self.known, self.threads, self.surveyed = client, set(), 0, None
        self.sent_exam: Future | None = None
        self.landed: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        try:
            while self.waiting or self.suspects or self.flights:
                self._survey()
                self._refill()
                if self.flights or not self.threads:
                    self._take()
                self.on_tick()
        finally:
            self.waiting.extendleft(flight.student for flight in self.flights.values())
            with contextlib.suppress(Exception):  # nobody waits for them: a worker need not begin them
                client.cancel([flight.future for flight in self.flights.values()])
            self.flights.clear()
            self.aloft = 0

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Whatever a client raises whose connection breaks under its hands, it is the connection that is at fault."""
        try:
            yield
        except Unusable:
            raise
        except Exception as error:
            if self.client.status == "running" and not isinstance(error, OSError):
                raise
            raise _Disconnected from error

    def _survey(self) -> None:
        """Look which workers there are: now and then, or if there are none often."""
        if self.surveyed and time.monotonic() - self.surveyed < (SURVEY if self.threads else TICK):
            return
        with self._talking():
            threads = cluster.survey(self.client, self.known, self.unsafe)
        if not threads and (self.threads or not self.surveyed):
            self.on_note("no worker is there: waiting for one")
        self.threads, self.surveyed = threads, time.monotonic()

    def _refill(self) -> None:
        """Send submissions to the workers; to none that was not looked at, if that can be had."""
        while self.waiting and len(self.flights) < AHEAD * self.threads and self.aloft < BYTES:
            self._send(self.waiting.popleft())
            self.on_tick()
        if self.suspects and self.threads and not self.waiting and not self.flights:
            self._send(self.suspects.popleft(), alone=True)

    def _send(self, student: str, alone: bool = False) -> None:
        try:
            data = self.find(student)
        except Refused as refusal:
            return self._give(without_points(self.exam, student, "refused", str(refusal)))
        except Exception as error:
            return self._give(without_points(self.exam, student, "failed", f"cannot be read: {cluster.line(error)}"))
        if data is None:
            return
        self.waiting.appendleft(student)  # until it flies, so that it is not forgotten if the connection breaks here
        with self._talking():
            if self.sent_exam is None or self.sent_exam.status == "error":
                # A task of its own and not scattered data: if the workers that hold it die, it is made again.
                self.sent_exam = self.client.submit(_same, self.exam, pure=False)
            future = self.client.submit(_task, self.work, self.sent_exam, student, data, self.unsafe, __version__, pure=False)
        self.waiting.popleft()
        self.aloft += len(data)
        self.flights[future.key] = _Flight(student, len(data), alone, time.monotonic(), future)
        self.client.loop.add_callback(self._follow, future)

    async def _follow(self, future: "Future") -> None:
        try:
            outcome = await self.client.gather(future, asynchronous=True)
        except BaseException as error:  # a cancelled future, too, must land
            outcome = error
        self.landed.put((future.key, outcome))

    def _take(self) -> None:
        """Wait a little for what lands, and deal with it."""
        try:
            key, outcome = self.landed.get(timeout=TICK)
        except queue.Empty:
            if self.client.status != "running":
                raise _Disconnected from None
            return
        flight = self.flights.get(key)
        if flight is None:  # of a client before this one
            return
        if isinstance(outcome, Unusable):
            raise outcome
        if isinstance(outcome, ImportError):
            raise Unusable(f"a worker cannot import the engine ({outcome}): install seq2vit[grade] {__version__} there")
        if isinstance(outcome, BaseException) and flight.future.status != "error":
            raise _Disconnected from outcome
        del self.flights[key]
        self.aloft -= flight.size
        flight.future.release()
        if isinstance(outcome, Unready):
            self.unready += 1
            if not self.graded and (flight.alone or self.unready == UNREADY):
                raise Unusable(str(outcome))
        of_dask = type(outcome).__module__.startswith("distributed.")  # KilledWorker, above all
        if isinstance(outcome, Graded):
            self.graded = True
            self._give(outcome)
        elif (of_dask or isinstance(outcome, Unready)) and not flight.alone:
            self.suspects.append(flight.student)
        else:
            reason = f"grading it raised {cluster.line(outcome)}"
            if of_dask:
                reason = f"Dask gave it up, also when it was alone: see the workers' logs ({cluster.line(outcome)})"
            seconds = time.monotonic() - flight.began
            self._give(without_points(self.exam, flight.student, "failed", reason, seconds))

    def _give(self, graded: Graded) -> None:
        self.verdicts += 1
        self.on_done(graded)
