"""A submitted file's bytes as cells: of everything in them only what can count is kept, cleaned."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from seq2vit.grading.untrusted import Refused

CELLS = 5_000
SOURCE = 1_000_000  # characters of a cell
PICTURES = 100  # of a cell
CONTAINERS = 2_000_000  # opening brackets of a file: each costs tens of bytes in memory, whatever stands in it
AGAIN = "save it from Jupyter or Colab as .ipynb and hand it in again"

TYPES = {"code": "code", "markdown": "markdown", "raw": "raw",
         "heading": "markdown", "html": "markdown", "plaintext": "raw"}  # the second line: formats 2 and 3
IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}  # not SVG: a drawing can hold a script
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
NO_TEXT = re.compile("[\0\ud800-\udfff]")  # what cannot be compiled or encoded


@dataclass
class Submitted:
    """A cell as the student handed it in. `grade_id` is "" if it has none; `tags` and `names` are what it calls itself."""

    type: str
    source: str
    grade_id: str = ""
    tags: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


def read(data: bytes) -> list[Submitted]:
    """The cells of a notebook in any format from 2 on, in UTF-8, UTF-16 or UTF-32, with or without a byte-order mark.

    Raises:
        Refused: it is no notebook, or one that no student would write.
    """
    notebook = _parse(data)
    if not isinstance(notebook, dict):
        raise Refused(f"the file is not a notebook: {AGAIN}")
    if isinstance(sheets := notebook.get("worksheets"), list) and "cells" not in notebook:
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    elif isinstance(cells := notebook.get("cells"), list):
        pass
    else:
        raise Refused(f"the file is not a notebook, it has no cells: {AGAIN}")
    if len(cells) > CELLS:
        raise Refused(f"the notebook has {len(cells)} cells, at most {CELLS} are graded: delete those that are not needed")
    return [_cell(cell, number) for number, cell in enumerate(cells, 1)]


def _parse(data: bytes) -> Any:
    if not data.strip():
        raise Refused("the file is empty: save the notebook in Jupyter or Colab and hand it in again")
    try:
        # A wrong byte costs what it stands in, not the whole notebook.
        text = data.decode(json.detect_encoding(data), "replace")
        if text.count("[") + text.count("{") > CONTAINERS:
            raise Refused("the notebook's outputs are too large to be read: clear all outputs and hand it in again")
        return json.loads(text, strict=False, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Refused(f"the file is not a notebook, or damaged or cut off at line {error.lineno}: {AGAIN}") from None
    except (ValueError, RecursionError, MemoryError):  # a number of thousands of digits; a list in a list in a list ...
        raise Refused(f"the file holds what no notebook holds: {AGAIN}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):  # what counts would depend on who reads it
        raise Refused(f"the file says something twice, with different values: {AGAIN}")
    return found


def _constant(name: str) -> None:
    raise Refused(f"the file holds {name}, which is no JSON: clear all outputs, {AGAIN}")


def _cell(cell: Any, number: int) -> Submitted:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    if not isinstance(kind, str) or kind not in TYPES:
        raise Refused(f"cell {number} is neither code nor text: {AGAIN}")
    source = cell.get("source", cell.get("input", ""))  # "input": code in formats 2 and 3
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Refused(f"the text of cell {number} is no text: {AGAIN}")
    if len(source) > SOURCE:
        raise Refused(f"cell {number} holds more than {SOURCE} characters: what is that large belongs in a file")
    source = clean(source)
    if kind == "heading":
        level = cell.get("level")
        level = min(max(level, 1), 6) if isinstance(level, int) else 1
        source = f"{'#' * level} {' '.join(source.split())}"
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    mark = metadata.get("nbgrader")
    grade_id = mark.get("grade_id") if isinstance(mark, dict) else None
    return Submitted(
        TYPES[kind], source,
        grade_id if isinstance(grade_id, str) else "",
        [tag for tag in _list(metadata.get("tags")) if isinstance(tag, str)],
        [name for name in (cell.get("id"), metadata.get("id")) if isinstance(name, str)],  # Colab keeps it in the metadata
        _images(cell.get("attachments")) if TYPES[kind] == "markdown" else {},
    )


def clean(text: str) -> str:
    """Line ends as Unix has them, and nothing that would stop a compiler, a database or an encoder."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() and "\0" not in text else NO_TEXT.sub("\ufffd", text)


def _images(attachments: Any) -> dict[str, dict[str, str]]:
    if not isinstance(attachments, dict):
        return {}
    kept = {}
    for name, bundle in list(attachments.items())[:PICTURES]:
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if isinstance(data, list) and all(isinstance(line, str) for line in data):
                data = "".join(data)
            if kind in IMAGES and isinstance(data, str) and BASE64.fullmatch(data):
                kept.setdefault(clean(name), {})[kind] = data
    return kept


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []
