"""`make nbval` passes on an unchanged notebook, and fails on a changed output or on too much that is not compared."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]
CELLS = ["x = [1, 2, 3]", "print('a list:', x)", "sum(x)"]


def make(path: Path, cells: list[str]) -> nbformat.NotebookNode:
    """A small notebook, executed, so that its stored outputs are what its cells give."""
    notebook = new_notebook(cells=[new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    client = NotebookClient(notebook, kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=ERROR"])
    client.execute(env={name: value for name, value in os.environ.items() if name != "SEQ2VIT_DEMO"})
    nbformat.write(notebook, path)
    return notebook


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook with three cells, of which two print."""
    return make(tmp_path_factory.mktemp("notebook") / "a.ipynb", CELLS)


@pytest.fixture
def notebook(executed):
    """The same, to change."""
    return copy.deepcopy(executed)


def nbval(path: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "tools" / "nbval_run.py", path, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SEQ2VIT_DEMO": "0"})


def test_passes_on_an_unchanged_notebook_and_reports_its_counts(tmp_path):
    make(tmp_path / "a.ipynb", [*CELLS, "import os\nprint('demonstrations are on:', 'SEQ2VIT_DEMO' not in os.environ)"])
    done = nbval(tmp_path / "a.ipynb", "--report", str(tmp_path / "report.json"))
    # nbval was called with the demonstrations switched off, and ran them all the same.
    assert done.returncode == 0, done.stdout
    assert "compared 3 of 3 printing cells (100%)" in done.stdout
    (counts,) = json.loads((tmp_path / "report.json").read_text())["notebooks"].values()
    assert (counts["cells"], counts["printing"], counts["compared"]) == (4, 3, 3)


@pytest.mark.parametrize(("cell", "old", "new"), [(1, "[1, 2, 3]", "[1, 2, 4]"), (2, "6", "7")])
def test_fails_on_a_changed_output(tmp_path, notebook, cell, old, new):
    text = nbformat.writes(notebook)
    output = notebook.cells[cell].outputs[0]
    if "text" in output:
        output.text = output.text.replace(old, new)
    else:
        output.data["text/plain"] = output.data["text/plain"].replace(old, new)
    assert nbformat.writes(notebook) != text
    nbformat.write(notebook, tmp_path / "a.ipynb")
    done = nbval(tmp_path / "a.ipynb")
    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert "FAILED: a notebook no longer gives what is stored in it" in done.stdout


def test_fails_where_a_cell_raises(tmp_path, notebook):
    notebook.cells[2].source = "sum(y)"
    nbformat.write(notebook, tmp_path / "a.ipynb")
    done = nbval(tmp_path / "a.ipynb")
    assert done.returncode == 1
    assert "NameError" in done.stdout


@pytest.mark.parametrize("silence", ["ignored", "skipped", "cleared"])
def test_fails_when_cells_that_print_are_not_compared(tmp_path, notebook, silence):
    """nbval alone passes on each of these: it compares nothing there."""
    cell = notebook.cells[1]
    if silence == "cleared":
        cell.outputs, cell.execution_count = [], None
    else:
        cell.metadata.tags = ["nbval-ignore-output" if silence == "ignored" else "nbval-skip"]
    nbformat.write(notebook, tmp_path / "a.ipynb")
    done = nbval(tmp_path / "a.ipynb")
    assert done.returncode == 1
    assert "compared 1 of 2 printing cells (50%), 0 failed" in done.stdout
    assert "FAILED: at least 90%" in done.stdout


def test_a_figure_is_no_output_to_compare(tmp_path):
    """Pictures differ from machine to machine: a stored notebook has none, and a new one is no difference."""
    svg = "from IPython.display import SVG, display\nprint('drawn')\ndisplay(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))"
    notebook = make(tmp_path / "a.ipynb", [svg])
    for output in notebook.cells[0].outputs:
        if "data" in output:
            assert output.data.pop("image/svg+xml")
    nbformat.write(notebook, tmp_path / "a.ipynb")
    done = nbval(tmp_path / "a.ipynb")
    assert done.returncode == 0, done.stdout


def test_cells_find_their_history_as_in_a_notebook_program(tmp_path):
    make(tmp_path / "a.ipynb", [*CELLS, "print(len([cell for cell in In if 'sum(x)' in cell and 'In' not in cell]))"])
    done = nbval(tmp_path / "a.ipynb")
    assert done.returncode == 0, done.stdout


def test_a_notebook_that_is_not_there():
    done = nbval(Path("nowhere.ipynb"))
    assert done.returncode == 2
    assert "no notebook" in done.stderr and "Traceback" not in done.stderr


def test_the_solutions_give_what_is_stored_in_them():
    """All of them, with their demonstrations: what `make nbval` does."""
    done = subprocess.run([sys.executable, ROOT / "tools" / "nbval_run.py"], capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
