"""What all tests share: one thread for small tensors, and the closing table of the banks."""

import os
from collections import Counter

import pytest
import torch

# Small tensors: a second thread costs more than it brings, and rounding stays the same from run to run.
torch.set_num_threads(1)

LINES = pytest.StashKey[dict[str, Counter]]()
SURVIVORS = pytest.StashKey[list[str]]()


def pytest_configure(config):
    config.stash[LINES] = {}
    config.stash[SURVIVORS] = []


@pytest.fixture
def tally(request):
    """Count for the closing table: `tally(assignment, "rejected", True)` is one more tried, and one more done."""

    def count(assignment: str, what: str, done: bool, survivor: str = "") -> None:
        counts = request.config.stash[LINES].setdefault(assignment, Counter())
        counts[f"{what} of"] += 1
        counts[what] += done
        if survivor:
            request.config.stash[SURVIVORS].append(f"{assignment} {survivor}")

    return count


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


def pytest_terminal_summary(terminalreporter, config):
    if config.stash[LINES]:
        terminalreporter.section("banks of wrong and right answers")
    for assignment, counts in sorted(config.stash[LINES].items()):
        kinds = ("rejected", "named", "mutants killed", "accepted")
        terminalreporter.line(f"{assignment}: " + ", ".join(f"{kind} {counts[kind]}/{counts[f'{kind} of']}" for kind in kinds))
    if config.stash[SURVIVORS]:
        terminalreporter.line(f"{len(config.stash[SURVIVORS])} more mutants do what the reference does, each for a reason:")
    for survivor in config.stash[SURVIVORS]:
        terminalreporter.line(f"  {survivor}")
