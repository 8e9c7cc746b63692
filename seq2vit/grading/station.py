"""The warm processes of one machine: takes a submission's bytes, gives its verdict.

A station is used by one process (the command itself, or a Dask worker) and by as many of its threads as it may grade
submissions at once. It starts two warm parents, one for answers and one for tests, and pairs a child of each for every
submission. It is the only one that sees both sides, and it runs neither tests nor answers.
"""

import contextlib
import hashlib
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

from seq2vit.grading.sandbox import FOLDER
from seq2vit.grading.verdict import Exam, Graded, Question, Verdict

RESTARTS = 12  # of one submission's pair: each costs what a question or a cell costs
TAG = re.compile(r"<(?=[a-zA-Z/!?])")
START = 120.0  # seconds that a warm parent may take to be ready on a busy machine


class Unready(RuntimeError):
    """The warm processes cannot be started here; one line says why."""


def warm_parents(unsafe: bool) -> dict[str, "Parent"]:
    """Start the program that becomes the two warm parents; returns at once."""
    ends = {role: socket.socketpair() for role in ("answers", "tests")}
    theirs = [end.fileno() for _, end in ends.values()]
    python = os.path.join(os.path.realpath(sys.prefix), "bin", os.path.basename(sys.executable))
    # A clean environment: what the instructor's shell holds (passwords, keys) is nothing for an answer.
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": FOLDER, "TMPDIR": FOLDER, "SEQ2VIT_DEMO": "0",
                   "NBGRADER_EXECUTION": "autograde", "MPLBACKEND": "agg", "MPLCONFIGDIR": FOLDER, "OMP_NUM_THREADS": "1",
                   "MKL_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    arguments = [python, "-m", "seq2vit.grading.nursery", *map(str, theirs), *(["--unsafe"] if unsafe else [])]
    program = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env=environment, cwd="/", start_new_session=True, pass_fds=theirs)
    for _, end in ends.values():
        end.close()
    return {role: Parent(role, program, end) for role, (end, _) in ends.items()}


