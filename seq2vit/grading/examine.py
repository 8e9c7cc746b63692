"""The tests' end: runs the instructor's test cells, with proxies in place of the student's names.

The examiner is expendable: one process for each submission, under limits of its own. A point needs positive evidence: the
test cell ran to its end here. What is said of a failure are the instructor's words, never what an answer printed, raised
or returned.
"""

import ast
import contextlib
import io
import json
import os
import re
import signal
import socket
import time
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from seq2vit import notebooks
from seq2vit.checks import Mistake
from seq2vit.grading.proxies import Proxies, Remote
from seq2vit.grading.wire import Broken, Wire

RAISED = "your code raised an error on an input of the tests"
UNUSABLE = "what your code returned cannot be compared: is it of the kind that the task asks for?"
TOO_LONG = "your code did not come back in time: an endless loop?"
ENDED = "your code ended its process: out of memory, or a call that ends Python?"
FAILED = "this cell raised an error"
SLUG = re.compile(r" ?\[(\d\d-[a-z0-9-]+)\]$")


class OutOfTime(BaseException):
    """The clock of a call or of a question. No subclass of Exception: a test cell must not swallow it."""


@dataclass(frozen=True)
class Prepared:
    """An exam made ready once, before any submission is there: compiled tests, and what the given cells define."""

    tests: dict[str, types.CodeType]
    opaque: dict[str, set[str]]
    given: dict[str, Any]
    names: list[str]
    complaints: list[tuple[re.Pattern, str]]


def prepare(source: str) -> Prepared:
    """Make an instructor's notebook (JSON text) ready for examining."""
    import nbformat

    cells = notebooks.code_cells(nbformat.reads(source, as_version=4))
    tests = {cell.id: compile(cell.source, f"<{cell.id}>", "exec", dont_inherit=True) for cell in cells if cell.kind == "test"}
    opaque = {cell.id: set(" ".join(re.findall(r"^ *# opaque: (.*)$", cell.source, re.MULTILINE)).split())
              for cell in cells if cell.kind == "test"}
    given: dict[str, Any] = {"__name__": "__main__"}
    complaints = []
    for cell in cells:
        if cell.kind == "given":
            exec(compile(cell.source, f"<{cell.id}>", "exec", dont_inherit=True), given)
            complaints += _complaints(cell.source)
    names = {name for cell in cells if cell.kind == "answer" for name in _defined(cell.source)}
    return Prepared(tests, opaque, given, sorted(names), complaints)


def _defined(source: str) -> set[str]:
    """The names that an answer cell of the instructor's defines."""
    found = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def _complaints(source: str) -> list[tuple[re.Pattern, str]]:
    """What given modules may say when they raise: a pattern of the message, and its fixed words."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            pieces = node.exc.args[0].values if isinstance(node.exc.args[0], ast.JoinedStr) else [node.exc.args[0]]
            texts = [getattr(piece, "value", None) if isinstance(piece, ast.Constant) else None for piece in pieces]
            pattern = "".join("(?s:.{0,200}?)" if text is None else re.escape(text) for text in texts)
            found.append((re.compile(f"{pattern}$"), "".join("…" if text is None else text for text in texts)))
    return found


class Examiner(Proxies):
    """Runs one submission's tests."""

    def __init__(self, end: socket.socket, prepared: Prepared, limits: dict[str, Any]):
        super().__init__(Wire(end, limits["message"], limits["traffic"], strides=True), limits["requests"])
        self.prepared, self.limits = prepared, limits
        self.text = ""  # what the last exception of the answers said: only ever compared, never shown
        self.over = 0.0

    def limit_call(self, begins: bool) -> None:
        left = max(self.over - time.monotonic(), 0.001)
        signal.setitimer(signal.ITIMER_REAL, min(left, self.limits["call"]) if begins else left)

    def error(self, payload: Any) -> Exception:
        error = super().error(payload)
        self.text = payload[1][:500]
        return error

    def run_cell(self, kind: str, name: str, source: str) -> list[str]:
        """Run a given cell or one of the student's: [what it printed, its error or ""]."""
        self.start_clock(self.limits["question"])
        try:
            found, _, _ = self.ask("cells", [[kind, name, source]], [])
        except Broken:
            raise
        except Exception as error:
            raise Broken("it sent an error in place of a cell's result") from error
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        room = self.limits["output"] + 1000
        if type(found) is not list or len(found) != 1 or type(found[0]) is not list or len(found[0]) != 2 or not all(
                type(text) is str and len(text) <= room for text in found[0]):
            raise Broken("it sent results of a cell that are none")
        return found[0]

    def start_clock(self, seconds: float) -> None:
        self.over = time.monotonic() + seconds
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def question(self, name: str) -> dict[str, Any]:
        """Run one test cell: {"id", "passed", "message", "misconception", "seconds", "lost"}."""
        began = time.perf_counter()
        message, slug, lost = "", None, ""
        self.opaque = self.prepared.opaque[name]
        torch.default_generator.manual_seed(0)  # the same oracles for every submission, whatever the one before did
        try:
            self.start_clock(self.limits["question"])
            try:
                self._run(name)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            if self.broken:  # a test cell that catches exceptions must not swallow this one
                raise self.broken
        except OutOfTime:
            message, lost = TOO_LONG, "out of time"
        except Broken as error:
            message, lost = ENDED, str(error)
        except Exception as error:
            message, slug = self.words(error)
            if isinstance(error, MemoryError) and not self.answer_raised:
                lost = "the tests ran out of memory"
        return {"id": name, "passed": not message, "message": message, "misconception": slug, "lost": lost,
                "seconds": time.perf_counter() - began}

    def _run(self, name: str) -> None:
        defined, _, _ = self.ask("begin", self.prepared.names, [])
        if type(defined) is not list:
            raise Broken("it sent names that are none")
        names = dict(self.prepared.given)
        for known in self.prepared.names:
            if known in defined:
                names[known] = Remote(self, ["n", known], known)
        self.answer_raised, self.given_raised, self.text = False, None, ""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(self.prepared.tests[name], names)

    def words(self, error: Exception) -> tuple[str, str | None]:
        """What is said of a failed test, and the misconception."""
        if isinstance(error, Mistake):
            return _split(error.words, error.misconception)
        if isinstance(error, NameError) and not self.answer_raised and error.name in self.prepared.names:
            return f"{error.name} is not defined: does the cell that defines it run without an error?", None
        for pattern, words in self.prepared.complaints:
            if pattern.match(self.given_raised or self.text):
                return _split(words, None)
        return (RAISED if self.answer_raised else UNUSABLE), None


