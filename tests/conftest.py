"""What all tests share: one thread for small tensors, two processes for a whole run, and the closing tables."""

import os
import shutil
from collections import Counter

import pytest
import torch
from grouping import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401  hooks
from notes import notes

# Small tensors: a second thread costs more than it brings, and rounding stays the same from run to run.
torch.set_num_threads(1)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


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


@pytest.fixture(scope="module")  # while it is open no other event loop can run in this thread, and other files need one
def browser():
    """An installed Chromium or Chrome, headless."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright: make env")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium or Chrome is installed: `make browser` installs one on Debian and Ubuntu")
    with playwright.sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


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
