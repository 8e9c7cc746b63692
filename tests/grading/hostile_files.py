"""Attacks by the file that is handed in: assignment 1 with wrong answers, and a notebook that says they are right."""

import copy
import json
from collections.abc import Callable
from typing import Any

Notebook = dict[str, Any]
PASS = "print('every test in this cell passes')"


def cell(source: str, grade_id: str = "", kind: str = "code", **mark: Any) -> dict:
    metadata = {"nbgrader": {"schema_version": 3, "grade_id": grade_id, "grade": False, "solution": False, "locked": False,
                             "task": False, "cell_type": kind, **mark}} if grade_id else {}
    found = {"cell_type": kind, "id": f"own-{len(source)}-{grade_id[:20]}", "metadata": metadata, "source": source}
    return found | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def mark(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


def tests(notebook: Notebook) -> list[dict]:
    return [cell for cell in notebook["cells"] if mark(cell).get("grade")]


def change(what: Callable[[dict], object]) -> Callable[[Notebook], None]:
    """The same done to every test cell."""
    def to_all(notebook: Notebook) -> None:
        for test in tests(notebook):
            what(test)
    return to_all


def _blank(notebook: Notebook) -> None:
    for test in tests(notebook):
        test["source"] = PASS


def _deleted(notebook: Notebook) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if not mark(cell).get("grade")]


def _moved_up(notebook: Notebook) -> None:
    notebook["cells"] = [*tests(notebook), *[cell for cell in notebook["cells"] if not mark(cell).get("grade")]]


def _doubled(notebook: Notebook) -> None:
    for test in tests(notebook):
        twin = copy.deepcopy(test)
        twin["source"] = PASS
        notebook["cells"][:0] = [twin]
        notebook["cells"].append(copy.deepcopy(twin))


def _answers_for_tests(notebook: Notebook) -> None:
    for test in tests(notebook):
        mark(test).update(grade=False, solution=True, locked=False)
        test["source"] = PASS


def _repointed(notebook: Notebook) -> None:
    ids = [mark(test)["grade_id"] for test in tests(notebook)]
    for test, name in zip(tests(notebook), ids[1:] + ids[:1], strict=True):
        mark(test)["grade_id"] = name


def _all_one(notebook: Notebook) -> None:
    for test in tests(notebook):
        mark(test)["grade_id"] = "01_q2"


def _invented(notebook: Notebook) -> None:
    notebook["cells"] += [cell(PASS, f"01_q{n}", grade=True, locked=True, points=100) for n in range(8, 20)]


def _given(source: str) -> Callable[[Notebook], None]:
    def put(notebook: Notebook) -> None:
        for given in notebook["cells"]:
            if mark(given).get("locked") and not mark(given).get("grade") and given["cell_type"] == "code":
                given["source"] = source
    return put


def _given_twice(notebook: Notebook) -> None:
    given = next(cell for cell in notebook["cells"] if mark(cell).get("grade_id") == "given-imports")
    twin = copy.deepcopy(given)
    twin["source"] = "class checks:\n    quiet = staticmethod(lambda test: lambda: None)"
    notebook["cells"].append(twin)
    notebook["cells"].insert(0, copy.deepcopy(twin))


def _outputs(test: dict) -> None:
    text = f"{mark(test)['grade_id']}: every test in this cell passes"
    test.update(execution_count=1, outputs=[{"output_type": "stream", "name": "stdout", "text": text}])


def _kernel(notebook: Notebook) -> None:
    notebook["metadata"] = {"kernelspec": {"name": "bash", "display_name": "x", "language": "bash", "argv": ["sh", "-c", "id"]},
                            "language_info": {"name": "bash"}, "nbgrader": {"score": 20}, "celltoolbar": "<script>"}


def _same_ids(notebook: Notebook) -> None:
    notebook["cells"][:0] = [cell(PASS) | {"id": test.get("id", "x")} for test in tests(notebook)]


def _other_type(kind: str) -> Callable[[dict], object]:
    def turn(test: dict) -> None:
        test.pop("outputs", None)
        test.pop("execution_count", None)
        test["cell_type"] = kind
    return turn


def _stops(notebook: Notebook) -> None:
    for place in range(len(notebook["cells"]), -1, -1):
        notebook["cells"].insert(place, cell("raise SystemExit" if place % 2 else "import os; os.environ.clear(); exit()"))


def _magics(notebook: Notebook) -> None:
    for test in tests(notebook):
        test["source"] = ["%%script true\n", *test["source"]]
    notebook["cells"][:0] = [cell("%%javascript\nalert(1)"), cell("!rm -rf / ; cat solutions/*"), cell("%run other.ipynb"),
                             cell("%load_ext autoreload\n%config Application.x = 1"), cell("%%bash\nid")]


FILES: dict[str, Callable[[Notebook], None]] = {
    "test cells that only print": _blank,
    "test cells deleted": _deleted,
    "test cells before the answers": _moved_up,
    "test cells twice, empty ones first and last": _doubled,
    "test cells turned into answers": _answers_for_tests,
    "test cells that point at one another": _repointed,
    "all test cells of one name": _all_one,
    "test cells invented, of 100 points": _invented,
    "the tag skip-execution": change(
        lambda test: test["metadata"].update(tags=["skip-execution", "remove-cell", "demo", "setup"])),
    "forged points": change(lambda test: mark(test).update(points=1000, max_points=0, score=20)),
    "no lock and no checksum": change(lambda test: mark(test).update(locked=False, checksum="0" * 32)),
    "another schema": change(lambda test: mark(test).update(schema_version=99, grade_id=mark(test)["grade_id"])),
    "marks that are none": change(lambda test: test["metadata"].update(nbgrader=["grade", True, 1e308])),
    "test cells in markdown": change(_other_type("markdown")),
    "test cells raw": change(_other_type("raw")),
    "outputs that say it passed": change(_outputs),
    "given cells rewritten": _given("class checks:\n    quiet = staticmethod(lambda test: lambda: None)"),
    "given cells that end the process": _given("import os; os._exit(0)"),
    "given cells twice": _given_twice,
    "another kernel": _kernel,
    "own cells with the tests' identifiers": _same_ids,
    "cells that end Python everywhere": _stops,
    "magics and shell commands": _magics,
}

# What is refused outright, with a reason.
REFUSED: dict[str, bytes] = {
    "nested a million deep": b'{"cells": ' + b"[" * 1_000_000,
    "keys twice": b'{"cells": [], "cells": [{"cell_type": "code", "source": "", "metadata": {}}]}',
    "NaN": b'{"cells": [], "x": NaN}',
    "a number of a million digits": b'{"cells": [], "x": ' + b"9" * 1_000_000 + b"}",
    "a million cells": b'{"cells": [' + b",".join([b'{"cell_type":"raw","source":""}'] * 200_000) + b"]}",
    "a cell of two million characters": json.dumps({"cells": [{"cell_type": "code", "source": "x" * 2_000_000}]}).encode(),
    "no notebook": b"PK\x03\x04" + bytes(1000),
    "a cell that is a number": b'{"cells": [7]}',
}


def wrong(release: str) -> Notebook:
    """The release with an answer to each question that returns something, and never what is asked for."""
    notebook = json.loads(release)
    for cell in notebook["cells"]:
        if mark(cell).get("solution"):
            source = "".join(cell["source"])
            cell["source"] = source.replace("raise NotImplementedError", "return torch.zeros(2, 2), torch.ones(2)")
    return notebook

