"""What comes to nbgrader's `autograded/` tree: text that nbgrader's pages can show, in a folder that is replaced as a whole."""

import copy
import html
import json
import os
import re
import shutil
from pathlib import Path

from seq2vit.grading.course import Course
from seq2vit.grading.verdict import Exam


def utf8(notebook: str) -> str:
    """Half a surrogate pair, which JSON can hold and no file in UTF-8, becomes "?": nbgrader would stop at it."""
    if re.search(r"\\u[dD][89a-fA-F]", notebook):
        notebook = json.dumps(json.loads(notebook), ensure_ascii=False, indent=1) + "\n"
    return notebook.encode("utf-8", "replace").decode()


def plain(text: str, length: int = 500) -> str:
    """One line that is text in Markdown and in HTML: a reason may quote a file's name, which a student chose."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return html.escape(line[:length], quote=False).replace("[", "&#91;")


def refusal(exam: Exam, reason: str) -> str:
    """The notebook that stands in `autograded/` for a refused one: the reason, and the cells that carry points and comments,
    emptied, so that nbgrader's pages have something to show and a person can still give points."""
    notebook = copy.deepcopy(json.loads(exam.source))
    text = {"cell_type": "markdown", "metadata": {}, "source": f"This submission was refused: {plain(reason)}"}
    if any("id" in cell for cell in notebook["cells"]):
        text["id"] = "refused"
    cells = [text]
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade") or mark.get("solution") or mark.get("task"):
            cells.append(cell | {"source": ""} | ({"outputs": [], "execution_count": None} if "outputs" in cell else {}))
    return json.dumps(notebook | {"cells": cells}, indent=1) + "\n"


class Folder:
    """A submission's folder in `autograded/`, replaced as a whole; no symbolic link is followed on the way."""

    def __init__(self, course: Course, assignment: str, student: str):
        from seq2vit.grading.gradebook import Unrecordable

        self.place = course.autograded(assignment, student)
        self.new = self.place.with_name(f".{self.place.name}.new")
        self.old = self.place.with_name(f".{self.place.name}.old")
        self.mode = int(str(course.autograde.permissions), 8)
        self.shared = course.app.coursedir.groupshared
        above = self.place.parent
        if above.is_symlink() and above != course.root / course.app.coursedir.autograded_directory:
            raise Unrecordable(f"{above} is a symbolic link: remove it")

    def fill(self, files: dict[str, str]) -> None:
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.drop()
        self.new.mkdir()
        for name, text in files.items():
            with open(self.new / name, "x", encoding="utf-8") as file:
                file.write(text)
            os.chmod(self.new / name, self.mode)
        if self.shared:  # as nbgrader does for a group of instructors
            for folder in (self.new, self.place.parent):
                os.chmod(folder, folder.stat().st_mode | 0o2770)

    def show(self) -> None:
        """Put the finished folder in the old one's place."""
        if os.path.lexists(self.place):
            _remove(self.old)
            os.rename(self.place, self.old)
        os.rename(self.new, self.place)
        _remove(self.old)

    def drop(self) -> None:
        _remove(self.new)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
