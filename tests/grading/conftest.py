"""The engine's tests share their fixtures; the closing table of the hostile bank."""

import textwrap

import pytest
from exams import exam  # noqa: F401
from notes import notes


@pytest.fixture
def hostile_line(note):
    """A line of the table: `hostile_line(group, name, earned, worth, events, seconds)`."""
    return lambda group, name, earned, worth, events, seconds: note(
        "hostile", group, name, sorted(earned), sorted(worth), [str(event) for event in events], seconds)


@pytest.fixture
def denied_line(note):
    """An entry of the other table: `denied_line(system call, what it gave)`."""
    return lambda name, result: note("denied", name, result)


def pytest_terminal_summary(terminalreporter):
    _bank(terminalreporter, notes(terminalreporter, "hostile"))
    if denied := notes(terminalreporter, "denied"):
        terminalreporter.section("what the sandbox answers to system calls, measured from inside it")
    for result in sorted({result for _, result in denied}):
        names = " ".join(name for name, found in denied if found == result)
        terminalreporter.line("\n".join(textwrap.wrap(f"{result}: {names}", 120, subsequent_indent="    ")))


def _bank(terminalreporter, lines):
    if not lines:
        return
    terminalreporter.section("bank of hostile submissions")
    for group, name, earned, worth, events, seconds in lines:
        points = f"{len(earned)} of {len(worth)} earned" + ("" if set(earned) <= set(worth) else "  <-- NOT EARNED")
        terminalreporter.line(f"{group:8} {name[:50]:50} {points:15} {seconds:5.2f} s  {'; '.join(events)[:90]}")
    fine = sum(set(earned) <= set(worth) for _, _, earned, worth, _, _ in lines)
    terminalreporter.line(f"hostile submissions: {len(lines)}, earning no more than their answers are worth: {fine}")
