"""A student's check: run the visible tests, say what each found.

`seq2vit check NOTEBOOK` runs a saved notebook in a fresh kernel; `check.here()` runs the tests that the open notebook
has already shown to its kernel. Both judge only the tests that the notebook itself holds: hidden ones run when the work
is graded.
"""

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


def run(path: str | Path, timeout: int = 120) -> list[Verdict]:
    """Run a notebook in a fresh kernel and collect the verdict of each test cell.

    Demonstrations are not run. A cell that raises does not stop the ones after it.

    Args:
        path: the notebook; it is not changed.
        timeout: seconds allowed for each cell.

    Raises:
        ValueError: no such notebook, no question in it, or a kernel that cannot start; one line says what to do.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    notebook = notebooks.read(path)
    cells = notebooks.code_cells(notebook)
    tests = [cell for cell in cells if cell.kind == "test"]
    if not tests:
        raise ValueError(f"{path} holds no question of this course: is it the notebook that you were given?")
    for cell in cells:
        if cell.kind == "demo":
            notebook.cells[cell.index].source = "pass"
        if cell.kind == "test":  # whatever tags say: a skipped test is no passed test
            notebook.cells[cell.index].metadata.pop("tags", None)
    client = NotebookClient(notebook, timeout=timeout, interrupt_on_timeout=True, allow_errors=True, kernel_name="python3",
                            resources={"metadata": {"path": str(Path(path).resolve().parent)}})
    client.log = logging.getLogger(__name__)  # the verdicts say all that a student needs
    client.log.disabled = True
    dead = ""
    environment = {**os.environ, "SEQ2VIT_DEMO": "0", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    try:
        client.execute(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except DeadKernelError:
        dead = "not reached: the kernel died (out of memory?)"
    except Exception as error:  # no kernel, no permission to start one
        raise ValueError(f"no Python kernel could be started here ({type(error).__name__}: {error}): "
                         "try `pip install --force-reinstall ipykernel`") from error
    return [_verdict(notebook.cells[cell.index], cell, dead) for cell in tests]


def _verdict(executed: nbformat.NotebookNode, cell: notebooks.Cell, dead: str) -> Verdict:
    for output in executed.outputs:
        if output.output_type == "error":
            return Verdict(cell.id, cell.points, False, explain(output.ename, output.evalue))
    if executed.execution_count is None:
        return Verdict(cell.id, cell.points, False, dead or "not run")
    if dead and not executed.outputs:  # the cell that the kernel died in
        return Verdict(cell.id, cell.points, False, dead.removeprefix("not reached: "))
    return Verdict(cell.id, cell.points, True)


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
        lines.append(f"All {passed} questions pass their visible tests. Hidden tests check more when it is graded.")
    else:
        lines.append(f"{passed} of {len(verdicts)} questions pass their visible tests.")
    return "\n".join(lines)


def here() -> None:
    """Run the visible tests of the open notebook again, on what is defined now, and print a line for each.

    The tests are taken from the cells that this kernel has run (each begins with its question's id), so run each test
    cell once before. Nothing happens while a grader or `seq2vit check` runs the notebook.
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
    if not tests:
        print("No test cell has been run yet: run the cells above, then this one again.")
        return
    print(table([_run_here(question, tests[question], shell.user_ns) for question in sorted(tests)]))


def _run_here(question: str, source: str, names: dict) -> Verdict:
    import contextlib
    import io

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, f"the tests of {question}", "exec"), dict(names))
    except Exception as error:
        return Verdict(question, 0, False, explain(type(error).__name__, str(error)))
    return Verdict(question, 0, True)
