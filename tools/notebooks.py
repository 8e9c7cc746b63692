"""Make the committed notebooks from the instructor's sources.

    python tools/notebooks.py solutions [NAME ...]   run the solution notebooks and store their text outputs
    python tools/notebooks.py assignments            make the student releases from them, with nbgrader

Both write the same bytes again when nothing changed: ids are fixed, volatile metadata and images are left out.
"""

import contextlib
import copy
import io
import re
import sys
import tempfile
import tomllib
from pathlib import Path

import fontlist
import nbformat

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r'^ADDRESS = ".*?"', re.MULTILINE)


def sources(root: Path = ROOT) -> list[Path]:
    """The instructor's notebooks, in the order of the chapters."""
    return sorted((root / "solutions").glob("[0-9][0-9]_*/*.ipynb"))


def address(root: Path = ROOT) -> str:
    """The repository's address as the notebooks are stamped with it: the committed setting, whatever the environment
    says, so that a release does not depend on who makes it."""
    return tomllib.loads((root / "pyproject.toml").read_text())["tool"]["seq2vit"]["repository"]


def tidy(notebook: nbformat.NotebookNode, outputs: bool) -> nbformat.NotebookNode:
    """A copy without what changes from run to run: times, widths, images, execution counts of released cells."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    })
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    names = set()
    for index, cell in enumerate(notebook.cells):
        mark = cell.metadata.get("nbgrader", {})
        cell.id = re.sub(r"[^a-zA-Z0-9_-]", "-", mark.get("grade_id") or _demo_id(cell, index))[:64]
        if cell.id in names:
            raise ValueError(f"two cells have the id {cell.id}: give each its own grade_id")
        names.add(cell.id)
        # deletable and editable: Jupyter keeps a student from deleting or editing a locked cell by accident
        kept = ("nbgrader", "tags", "deletable", "editable")
        keep = {key: cell.metadata[key] for key in kept if cell.metadata.get(key) not in (None, [])}
        cell.metadata = nbformat.from_dict(keep)
        if cell.cell_type == "code":
            cell.outputs = [_text_only(output) for output in cell.outputs] if outputs else []
            if not outputs:
                cell.execution_count = None
    return notebook


def _demo_id(cell: nbformat.NotebookNode, index: int) -> str:
    return cell.id if cell.id and not re.fullmatch(r"[0-9a-f]{8}", cell.id) else f"cell-{index}"


def _text_only(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    if "data" in output:
        output.data = nbformat.from_dict({key: value for key, value in output.data.items() if key == "text/plain"})
        output.metadata = nbformat.from_dict({})
    return output


def write(notebook: nbformat.NotebookNode, path: Path) -> bool:
    """Write a notebook if it differs from what is there; returns whether it did."""
    text = nbformat.writes(notebook, version=4, indent=1) + "\n"
    if path.is_file() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return True


def run_solution(path: Path) -> bool:
    """Run one solution notebook from its first cell to its last and store its text outputs, stamped and tidy.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised; nothing is written.
    """
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    stamp(notebook, address())
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    return write(tidy(notebook, outputs=True), path)


def stamp(notebook: nbformat.NotebookNode, url: str) -> None:
    """Write the repository's address into the installing cell."""
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []):
            cell.source = ADDRESS.sub(f'ADDRESS = "{url}"', cell.source)


def make_release(source: Path, target: Path, root: Path = ROOT) -> bool:
    """Make one release with nbgrader's own converter and its own checks, in a scratch folder."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config, PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    with tempfile.TemporaryDirectory() as scratch:
        notebook = nbformat.read(source, as_version=4)
        stamp(notebook, address(root))
        assignment = source.parent.name
        write(notebook, Path(scratch) / "solutions" / assignment / source.name)
        config.merge(Config({
            "CourseDirectory": {"root": scratch},
            "GenerateAssignment": {"no_database": True}, "SaveCells": {"enabled": False},  # a gradebook takes seconds to make
        }))
        log = io.StringIO()
        with contextlib.redirect_stderr(log):
            result = NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment(assignment, create=True)
        if not result["success"]:
            raise RuntimeError(f"nbgrader made no release of {source.relative_to(root)}:\n{result['log']}{log.getvalue()}")
        released = nbformat.read(Path(scratch) / "assignments" / assignment / source.name, as_version=4)
        return write(tidy(released, outputs=False), target)


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in ("solutions", "assignments"):
        print(__doc__)
        return 2
    chosen = [path for path in sources() if not arguments[1:] or path.parent.name in arguments[1:]]
    if not chosen:
        print(f"no solution notebook named {', '.join(arguments[1:])}: see the folders of solutions/")
        return 2
    fontlist.use_own(ROOT)
    for path in chosen:
        target = path if arguments[0] == "solutions" else ROOT / "assignments" / path.relative_to(ROOT / "solutions")
        changed = run_solution(path) if target == path else make_release(path, target)
        print(f"{target.relative_to(ROOT)}: {'written' if changed else 'unchanged'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
