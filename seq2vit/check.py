"""A student's check: run the visible tests, say what each found.

`seq2vit check NOTEBOOK` runs a saved notebook in a fresh kernel; `check.here()` runs the tests that the open notebook
has already shown to its kernel. Both judge only the tests that the notebook itself holds: hidden ones run when the work
is graded.
"""

import hashlib
import logging
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from seq2vit import notebooks


@dataclass(frozen=True)
class Verdict:
    """What a question's visible tests found; `message` is empty if they all pass."""

    question: str
    points: float
    passed: bool
    message: str = ""


def run(path: str | Path, timeout: int = 120) -> tuple[list[Verdict], list[str]]:
    """Run a notebook in a fresh kernel and collect the verdict of each question's test cell.

    Demonstrations are not run. A cell that raises does not stop the ones after it.

    Args:
        path: the notebook; it is not changed.
        timeout: seconds allowed for each cell.

    Returns:
        the verdicts in the order of the questions, and notes: a line for each other cell that did not run well.

    Raises:
        ValueError: no such notebook, no question in it, or a kernel that cannot start; one line says what to do.
    """
    notebook = notebooks.read(path)
    cells = notebooks.code_cells(notebook)
    questions = _questions(notebook, cells)
    if not questions:
        raise ValueError(f"{path} holds no question of this course: is it the notebook that you were given?")
    for cell in cells:
        if cell.kind == "demo":
            notebook.cells[cell.index].source = "pass"
        if cell.kind == "test":  # whatever tags say: a skipped test is no passed test
            notebook.cells[cell.index].metadata.pop("tags", None)
        if cell.kind == "setup":  # the package is here: in its place, what must come before all else
            notebook.cells[cell.index].source = NO_EXIT
        # What an earlier run left must not pass for this one's.
        notebook.cells[cell.index].outputs = []
    finished, dead = _execute(notebook, Path(path), timeout)
    verdicts = [_verdict(question, notebook, cells, finished, dead) for question in questions]
    return verdicts, _notes(notebook, cells)


# exit() asks the kernel to end once the cell is done: which tests still run would be a matter of luck.
NO_EXIT = """
def exit(*_):
    raise RuntimeError("exit() would end the kernel: take it out")
quit = exit
"""


def _questions(notebook: nbformat.NotebookNode, cells: list[notebooks.Cell]) -> list[str]:
    """The questions that the notebook should have: those that it has a test, an answer or a line in the table for."""
    found = {cell.id for cell in cells if cell.kind == "test"}
    found |= {cell.id.removesuffix("_answer") for cell in cells if cell.kind == "answer"}
    if found:
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        found |= set(re.findall(r"^\| `(\d\d_q\d+)` \|", text, re.MULTILINE))
    return sorted(found)


