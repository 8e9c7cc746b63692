"""The answers that a page's experiments run on: yours, if you completed the notebook, else the reference.

The package holds none: they are read from a notebook, and only the cells that define them are run.
"""

import contextlib
import io
import os
import types
from pathlib import Path

from seq2vit import notebooks

ROOT = Path(__file__).resolve().parent.parent


def find(assignment: str) -> Path:
    """The completed notebook of an assignment such as "01_seq2seq".

    Looked for, in this order: `$SEQ2VIT_NOTEBOOKS/01_seq2seq/seq2seq.ipynb`, `work/01_seq2seq/seq2seq.ipynb`,
    `solutions/01_seq2seq/seq2seq.ipynb` (the last two in a clone of the course).

    Raises:
        FileNotFoundError: there is none; the message says where one was looked for.
    """
    name = Path(assignment) / f"{assignment.partition('_')[2]}.ipynb"
    if folder := os.environ.get("SEQ2VIT_NOTEBOOKS"):
        # A folder that somebody named is the one to use: falling back would show another's results as theirs.
        places = [Path(folder) / name]
    else:
        places = [ROOT / "work" / name, ROOT / "solutions" / name]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"no completed notebook for {assignment}: put yours at {places[0]}")


def load(assignment: str) -> types.SimpleNamespace:
    """Run the given cells, the answers and the cells that you added, and return what they define.

    Tests, demonstrations and the installing cell are not run; what the cells print is not shown.

    Returns:
        a namespace with the assignment's names, and `source`: the notebook that they come from.

    Raises:
        FileNotFoundError: no completed notebook (see `find`).
        RuntimeError: a cell of the notebook raised an error.
    """
    path = find(assignment)
    module = types.ModuleType(f"answers_{assignment}")
    for cell in notebooks.code_cells(notebooks.read(path)):
        if cell.kind not in ("given", "answer", "extra"):
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, f"{path.name}, cell {cell.index + 1}", "exec"), module.__dict__)
        except Exception as error:
            if cell.kind == "extra":
                continue  # a scratch cell of yours (a magic, a plot that needs more) does not define an answer
            raise RuntimeError(f"{path}: cell {cell.index + 1} ({cell.id}) raised {type(error).__name__}: {error}") from error
    public = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return types.SimpleNamespace(**public | {"source": path})
