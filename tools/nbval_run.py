"""make nbval: run every solution notebook again and compare what it prints with what is stored in it.

nbval runs and compares, a cell at a time; this adds what it does not say: how many of the cells that print were really
compared. A cell prints if it leaves text (on standard output or as its value; not a figure's name) in the stored
notebook or in this run, so neither a cleared output nor a skipped cell can raise the share.

    python tools/nbval_run.py [NOTEBOOK ...] [--report FILE]     exit 0: all equal, and at least 90 % compared
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import fontlist
import pytest

ROOT = Path(__file__).resolve().parent.parent
ENOUGH = 0.90  # of the cells that print
CELL_SECONDS = 300  # nbval's own limit is 2,000 s a cell: a hanging cell would hold a run for half an hour
PICTURES = ("image/svg+xml", "image/gif", "application/pdf")  # beside PNG and JPEG, which nbval leaves out itself


def text_of(outputs) -> str:
    """What a cell's outputs say in words: standard output and text values, without the names of figures."""
    said = []
    for output in outputs or []:
        if output.get("output_type") == "stream":
            said.append(output["text"] if output.get("name") == "stdout" else "")
        else:
            text = "".join(output.get("data", {}).get("text/plain", ""))
            said.append("" if text.startswith("<Figure size") else text)
    return "".join(said).strip()


def execute_as_notebook(kernel, source, allow_stdin=None):
    """nbval's way to run a cell, except that the kernel keeps it in `In`, as under any notebook program."""
    return kernel.kc.execute(source, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


class Tally:
    """A pytest plugin that counts, per notebook, cells that ran, printed, were compared and failed."""

    def __init__(self):
        self.notebooks = {}

    def pytest_sessionstart(self):
        import nbval.plugin  # not before pytest has: it rewrites its plugins' asserts on import

        nbval.plugin.RunningKernel.execute_cell_input = execute_as_notebook

    def pytest_collectstart(self, collector):
        if hasattr(collector, "skip_compare"):
            collector.skip_compare += PICTURES

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if not hasattr(item, "cell_num"):
            return report
        counts = self.notebooks.setdefault(
            str(item.path), {"cells": 0, "printing": 0, "compared": 0, "failed": 0, "seconds": 0.0}
        )
        counts["seconds"] += call.duration
        if report.failed:
            counts["failed"] += 1
        if call.when != "call":
            return report
        counts["cells"] += 1
        if text_of(item.cell.outputs) or text_of(item.test_outputs):
            counts["printing"] += 1
            # As in nbval's runtest: these are the cells whose outputs it goes on to compare.
            looked_at = item.options["check"] and not item.options["skip"] and item.cell.execution_count is not None
            counts["compared"] += bool(looked_at)
        return report


def check(notebooks: list[Path]) -> tuple[int, dict]:
    """Run nbval on the notebooks. Returns pytest's exit status and the counts per notebook."""
    tally = Tally()
    os.environ.pop("SEQ2VIT_DEMO", None)  # the demonstrations are part of what is compared: none is switched off
    options = [
        # The kernel is this Python's: the notebooks name "python3", which may be another one on your machine.
        *("--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}"),
        # The tests' own configuration (markers, warnings as errors) is not for notebooks.
        *("-c", os.devnull, f"--rootdir={ROOT}", "-p", "no:cacheprovider", "--quiet", "--color=no"),
    ]
    status = pytest.main([*options, *map(str, notebooks)], plugins=[tally])
    return int(status), tally.notebooks


def main() -> int:
    parser = argparse.ArgumentParser(prog="nbval", description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of solutions/")
    parser.add_argument("--report", type=Path, help="write the counts there, as JSON")
    arguments = parser.parse_args()
    notebooks = [path.resolve() for path in arguments.notebooks] or sorted(ROOT.glob("solutions/*/*.ipynb"))
    for path in notebooks:
        if not path.is_file():
            print(f"nbval: no notebook {path}", file=sys.stderr)
            return 2
    if not notebooks:
        print("nbval: no notebook in solutions/: nothing to compare", file=sys.stderr)
        return 2
    fontlist.use_own(ROOT)
    begin = time.monotonic()
    status, counts = check(notebooks)
    if arguments.report:
        arguments.report.write_text(json.dumps({"status": status, "notebooks": counts}, indent=2) + "\n")
    printing = sum(one["printing"] for one in counts.values())
    compared = sum(one["compared"] for one in counts.values())
    failed = sum(one["failed"] for one in counts.values())
    share = compared / printing if printing else 0.0
    print(f"nbval: compared {compared} of {printing} printing cells ({share:.0%}), {failed} failed,", end=" ")
    print(f"{len(counts)} of {len(notebooks)} notebooks, {time.monotonic() - begin:.0f} s")
    if status:
        print("nbval: FAILED: a notebook no longer gives what is stored in it (see above); `make solutions` renews it")
    elif len(counts) < len(notebooks) or share < ENOUGH:
        print(f"nbval: FAILED: at least {ENOUGH:.0%} of the cells that print must be compared, in every notebook given")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