def _execute(notebook: nbformat.NotebookNode, path: Path, timeout: int) -> tuple[set[int], str]:
    """Run all cells in place; returns the cells that the kernel says ran to their end, and why not all were reached."""
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    finished = set()

    def note(cell, cell_index, execute_reply):
        if execute_reply and execute_reply["content"]["status"] == "ok":
            finished.add(cell_index)

    client = NotebookClient(notebook, on_cell_executed=note, timeout=timeout, interrupt_on_timeout=True, allow_errors=True,
                            kernel_name="python3", resources={"metadata": {"path": str(path.resolve().parent)}})
    client.log = logging.getLogger(__name__)  # the verdicts say all that a student needs
    client.log.disabled = True
    environment = {**os.environ, "SEQ2VIT_DEMO": "0", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    try:
        client.execute(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except DeadKernelError:
        return finished, "not reached: the kernel ended (out of memory, or a call that ends Python?)"
    except Exception as error:  # no kernel, no permission to start one
        raise ValueError(f"no Python kernel could be started here ({type(error).__name__}: {error}): "
                         "try `pip install --force-reinstall ipykernel`") from error
    return finished, ""


def _error(cell: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    return next((output for output in cell.get("outputs", []) if output.output_type == "error"), None)


def _verdict(question: str, notebook: nbformat.NotebookNode, cells: list[notebooks.Cell], finished: set[int],
             dead: str) -> Verdict:
    mine = [cell for cell in cells if cell.kind == "test" and cell.id == question]
    if not mine:
        return Verdict(question, 0, False, "its test cell is gone: copy it from a fresh notebook")
    test, executed = mine[0], notebook.cells[mine[0].index]
    if _changed(executed):
        return Verdict(question, test.points, False, "its test cell was changed: copy it from a fresh notebook")
    answer = next((cell for cell in cells if cell.id == f"{question}_answer"), None)
    broken = _error(notebook.cells[answer.index]) if answer else None
    if error := _error(executed):
        if broken and error.ename == "NameError":
            error_text = explain(broken.ename, broken.evalue).removeprefix("your code raised ")
            return Verdict(question, test.points, False, f"its answer does not run: {error_text}")
        return Verdict(question, test.points, False, explain(error.ename, error.evalue))
    if test.index not in finished:  # a pass needs evidence, not the absence of an error
        return Verdict(question, test.points, False, dead or "did not run to its end")
    return Verdict(question, test.points, True)


def _changed(cell: nbformat.NotebookNode) -> bool:
    """Does a locked cell differ from its release? nbgrader stores a checksum; a notebook that never was released has
    none, and is taken as it is."""
    mark = cell.metadata.get("nbgrader", {})
    if not mark.get("checksum"):
        return False
    # as nbgrader.utils.compute_checksum does for a graded cell, which a student need not have
    digest = hashlib.md5(usedforsecurity=False)
    is_grade, is_solution, is_locked = "True", "False", "True"
    source, points = cell.source.replace("\r\n", "\n"), str(float(mark.get("points", 0)))
    for part in (source, cell.cell_type, is_grade, is_solution, is_locked, mark["grade_id"], points):
        digest.update(part.encode())
    return digest.hexdigest() != mark["checksum"]


def _notes(notebook: nbformat.NotebookNode, cells: list[notebooks.Cell]) -> list[str]:
    notes = []
    for cell in cells:
        error = _error(notebook.cells[cell.index])
        if error and cell.kind not in ("test", "demo"):
            where = f"cell {cell.index + 1}" + (f" ({cell.id})" if cell.id else "")
            notes.append(f"note: {where}: {explain(error.ename, error.evalue)}")
    return notes


def explain(kind: str, text: str) -> str:
    """One line for an exception: a failed test speaks for itself, an unwritten answer is said so."""
    text = " ".join(text.split())
    if kind == "NotImplementedError":
        return "not written yet"
    if kind == "Mistake":
        return text
    if kind == "KeyboardInterrupt":
        return "ran too long and was interrupted: an endless loop?"
    if kind == "NameError":
        return f"{text}: run the cells above, from the first on"
    return f"your code raised {kind}: {text}" if text else f"your code raised {kind}"


def table(verdicts: list[Verdict]) -> str:
    """A line for each question, and one that sums up."""
    lines = [f"{v.question}  {'passes' if v.passed else 'FAILS '}  {v.message}".rstrip() for v in verdicts]
    passed = sum(v.passed for v in verdicts)
    if passed == len(verdicts):
        lines.append(f"All {passed} questions pass their visible tests. Hidden tests check more when a notebook is graded.")
    else:
        lines.append(f"{passed} of {len(verdicts)} questions pass their visible tests.")
    return "\n".join(lines)


def here(questions: int) -> None:
    """Run the visible tests of the open notebook again, on what is defined now, and print a line for each.

    The tests are taken from the cells that this kernel has run (each begins with its question's id), so run each test
    cell once before. Nothing happens while a grader or `seq2vit check` runs the notebook.

    Args:
        questions: how many questions the notebook has.
    """
    from seq2vit.runtime import demos_on

    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        print("check.here() works in a notebook; from a terminal use: seq2vit check NOTEBOOK")
        return
    if not demos_on():
        return
    tests = {}
    for source in shell.user_ns.get("In", []):
        if match := re.match(r"# (\d\d_q\d+): visible tests", source):
            tests[match[1]] = source
    if tests:
        print(table([_run_here(question, tests[question], shell.user_ns) for question in sorted(tests)]))
    if len(tests) < questions:
        print(f"{questions - len(tests)} of {questions} test cells have not been run yet: run them, then this one again.")


def _run_here(question: str, source: str, names: dict) -> Verdict:
    import contextlib
    import io

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, f"the tests of {question}", "exec"), dict(names))
    except Exception as error:
        return Verdict(question, 0, False, explain(type(error).__name__, str(error)))
    return Verdict(question, 0, True)
