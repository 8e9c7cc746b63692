"""Files that others made, opened without believing what they say of themselves."""

import errno
import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


class Refused(Exception):
    """What was handed in cannot be graded, or not collected. The message is one line that says what to do."""


def shown(name: str) -> str:
    """A name that somebody else chose, fit for a message: one line, not too long."""
    text = "".join(char if char.isprintable() else "?" for char in name)
    return text if len(text) <= 80 else f"{text[:77]}..."


def plain(name: str) -> str:
    """The name of a folder or file, if it is only that.

    Raises:
        Refused: it is a path, holds control characters, is hidden, or a command would take it for an option.
    """
    if (not name or name[0] in ".-" or "/" in name or "\\" in name or controls(name)
            or len(name.encode("utf-8", "surrogatepass")) > 255):
        raise Refused(f"{shown(name)!r} is no name for a student, an assignment or a notebook: rename it, without a leading "
                      "dot or dash, slashes and control characters")
    return name


def controls(text: str) -> bool:
    """Does it hold control characters, or bytes that are no text?"""
    return not text.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


@contextmanager
def opened(name: str, folder: int) -> Iterator[tuple[IO[bytes], os.stat_result]]:
    """The regular file `name` in the folder that the descriptor `folder` stands for.

    Links are not followed: they may lead to the instructor's notebook. Pipes and devices are not waited for. A file with
    a second name (a hard link) is refused like a link: what was handed in by copying, by an archive or by nbgrader's
    exchange has one, and the other may be the instructor's notebook, or change it while it is graded.

    Raises:
        Refused: it is none.
    """
    kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}
    advice = "hand in the notebook itself"
    seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISREG(seen.st_mode):  # asked before opening, since opening a device can do something
        raise Refused(f"{shown(name)} is {kinds.get(stat.S_IFMT(seen.st_mode), 'no regular file')}: {advice}")
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused(f"{shown(name)} is a link: {advice}") from None
        raise
    with open(file, "rb") as data:
        seen = os.fstat(file)
        if not stat.S_ISREG(seen.st_mode):
            raise Refused(f"{shown(name)} is no regular file: {advice}")
        if seen.st_nlink > 1:
            raise Refused(f"{shown(name)} has {seen.st_nlink} names (hard links): put a copy of its own in its place")
        yield data, seen