def _split(words: str, slug: str | None) -> tuple[str, str | None]:
    found = SLUG.search(words)
    return (words[: found.start()], found[1]) if found else (words, slug)


def main(end: socket.socket, results: socket.socket, prepared: Prepared, plan: dict[str, Any]) -> None:
    """Examine one submission and end the process: a line of JSON for each cell and each question.

    Args:
        end: the wire to the answers.
        results: where the lines go.
        plan: "limits"; "steps", a list of [kind, id, source] in order; "done", the questions that have a result already;
            "skip", the places of cells that an earlier try did not survive; "shown", whether what cells print may be kept:
            no test has begun yet.
    """
    def tell(line: dict[str, Any]) -> None:
        results.sendall(json.dumps(line).encode() + b"\n")

    def ring(*_: Any) -> None:
        raise OutOfTime

    try:
        signal.signal(signal.SIGALRM, ring)
        examiner = Examiner(end, prepared, plan["limits"])
        _examine(examiner, plan, tell)
    except BaseException as error:  # an examiner that breaks is a result, too: no point is given for it
        with contextlib.suppress(OSError):
            tell({"broken": type(error).__name__})  # its text might hold something that the answers chose
    finally:
        os._exit(0)


def _examine(examiner: Examiner, plan: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    # What a cell does after a test may tell what the test passed in, were it one bit a cell by failing or not: then only an
    # answer's failure is shown, as its test's result is.
    shown = plan["shown"]
    room = 10 * plan["limits"]["output"]
    left = [place for place, (kind, name, _) in enumerate(plan["steps"]) if kind == "test" and name not in plan["done"]]
    last = max(left, default=-1)  # what stands behind the last test decides nothing
    for place, (kind, name, source) in enumerate(plan["steps"][: last + 1]):
        if kind == "test":
            if name not in plan["done"]:
                tell({"begins": name})
                shown = False
                result = examiner.question(name)
                tell(result)
                if result["lost"]:
                    return
        elif place not in plan["skip"]:
            tell({"begins": ""})
            try:
                printed, error = examiner.run_cell(kind, name or f"cell {place}", source)
            except (Broken, OutOfTime) as problem:
                message = TOO_LONG if isinstance(problem, OutOfTime) else ENDED
                tell({"stuck": place, "message": message if shown or kind == "answer" else "",
                      "lost": str(problem) or "out of time"})
                return
            error = error[:300]
            if not shown:
                printed, error = "", error and kind == "answer" and FAILED
            room -= len(printed) + len(error or "")
            if printed or error:
                tell({"cell": place, "printed": printed if room > 0 else "", "error": error if room > 0 else FAILED})
    tell({"end": True})
