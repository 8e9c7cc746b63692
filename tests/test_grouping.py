"""The promise of tests/grouping.py: what belongs together is done by one process, and in the order that it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

from grouping import group, place

HERE = Path(__file__).parent


def test_groups():
    assert group("tests/test_data.py::test_one[a]") == group("tests/test_data.py::test_two") == "tests/test_data.py"
    banks = "tests/test_banks.py::test_wrong"
    assert group(f"{banks}[-02_q1: x-engine]") == group(f"{banks}[02_captioning_rnn-02_q6-engine]")
    assert group(f"{banks}[-02_q1: x-engine]") == "tests/test_banks.py 02 engine"
    assert group(f"{banks}[-02_q1: x-in process]") == "tests/test_banks.py 02 here"
    assert group(banks) == "tests/test_banks.py"
    pages = "tests/site/test_pages.py::test_accessible"
    assert group(f"{pages}[chapters/a.html-1280]") == group(f"{pages}[chapters/a.html]") != group(f"{pages}[search.html]")


def test_order():
    names = ["tests/site/test_figures.py", "tests/test_nbgrader.py", "tests/test_banks.py 01 here", "tests/test_data.py",
             "tests/site/test_pages.py search.html"]
    assert sorted(reversed(names), key=place) == names
    assert all((HERE.parent / name.partition(" ")[0]).exists() for name in names)


def test_a_group_is_done_by_one_process(tmp_path):
    """In a true run, where each test says which process has done it."""
    for name in ("test_a", "test_b", "test_c"):
        (tmp_path / f"{name}.py").write_text(f"""
import pytest
@pytest.mark.parametrize("i", range(6))
def test_it(i, worker_id):
    with open("{name}", "a") as file:
        file.write(worker_id + "\\n")
""")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "grouping", "--rootdir", tmp_path, tmp_path]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(HERE), "PYTEST_ADDOPTS": ""},
                          capture_output=True, text=True)
    assert done.returncode == 0 and re.search("18 passed", done.stdout), done.stdout + done.stderr
    told = [(tmp_path / name).read_text().split() for name in ("test_a", "test_b", "test_c")]
    assert [len(workers) for workers in told] == [6, 6, 6]
    assert [len(set(workers)) for workers in told] == [1, 1, 1]
    assert {worker for workers in told for worker in workers} == {"gw0", "gw1"}
