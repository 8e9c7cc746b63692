"""The notebook that is graded: the instructor's cells, and of the student's nothing but their text and their order.

A cell is known by nbgrader's `grade_id`. What it is, what it is worth and, where it is locked, what it says come from the
instructor's notebook. What would earn points in the student's own kernel, run from top to bottom, earns them here.
"""

import re
from collections import Counter
from dataclasses import dataclass

from nbformat import NotebookNode

from seq2vit.grading import submission
from seq2vit.grading.arrange import Item, Restored, arrange
from seq2vit.grading.original import Known, known_cells, normal
from seq2vit.grading.submission import Submitted
from seq2vit.grading.untrusted import Refused

__all__ = ["Rebuilt", "Refused", "Step", "rebuild"]


@dataclass(frozen=True)
class Step:
    """A code cell, in the order in which it is graded.

    Attributes:
        kind: "given", "answer", "extra" (the student's own) or "test".
        id: its grade_id; "" for "extra".
        source: for "test" the instructor's whole cell, with its hidden region.
        index: its place in the rebuilt notebook's cells.
    """

    kind: str
    id: str
    source: str
    index: int


@dataclass(frozen=True)
class Rebuilt:
    """What is graded.

    Attributes:
        notebook: for nbgrader's `autograded/` tree: valid, without outputs and without hidden tests.
        steps: what runs, in order. Setup cells and demonstrations are in the notebook and do not run.
        restored: a sentence for each thing that was changed, moved, missing or there twice.
    """

    notebook: NotebookNode
    steps: list[Step]
    restored: list[str]


def rebuild(data: bytes, source: NotebookNode) -> Rebuilt:
    """Rebuild a submitted file.

    Args:
        data: the file.
        source: the instructor's notebook, with solutions and hidden tests.

    Raises:
        Refused: it is no notebook that can be graded.
    """
    cells = submission.read(data)
    plan = known_cells(source)
    restored = Restored()
    ids = {known.id for known in plan if known.id}
    lost = not any(cell.grade_id in ids for cell in cells)
    if lost:
        restored.only("no cell carries nbgrader's names any more: all were taken for the student's own, and the tests ran last")
    items = _without_duplicates(_recognise(cells, plan, restored), restored)
    arrange(items, plan, lost, restored)
    return _finish(items, source, restored)


def _recognise(cells: list[Submitted], plan: list[Known], restored: Restored) -> list[Item]:
    """Each of the student's cells with what it is in the instructor's notebook."""
    by_id = {known.id: known for known in plan if known.id}
    items = []
    for cell in cells:
        known = by_id.get(cell.grade_id)
        if cell.grade_id and known is None:
            restored.note("a cell carries a name that the assignment does not have: it was taken for the student's own")
        elif known and known.type != cell.type:
            restored.note(f"a cell of another type carries the name {known.id}: it was taken for the student's own")
            known = None
        elif known and known.locked and known.kind != "demo" and not known.unchanged(cell.source):
            restored.say(known, "was changed: the instructor's was used")
        items.append(Item(known, cell.type, cell.source, attachments=cell.attachments))
    _recognise_nameless(cells, items, plan)
    return items


def _recognise_nameless(cells: list[Submitted], items: list[Item], plan: list[Known]) -> None:
    """What has no grade_id, or lost it: setup and demonstrations, so that they do not run, and locked cells whose text
    is the instructor's, where no other cell has their name. (A copy of a given cell beside it is the student's own: it may
    be there to run it again.)"""
    quiet = {"setup", "demo"}
    texts = {normal(known.released): known for known in plan if known.locked or known.kind in quiet}
    texts.pop("", None)
    names = {known.cell.get("id"): known for known in plan if known.kind in quiet}
    present = {item.known for item in items}
    for cell, item in zip(cells, items, strict=True):
        if cell.grade_id:
            continue
        same = texts.get(normal(cell.source))
        named = next((names[name] for name in cell.names if name in names), None)
        if same and same.type == cell.type and (same.kind in quiet or same not in present):
            item.known = same
        elif named and named.type == cell.type and named not in present:
            item.known = named
        elif cell.type == "code":
            item.demo = "demo" in cell.tags
        present.add(item.known)


def _without_duplicates(items: list[Item], restored: Restored) -> list[Item]:
    """Locked cells once; answers without the untouched stubs that stand beside a written one. Of a test all places are
    kept for now."""
    dropped: set[Item] = set()
    for known, times in Counter(item.known for item in items).items():
        if known is None or times == 1:
            continue
        copies = [item for item in items if item.known is known]
        if known.locked:
            dropped.update(copies[1:] if known.kind != "test" else ())
            restored.say(known, f"was there {times} times: it counted once")
        elif known.kind in ("answer", "written"):
            untouched = [item for item in copies if normal(item.source) in known.stubs]
            drop = untouched if len(untouched) < times else untouched[1:]
            dropped.update(drop)
            left = times - len(drop)
            what = f"{left} of them count, the last one most" if left > 1 else "the untouched ones were left out"
            restored.say(known, f"was there {times} times: {what}")
    return [item for item in items if item not in dropped]


def _finish(items: list[Item], source: NotebookNode, restored: Restored) -> Rebuilt:
    last = {item.known: item for item in items}  # nbgrader stumbles over a name that is there twice: the last one bears it
    identifiers = _Identifiers()
    cells, steps = [], []
    for index, item in enumerate(items):
        known = item.known
        if known and known.locked:
            item.source, item.attachments = known.released, known.cell.get("attachments", {})
        cells.append(_cell(item, known if known and last[known] is item else None, identifiers))
        if item.type == "code" and item.kind in ("given", "answer", "extra", "test"):
            text = known.source if item.kind == "test" else item.source
            steps.append(Step(item.kind, known.id if known else "", text, index))
    metadata = {key: source.metadata[key] for key in ("kernelspec", "language_info") if key in source.metadata}
    notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=_node(metadata), cells=cells)
    return Rebuilt(notebook, steps, restored.sentences())


def _cell(item: Item, bears: Known | None, identifiers: "_Identifiers") -> NotebookNode:
    metadata: dict = {}
    if bears and "nbgrader" in bears.cell.metadata:
        metadata["nbgrader"] = {key: value for key, value in bears.cell.metadata.nbgrader.items() if key != "checksum"}
    if item.kind in ("setup", "demo"):
        metadata["tags"] = [item.kind]  # ours, not the student's: the pages say why it did not run
    cell = NotebookNode(id=identifiers.new(item.kind, bears), cell_type=item.type, metadata=_node(metadata), source=item.source)
    if item.type == "code":
        cell.update(execution_count=None, outputs=[])
    elif item.attachments:
        cell.attachments = _node(item.attachments)
    return cell


class _Identifiers:
    """The instructor's identifier for what is theirs, otherwise the kind and a number; valid, and each only once."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def new(self, kind: str, bears: Known | None) -> str:
        wanted = (bears.cell.get("id") or bears.id) if bears else ""
        wanted = re.sub(r"[^a-zA-Z0-9_-]", "-", wanted)[:50]
        found = wanted
        while not found or found in self.taken:
            self.taken[f"{kind} "] += 1  # no identifier has a space
            found = f"{kind}-{self.taken[f'{kind} ']}"
        self.taken[found] += 1
        return found


def _node(value: dict) -> NotebookNode:
    return NotebookNode({key: _node(part) if isinstance(part, dict) else part for key, part in value.items()})
