"""Which tests of a run in several processes (`pytest -n 2`) stay together, and which come first.

What stays together is done by one process, in one go, so that what its fixtures make is made once: the tests of a file,
or, of the two files that take by far the longest, the tests of one assignment and of one page. Long groups come first, so
that all processes have work to the end; the tests of the site come last but for one file, which begins the run: it waits
until the site is built, and meanwhile the other process has the rest to do.
"""

import re
from pathlib import PurePosixPath

import pytest

BUILDS = "tests/site/test_figures.py"
LONG = ("test_nbgrader.py", "test_nbval.py", "test_banks.py", "test_release.py", "test_grading_command.py")


def group(nodeid: str) -> str:
    """The group of a test: `tests/test_x.py`, or a part of it, as in `tests/test_banks.py 02 engine`."""
    path, _, test = nodeid.partition("::")
    if path.endswith("/test_banks.py"):
        assignment, engine = re.search(r"\[-?(\d\d)_", test), "engine" if test.endswith("engine]") else "here"
        return f"{path} {assignment[1]} {engine}" if assignment else path
    if path.endswith("/test_pages.py"):
        page = re.search(r"\[(\S+\.html)", test)
        return f"{path} {page[1]}" if page else path
    return path


def place(name: str) -> tuple[bool, bool, int]:
    """What sorts the groups: the one that builds the site, the long ones, the others, and those of the site."""
    path = name.partition(" ")[0]
    file = PurePosixPath(path).name
    return path != BUILDS, "/site/" in path, LONG.index(file) if file in LONG else len(LONG)


def pytest_collection_modifyitems(items):
    groups = {}
    for item in items:  # the sort is stable, and each group stays where its first test stands
        groups.setdefault(group(item.nodeid), []).append(item)
    items[:] = [item for name in sorted(groups, key=place) for item in groups[name]]


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody asks
def pytest_xdist_make_scheduler(config, log):
    # Groups by mark (`--dist loadgroup`) are of no help: with pytest 9.2 and xdist 3.8 each test is a group of its own.
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)

    config.option.loadscopereorder = False  # groups come in the order of the tests, not by their number of tests
    return Groups(config, log)
