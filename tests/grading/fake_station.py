"""What a worker does with a submission in the tests of the cohort, instead of grading it, and Dask's own processes.

An exam's "source" names a folder: there a fake leaves a file for each time that it began, and looks for what to do.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from seq2vit.grading.station import Unready
from seq2vit.grading.verdict import Exam, Graded, Verdict

HERE = Path(__file__).resolve().parent


def exam(folder: Path) -> Exam:
    test = {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade": True, "points": 3}}}
    return Exam("01_fake", "fake.ipynb", json.dumps({"cells": [test], "folder": str(folder)}))


def folder_of(exam: Exam) -> Path:
    return Path(json.loads(exam.source)["folder"])


def begin(exam: Exam, student: str) -> None:
    """Leave word that this process began with this student."""
    (folder_of(exam) / f"{student}.{os.getpid()}.{uuid.uuid4().hex}.began").touch()


def begun(folder: Path) -> list[tuple[str, int]]:
    """Each beginning so far: the student and the process."""
    return [(path.name.split(".")[0], int(path.name.split(".")[1])) for path in folder.glob("*.began")]


def wait_for(there, what: str, seconds: float = 60):
    """Wait until `there()` is true, and return what it gives."""
    until = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.01)
    return found


def quick(exam: Exam, student: str, data: bytes, unsafe: bool) -> Graded:
    assert data.startswith(f"work of {student}".encode())
    return Graded(Verdict(student, exam.assignment, "graded", "", 1.0, 3.0, [], [], 0.0), "x" * len(data))


def gated(exam: Exam, student: str, data: bytes, unsafe: bool) -> Graded:
    """Waits for a file `open` in the exam's folder."""
    begin(exam, student)
    wait_for((folder_of(exam) / "open").exists, "the test to open the gate")
    return quick(exam, student, data, unsafe)


def moody(exam: Exam, student: str, data: bytes, unsafe: bool) -> Graded:
    """Does what the student's name says."""
    begin(exam, student)
    if student == "killer":
        os.kill(os.getpid(), signal.SIGKILL)
    if student == "raiser":
        raise KeyError("two\nlines")
    if student.startswith("unready"):
        raise Unready("the warm process of the tests ended")
    if student == "nothing":
        return None
    return quick(exam, student, data, unsafe)


class Dask:
    """A scheduler and workers on loopback, each a process of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        self.scheduler = self.address = None

    def start(self, port: int = 0, workers: int = 0, **settings: str) -> "Dask":
        file = self.folder / f"scheduler-{len(self.processes)}.json"
        self.scheduler = self._run("scheduler", "--port", port, "--scheduler-file", file, **settings)
        self.address = json.loads(wait_for(lambda: file.exists() and file.read_text(), "the scheduler"))["address"]
        for _ in range(workers):
            self.worker()
        return self

    def worker(self, *options, **settings: str) -> subprocess.Popen:
        return self._run("worker", self.address, "--nthreads", 1, "--no-nanny", *options, **settings)

    def _run(self, what: str, *options, **settings: str) -> subprocess.Popen:
        paths = os.pathsep.join([*settings.pop("first", "").split(), str(HERE), str(HERE.parents[1])])
        environment = os.environ | {"PYTHONPATH": paths, "DASK_TEMPORARY_DIRECTORY": str(self.folder)} | settings
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--host", "127.0.0.1", "--no-dashboard",
                   "--dashboard-address", "127.0.0.1:0"]
        with open(self.folder / f"dask-{len(self.processes)}.log", "w") as log:
            self.processes.append(subprocess.Popen([*command, *map(str, options)], env=environment, cwd=self.folder,
                                                   stdout=log, stderr=log))
        return self.processes[-1]

    def stop(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
