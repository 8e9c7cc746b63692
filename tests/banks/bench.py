"""A bench for test cells: put any answer in a question's place, run the question's tests, say what they found.

On the cells as they stand in the instructor's notebook, in milliseconds: in this process, or through the grading engine.
"""

import ast
import contextlib
import io
import re
import signal
import time
import warnings
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import nbformat
import torch

from banks.entries import Wrong
from seq2vit import notebooks
from seq2vit.grading.verdict import Exam, Limits

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finding:
    """What the tests of a question said of an answer."""

    passed: bool
    message: str = ""
    kind: str = ""
    seconds: float = 0.0


class OutOfTime(BaseException):
    """An answer that does not come back. No subclass of Exception, so that an answer cannot swallow it."""


class Bench:
    """The questions of one assignment, such as "01_seq2seq"."""

    def __init__(self, assignment: str):
        self.assignment = assignment
        self.notebook = notebooks.read(ROOT / "solutions" / assignment / f"{assignment.partition('_')[2]}.ipynb")

    @cached_property
    def cells(self) -> list[notebooks.Cell]:
        return notebooks.code_cells(self.notebook)

    @cached_property
    def tests(self) -> dict[str, notebooks.Cell]:
        return {cell.id: cell for cell in self.cells if cell.kind == "test"}

    @cached_property
    def references(self) -> dict[str, str]:
        return {cell.id.removesuffix("_answer"): cell.source for cell in self.cells if cell.kind == "answer"}

    def touched_by(self, question: str) -> list[str]:
        """The questions that an answer to `question` can change: its own and those that use the names it defines."""
        names = {node.name for node in ast.parse(self.references[question]).body if hasattr(node, "name")}
        text = {q: self.references[q] + self.tests[q].source for q in self.tests}
        return [q for q in self.tests if q == question or any(re.search(rf"\b{name}\(", text[q]) for name in names)]

    def spoil(self, entry: Wrong) -> str:
        """The source of a wrong answer: the reference, or the entry's own base, with each `old` replaced by `new`.

        Raises:
            ValueError: an `old` does not occur exactly once, so that the entry no longer says what it means.
        """
        if entry.source:
            return entry.source
        question, source, edits = entry.question, entry.base or self.references[entry.question], entry.edits
        for old, new in edits:
            if source.count(old) != 1:
                raise ValueError(f"{question}: {old!r} occurs {source.count(old)} times in the answer it spoils, expected once")
            source = source.replace(old, new)
        return source

    def run(self, question: str, answer: str | None = None, seconds: float = 20.0, before: str = "") -> Finding:
        """The finding of `question`'s test cell, with `answer` in that question's place and the reference elsewhere.

        Args:
            answer: source text, the reference if None.
            before: source of a cell that the student added in front of the answer.
        """
        return self.run_all({question: answer} if answer is not None else {}, [question], seconds, {question: before})[question]

    def run_all(self, answers: dict[str, str], questions: list[str] | None = None, seconds: float = 20.0,
                before: dict[str, str] | None = None) -> dict[str, Finding]:
        """Findings of several questions on one notebook, whose cells run in their order."""
        names: dict = {"__name__": "__main__"}
        findings = {}
        for cell in self.cells:
            if cell.kind == "given":
                _execute(cell.source, cell.id, names, seconds)
            elif cell.kind == "answer":
                question = cell.id.removesuffix("_answer")
                source = (before or {}).get(question, "") + "\n" + answers.get(question, cell.source)
                # An answer that fails to load fails its tests: the name stays undefined.
                _execute(source, cell.id, names, seconds)
            elif cell.kind == "test" and (questions is None or cell.id in questions):
                findings[cell.id] = _execute(cell.source, cell.id, names, seconds)
        return findings


class EngineBench(Bench):
    """The same questions through the grading engine: the answers in a sandbox, the tests in another process."""

    def __init__(self, assignment: str, station: Any):
        super().__init__(assignment)
        # An endless answer costs the banks seconds, not minutes.
        limits = Limits(call=4.0, question=8.0, submission=60.0)
        name = f"{assignment.partition('_')[2]}.ipynb"
        self.station, self.exam = station, Exam(assignment, name, nbformat.writes(self.notebook), limits)

    def run_all(self, answers: dict[str, str], questions: list[str] | None = None, seconds: float = 20.0,
                before: dict[str, str] | None = None) -> dict[str, Finding]:
        steps = []
        for cell in self.cells:
            question = cell.id.removesuffix("_answer")
            if cell.kind == "answer":
                if added := (before or {}).get(question):
                    steps.append(["extra", "", added])
                steps.append(["answer", cell.id, answers.get(question, cell.source)])
            elif cell.kind == "given" or cell.kind == "test" and (questions is None or cell.id in questions):
                steps.append([cell.kind, cell.id, cell.source])
        return {question: Finding(found["passed"] is True, _said(found), "Mistake", found["seconds"])
                for question, found in self.station.run_steps(self.exam, steps).items()}


compiled = lru_cache(maxsize=1000)(partial(compile, mode="exec"))  # a notebook's cells run thousands of times


def _said(found: dict) -> str:
    return found["message"] + (f" [{found['misconception']}]" if found["misconception"] else "")


def _execute(source: str, name: str, names: dict, seconds: float) -> Finding:
    def give_up(*_):
        raise OutOfTime

    began = time.perf_counter()
    old = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), \
                torch.random.fork_rng(devices=[]), warnings.catch_warnings(record=True):
            # An answer with dropout in it fails the same way every time. The CPU's generator alone: torch.manual_seed
            # also writes down a stack trace for each kind of device that is not there, which takes longer than a test.
            torch.default_generator.manual_seed(0)
            exec(compiled(source, name), names)
        finding = Finding(True)
    except OutOfTime:
        finding = Finding(False, f"did not come back within {seconds} s", "OutOfTime")
    except Exception as error:
        finding = Finding(False, str(error), type(error).__name__)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    return Finding(finding.passed, finding.message, finding.kind, time.perf_counter() - began)
