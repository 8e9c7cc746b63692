"""How a course notebook is read: which cell is which.

nbgrader's own metadata says it (`grade`, `solution`, `locked`, `grade_id`); a cell tagged `demo` is an ungraded
demonstration, one tagged `setup` installs the package.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

QUESTION = re.compile(r"^\d\d_q\d+$")


@dataclass(frozen=True)
class Cell:
    """One code cell. `kind` is "setup", "given", "answer", "test", "demo" or "extra" (added by the student)."""

    index: int
    kind: str
    id: str
    source: str
    points: float = 0.0


def read(path: str | Path) -> nbformat.NotebookNode:
    """A notebook, in the current format.

    Raises:
        ValueError: with one line that says what is wrong, if there is no such file or it is no notebook.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name the notebook in it")
    if not path.is_file():
        raise ValueError(f"there is no notebook at {path}: check the name, or cd to its folder")
    try:
        # utf-8-sig: some editors put a byte-order mark in front
        notebook = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
        notebook.cells  # noqa: B018  JSON that is no notebook fails here, with the same message
    except Exception as error:
        raise ValueError(f"{path} is not a Jupyter notebook that can be read ({type(error).__name__}): "
                         "save it again from Jupyter or Colab as .ipynb") from error
    return notebook


def code_cells(notebook: nbformat.NotebookNode) -> list[Cell]:
    """The code cells in their order, each with its kind."""
    cells = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            mark = cell.metadata.get("nbgrader", {})
            cells.append(Cell(index, _kind(mark, cell.metadata.get("tags", [])), mark.get("grade_id", ""), cell.source,
                              float(mark.get("points", 0) or 0)))
    return cells


def _kind(mark: dict, tags: list[str]) -> str:
    if mark.get("solution"):
        return "answer"
    if mark.get("grade"):
        return "test"
    for tag in ("setup", "demo"):
        if tag in tags:
            return tag
    return "given" if mark.get("locked") else "extra"
