"""What all tests share: one thread for small tensors, two processes for a whole run, and the closing tables."""

import os
from collections import Counter
from pathlib import Path

import pytest
import torch
from notes import notes

# Small tensors: a second thread costs more than it brings, and rounding stays the same from run to run.
torch.set_num_threads(1)

# Who builds the site or drives a browser works in one process: the site is built once, and playwright is there once.
BROWSER = {"site", "test_grading_nbgrader_pages.py", "test_grading_report.py", "test_grading_feedback.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """In two processes (`pytest -n 2 --dist loadgroup`) the tests of a file stay together, so that what its fixtures
    make is made once."""
    for item in items:
        name = "browser" if BROWSER & set(item.path.relative_to(Path(__file__).parent).parts) else item.path.stem
        if name == "test_banks" and hasattr(item, "callspec"):  # by far the longest: a part for each assignment and way
            name += " ".join(str(item.callspec.params.get(key, "")) for key in ("assignment", "way"))
        item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture
def note(request):
    """`note(table, *line)`: a line for a table that closes the run, whichever process runs the test."""
    return lambda table, *line: request.node.user_properties.append((table, list(line)))


@pytest.fixture
def tally(note):
    """Count for the closing table: `tally(assignment, "rejected", True)` is one more tried, and one more done."""
    return lambda assignment, what, done, survivor="": note("banks", assignment, what, bool(done), survivor)


@pytest.fixture(scope="session")
def station():
    """The grading engine's warm processes, for all tests: starting them takes seconds."""
    from seq2vit.grading import doctor
    from seq2vit.grading.station import Station

    if missing := doctor.missing():
        if os.environ.get("SEQ2VIT_REQUIRE_SANDBOX"):
            pytest.fail(f"no sandbox here: {missing}")
        pytest.skip(f"no sandbox here: {missing}")
    made = Station()
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter):
    lines, survivors = {}, []
    for assignment, what, done, survivor in notes(terminalreporter, "banks"):
        counts = lines.setdefault(assignment, Counter())
        counts[f"{what} of"] += 1
        counts[what] += done
        if survivor:
            survivors.append(f"{assignment} {survivor}")
    if lines:
        terminalreporter.section("banks of wrong and right answers")
    for assignment, counts in sorted(lines.items()):
        kinds = ("rejected", "named", "mutants killed", "accepted")
        terminalreporter.line(f"{assignment}: " + ", ".join(f"{kind} {counts[kind]}/{counts[f'{kind} of']}" for kind in kinds))
    if survivors:
        terminalreporter.line(f"{len(survivors)} more mutants do what the reference does, each for a reason:")
    for survivor in sorted(survivors):
        terminalreporter.line(f"  {survivor}")