class Parent:
    """A warm parent and its control socket."""

    def __init__(self, role: str, program: subprocess.Popen, control: socket.socket):
        self.role, self.program, self.control = role, program, control
        self.lock, self._buffer, self._ready = threading.Lock(), b"", False

    def wait(self) -> None:
        """Wait until it is warm.

        Raises:
            Unready: it is not, and why.
        """
        if not self._ready:
            self.control.settimeout(START)
            reply = self._reply()
            if "error" in reply:
                raise Unready(reply["error"])
            self.control.settimeout(60)
            self._ready = True

    def ask(self, request: dict[str, Any], *descriptors: int) -> dict[str, Any]:
        """Send a line, with descriptors, and wait for the reply.

        Raises:
            Unready: the warm parent is gone.
        """
        with self.lock:
            self.wait()
            try:
                data = json.dumps(request).encode() + b"\n"
                sent = socket.send_fds(self.control, [data], list(descriptors)) if descriptors else 0
                self.control.sendall(data[sent:])
                reply = self._reply()
            except (OSError, Unready) as error:
                self.end()  # whatever state it is in: the station starts another
                raise Unready(f"the warm process of the {self.role} ended ({error})") from error
        if "error" in reply:
            raise Unready(reply["error"])
        return reply

    def _reply(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            try:
                data = self.control.recv(1 << 16)
            except OSError as error:
                raise Unready(f"the warm process of the {self.role} does not answer ({error})") from error
            if not data:
                said = self.program.stderr.read().decode(errors="replace").strip().splitlines() if self.program.stderr else []
                raise Unready(f"the warm process of the {self.role} ended" + (f": {said[-1]}" if said else ""))
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def end(self) -> None:
        """Kill both parents and, by their namespaces, all that they forked."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait()

    def close(self) -> None:
        """Let it end: without its control socket it does. What does not is killed."""
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.program.wait(2)
        self.end()
        if self.program.stderr:
            self.program.stderr.close()


class Station:
    """Grades submissions, one for each thread that calls `grade`."""

    def __init__(self, unsafe: bool = False):
        self.unsafe = unsafe
        self._lock, self._closed = threading.Lock(), False
        self._parents: dict[str, Parent] = {}
        self._exam: tuple[Exam, str, Any] | None = None
        # A pair alternates, so it has one core; in no order, since another station of this machine may choose as well.
        self._free: list[int] = list(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        random.shuffle(self._free)
        self._warm()

    def _warm(self) -> None:
        """Start what is not running; returns at once.

        Raises:
            Unready: the station is closed.
        """
        if self._closed:
            raise Unready("the station is closed")
        if not self._parents or any(parent.program.poll() is not None for parent in self._parents.values()):
            self._end()
            self._parents, self._exam = warm_parents(self.unsafe), None

    def close(self) -> None:
        self._closed = True
        self._end()

    def _end(self) -> None:
        for parent in self._parents.values():
            parent.control.close()
        for parent in self._parents.values():
            parent.close()
        self._parents = {}

    def usage(self) -> dict[str, dict]:
        """Processor seconds and memory of the warm parents and of their finished children."""
        return {role: parent.ask({"do": "usage"}) for role, parent in self._parents.items()}

    def prepare(self, exam: Exam) -> tuple[str, Any]:
        """Make an exam ready; returns its digest and the instructor's notebook.

        Raises:
            Unready: the warm processes cannot be started, or the exam's own cells fail.
        """
        with self._lock:
            self._warm()
            if self._exam is None or self._exam[0] is not exam and self._exam[0] != exam:
                import nbformat

                digest = hashlib.sha256(exam.source.encode()).hexdigest()
                source = nbformat.reads(exam.source, as_version=4)
                self._parents["tests"].ask({"do": "prepare", "digest": digest, "source": exam.source})
                self._exam = exam, digest, source
            return self._exam[1], self._exam[2]

    def grade(self, exam: Exam, student: str, data: bytes) -> Graded:
        """The verdict on one submission. Nothing that a student can hand in makes it raise.

        Raises:
            Unready: this machine cannot grade.
        """
        from seq2vit.grading.rebuild import Refused, rebuild

        began = time.perf_counter()
        digest, source = self.prepare(exam)
        try:
            rebuilt = rebuild(data, source)
        except Refused as error:
            return self._refused(exam, source, student, str(error), time.perf_counter() - began)
        timings = {"rebuild": time.perf_counter() - began}
        run = self._run(exam, [[step.kind, step.id, step.source] for step in rebuilt.steps])
        timings |= run.timings
        began_after = time.perf_counter()
        questions = run.questions(source)
        notebook = write_outputs(rebuilt, run, questions)
        timings["notebook"] = time.perf_counter() - began_after
        timings["all"] = time.perf_counter() - began
        broken = run.broken and f"the tests could not be run: {run.broken}"
        verdict = Verdict(student, exam.assignment, "failed" if broken else "graded", broken or "",
                          sum(q.points for q in questions), sum(q.max_points for q in questions), questions, rebuilt.restored,
                          round(time.perf_counter() - began, 4))
        return Graded(verdict, "" if broken else notebook, run.events, timings, self.unsafe)

    def _run(self, exam: Exam, steps: list[list[str]]) -> "Run":
        """All findings of one submission; once more if a warm parent was lost on the way."""
        with self._lock:
            core = self._free.pop() if self._free else None
        try:
            for last in False, True:
                digest, _ = self.prepare(exam)
                run = Run(self, exam, digest, steps, core)
                try:
                    run.finish()
                    return run
                except Unready:
                    if last:
                        raise
        finally:
            if core is not None:
                with self._lock:
                    self._free.append(core)
        raise AssertionError("not reached")

    def _refused(self, exam: Exam, source: Any, student: str, reason: str, seconds: float) -> Graded:
        from seq2vit import notebooks

        questions = [Question(cell.id, 0.0, cell.points, False) for cell in notebooks.code_cells(source)
                     if cell.kind == "test"]
        return Graded(Verdict(student, exam.assignment, "refused", reason, 0.0, sum(q.max_points for q in questions), questions,
                              [], round(seconds, 4)), unsafe=self.unsafe)

    def run_steps(self, exam: Exam, steps: list[list[str]]) -> dict[str, dict]:
        """The tests' findings on cells that are no notebook (for the banks of answers): question -> its line."""
        run = self._run(exam, steps)
        if run.broken:
            raise RuntimeError(run.broken)
        return run.found


class Run:
    """One submission on its way: pairs of an examiner and the answers' process, until every question has a result."""

    def __init__(self, station: Station, exam: Exam, digest: str, steps: list[list[str]], core: int | None):
        self.station, self.exam, self.digest, self.steps, self.core = station, exam, digest, steps, core
        self.limits = asdict(exam.limits)
        self.found: dict[str, dict] = {}
        self.cells: dict[int, dict] = {}
        self.skip: list[int] = []
        self.events: list[str] = []
        self.broken = ""
        self.begun = False  # a test has begun: the answers may know what it passes in
        self.timings = {"start": 0.0, "tests": 0.0, "kill": 0.0, "cpu": 0.0}
        self.over = time.monotonic() + exam.limits.submission

    def finish(self) -> None:
        for _ in range(RESTARTS):
            if self._pair() or time.monotonic() > self.over:
                break
        for kind, name, _ in self.steps:
            if kind == "test" and name not in self.found:
                self.found[name] = {"id": name, "passed": False, "misconception": None, "seconds": 0.0,
                                    "message": "the time for the whole notebook was used up before this test"}

    def _pair(self) -> bool:
        """Start a pair and listen to the examiner; True if it came to the end."""
        began = time.perf_counter()
        here, there = socket.socketpair()
        told, results = socket.socketpair()
        children: list[tuple[Parent, int]] = []
        try:
            with here, there, results:
                self._start(children, "answers", self.limits, there)
                self._start(children, "tests", self.limits | {"threads": 4096}, here, results)
            self.timings["start"] += time.perf_counter() - began
            began = time.perf_counter()
            plan = {"limits": self.limits, "done": list(self.found), "skip": self.skip, "shown": not self.begun, "steps": [
                [kind, name, "" if kind == "test" else source] for kind, name, source in self.steps]}
            try:
                told.sendall(json.dumps(plan).encode() + b"\n")
                ended = self._listen(told)
            except OSError:
                ended = False
            self.timings["tests"] += time.perf_counter() - began
        finally:
            began = time.perf_counter()
            told.close()
            for parent, child in children:
                self.timings["cpu"] += parent.ask({"do": "stop", "pid": child})["cpu"]
            self.timings["kill"] += time.perf_counter() - began
        return ended or bool(self.broken)

    def _start(self, children: list[tuple[Parent, int]], role: str, limits: dict[str, Any], *ends: socket.socket) -> None:
        parent = self.station._parents[role]
        request = {"do": "start", "limits": limits, "core": self.core, "digest": self.digest}
        children.append((parent, parent.ask(request, *[end.fileno() for end in ends])["pid"]))

    def _listen(self, told: socket.socket) -> bool:
        buffer, current = b"", None
        while True:
            left = self.over - time.monotonic()
            if left <= 0 or not select.select([told], [], [], left)[0]:
                self.events.append("stopped: the time for the whole notebook was used up")
                return True
            data = told.recv(1 << 16)
            if not data:  # the examiner died of its own limits
                self._blame(current, "the tests used up their memory or time on what the answers returned")
                return False
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                message = json.loads(line)
                if "begins" in message:
                    current = message["begins"]
                    self.begun = self.begun or bool(current)
                elif "end" in message:
                    return True
                elif "broken" in message:
                    self.broken = message["broken"]
                    return True
                elif "stuck" in message:
                    self.skip.append(message["stuck"])
                    self.cells.setdefault(message["stuck"], {"printed": "", "error": message["message"]})
                    self.events.append(f"a cell was given up: {message['lost']}")
                    return False
                elif "cell" in message:
                    self.cells.setdefault(message["cell"], message)  # what an earlier pair showed stays
                else:
                    self.found[message["id"]], current = message, None
                    if message["lost"]:
                        self.events.append(f"{message['id']}: {message['lost']}")
                        return False

    def _blame(self, question: str | None, why: str) -> None:
        if not question:  # in a cell, or between two tests: nothing to blame, so try again from here
            self.events.append(why)
            return
        self.events.append(f"{question}: {why}")
        self.found[question] = {"id": question, "passed": False, "message": "what your code returned used up the tests' memory "
                                "or time", "misconception": None, "seconds": 0.0, "lost": why}

    def questions(self, source: Any) -> list[Question]:
        from seq2vit import notebooks

        found = []
        for cell in notebooks.code_cells(source):
            if cell.kind == "test":
                result = self.found[cell.id]
                points = cell.points if result["passed"] is True else 0.0
                found.append(Question(cell.id, points, cell.points, result["passed"] is True, result["message"],
                                      result["misconception"]))
        return found


def write_outputs(rebuilt: Any, run: Run, questions: list[Question]) -> str:
    """The rebuilt notebook with what its cells printed and what the tests found, as JSON text."""
    import nbformat

    for cell in rebuilt.notebook.cells:
        if cell.cell_type != "code" and not cell.metadata.get("nbgrader", {}).get("locked"):
            # nbgrader's pages, formgrader among them, show HTML in a text as HTML: the student's tags become words.
            cell.cell_type, cell.source = "markdown", TAG.sub("&lt;", cell.source)
    by_id = {question.id: question for question in questions}
    for place, step in enumerate(rebuilt.steps):
        cell = rebuilt.notebook.cells[step.index]
        if step.kind == "test":
            question = by_id[step.id]
            ending = f" [{question.misconception}]" if question.misconception else ""
            if question.passed:
                cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{step.id}: all tests pass\n")]
            else:
                said = f"{question.message}{ending}"
                cell.outputs = [nbformat.v4.new_output("error", ename="Mistake", evalue=said, traceback=[said])]
        elif ran := run.cells.get(place):
            outputs = []
            if ran["printed"]:
                outputs.append(nbformat.v4.new_output("stream", name="stdout", text=ran["printed"]))
            if ran["error"]:
                name = ran["error"].partition(":")[0]
                outputs.append(nbformat.v4.new_output("error", ename=name, evalue=ran["error"], traceback=[ran["error"]]))
            cell.outputs = outputs
    return json.dumps(rebuilt.notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


_station: Station | None = None
_making = threading.Lock()


def station(unsafe: bool = False) -> Station:
    """This process's station, made on first use; its warm processes start at once and in parallel."""
    global _station
    with _making:
        if _station is None or _station.unsafe != unsafe or _station._closed:
            _station = Station(unsafe)
        return _station
