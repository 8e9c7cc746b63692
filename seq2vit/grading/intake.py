"""What arrives: who handed something in, and the file itself. (`collect`: what a learning platform packed together.)"""

import errno
import os
import warnings
from contextlib import ExitStack
from pathlib import Path

from seq2vit.grading.arrivals import PATTERNS, Arrival, collect
from seq2vit.grading.untrusted import Refused, opened, plain, shown

__all__ = ["PATTERNS", "Arrival", "Refused", "collect", "find", "students"]


def students(root: str | Path, submitted_dir: str | Path, assignment: str) -> list[str]:
    """The students who handed in something for the assignment, sorted: the folders in `submitted_dir` that hold it.

    What cannot be graded (a link, a name that no student can have) is among them, for `find` to refuse with a reason. A
    name that is no text cannot even be written down: a warning says so.
    """
    place = Path(root) / submitted_dir
    if not place.is_dir():
        return []
    found = []
    for name in sorted(os.listdir(place)):
        if name.startswith(".") or not os.path.lexists(place / name / assignment):
            continue
        try:
            name.encode()
        except UnicodeEncodeError:
            warnings.warn(f"{place} holds a folder whose name is no text ({shown(name)}): rename it", stacklevel=2)
        else:
            found.append(name)
    return found


def find(folder: str | Path, name: str, limit: int) -> bytes:
    """The submission in `submitted/STUDENT/ASSIGNMENT`: the notebook `name`, or the only one there, since learning
    platforms rename what they are given.

    Neither the student's folder nor the assignment's nor the file is reached through a link, and what was checked is what
    is read. What lies above is the instructor's, and may be a link.

    Raises:
        Refused: there is no such notebook, or it is none that can be read.
        OSError: this machine cannot read it (permissions, a broken disk).
    """
    folder = Path(folder)
    student, assignment = (plain(part) for part in ("", *folder.parts)[-2:])
    plain(name)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    with ExitStack() as stack:
        try:
            place = None
            for part, links in (folder.parent.parent, 0), (student, os.O_NOFOLLOW), (assignment, os.O_NOFOLLOW):
                place = os.open(part, flags | links, dir_fd=place)
                stack.callback(os.close, place)
        except FileNotFoundError:
            raise Refused(f"nothing was handed in: there is no folder {shown(student)}/{assignment}") from None
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            raise Refused(f"{shown(student)}/{assignment} is a link or no folder: put a folder with the notebook "
                          "there") from None
        chosen = _choose(os.listdir(place), name)
        try:
            data, seen = stack.enter_context(opened(chosen, place))
        except FileNotFoundError:
            raise Refused(f"{shown(chosen)} vanished while it was read: grade again") from None
        size = seen.st_size
        if size <= limit:
            content = data.read(limit + 1)
            size = max(size, len(content))
        if size > limit:
            raise Refused(f"{shown(chosen)} has {size / 1e6:.1f} MB, at most {limit / 1e6:.1f} MB are graded: clear all "
                          "outputs and hand it in again")
        return content


def _choose(names: list[str], name: str) -> str:
    notebooks = sorted(other for other in names if other.lower().endswith(".ipynb") and not other.startswith("."))
    if name in notebooks:
        return name
    if not notebooks:
        raise Refused(f"no notebook was handed in: hand in {name}")
    if len(notebooks) > 1:
        some = ", ".join(shown(other) for other in notebooks[:5]) + (", ..." if len(notebooks) > 5 else "")
        raise Refused(f"{len(notebooks)} notebooks were handed in and none is called {name} ({some}): rename the one that "
                      "counts")
    return notebooks[0]
