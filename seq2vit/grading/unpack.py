"""Archives and folders of submissions, unpacked: all of an archive is looked at before any of it is written."""

import errno
import gzip
import os
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from seq2vit.grading.untrusted import Refused, controls, opened, shown

ENTRIES = 20_000  # of an archive or a folder
TOTAL = 4_000_000_000  # bytes that an archive may unpack to
FLOOR, RATIO = 200_000_000, 200  # an archive of up to this size unpacked is no bomb; beyond, so many times its own size
HEADER = 1 << 20  # bytes in one piece that reading an archive's own structure may need
NESTED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
QUIET = {"__MACOSX", "thumbs.db", "timestamp.txt"}  # what systems and nbgrader put beside a notebook


@dataclass(frozen=True)
class File:
    """A notebook that was unpacked.

    Attributes:
        origin: its name in the archive or folder.
        path: the copy. Of a file over the limit it holds the beginning; the rest reads as zeros and takes no space.
        size: in bytes.
        when: when the file was last written, says the archive or the file system; UTC without a zone.
    """

    origin: str
    path: Path
    size: int
    when: datetime | None


def unpack(source: Path, staging: Path, limit: int) -> tuple[list[File], dict[str, str]]:
    """Copy the notebooks of a folder or an archive (.zip, .tar.gz) into `staging`, under names of our own.

    Args:
        limit: bytes of a notebook; see `File.path`.

    Returns:
        The notebooks, and what else is there: its name and why it was left out.

    Raises:
        Refused: there is no such thing, or the archive is damaged or unsafe; what is in `staging` then is rubbish.
    """
    if source.is_dir():
        return _folder(source, staging, limit)
    if not source.is_file():
        raise Refused(f"there is no folder or archive at {source}: check the name")
    if source.name.lower().endswith(".zip"):
        listing = _zip
    elif source.name.lower().endswith((".tar.gz", ".tgz")):
        listing = _tar
    else:
        raise Refused(f"{source} is neither a folder nor a .zip or .tar.gz archive")
    try:
        with listing(source) as entries:
            return _archive(source, entries, staging, limit)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, LookupError, NotImplementedError,
            RuntimeError, ValueError, OverflowError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # EINVAL: a place before the file's start
            raise
        raise Refused(f"{source.name} is damaged ({type(error).__name__}): download it again") from error


@dataclass(frozen=True)
class _Entry:
    name: str
    size: int
    folder: bool
    unsafe: str  # why, or ""
    when: datetime | None
    open: Callable[[], IO[bytes]]


def _archive(source: Path, entries: list[_Entry], staging: Path, limit: int) -> tuple[list[File], dict[str, str]]:
    def refuse(entry: _Entry, why: str) -> None:
        raise Refused(f"{source.name} was not unpacked: its entry {shown(entry.name)} {why}; take it out and collect again")

    names: set[str] = set()
    total = 0
    for entry in entries:
        if why := entry.unsafe or _unsafe(entry.name):
            refuse(entry, why)
        name = unicodedata.normalize("NFC", _path(entry.name)).casefold()
        if not entry.folder:
            if name in names:
                refuse(entry, "is there twice")
            names.add(name)
            total += entry.size
        if total > _budget(source):
            refuse(entry, f"makes it unpack to more than {_budget(source) / 1e6:.0f} MB")
    files, left = [], {}
    for entry in entries:
        origin = _path(entry.name)
        if entry.folder or _quiet(origin):
            continue
        if why := _no_notebook(origin):
            left[origin] = why
            continue
        path = staging / f"{len(files)}.ipynb"
        with entry.open() as data:
            if not _copy(data, entry.size, path, limit):
                refuse(entry, "does not have the size that the archive says")
        files.append(File(origin, path, entry.size, entry.when))
    return files, left


def _budget(source: Path) -> int:
    return min(TOTAL, max(FLOOR, RATIO * source.stat().st_size))


def _path(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _unsafe(name: str) -> str:
    if controls(name):
        return "has control characters in its name"
    if "\\" in name:
        return "has a backslash in its name"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "names a place outside the archive"
    if ".." in name.split("/"):
        return "leaves the archive's folder"
    return "has too long a name" if len(name) > 1000 else ""


def _quiet(origin: str) -> bool:
    parts = origin.split("/")
    return any(part.startswith(".") or part in QUIET for part in parts) or parts[-1].lower() in QUIET


def _no_notebook(origin: str) -> str:
    name = origin.lower()
    if name.endswith(NESTED):
        return "is an archive itself and was not unpacked: ask for the notebook"
    return "" if name.endswith(".ipynb") else "is no notebook"


def _copy(data: IO[bytes], size: int, target: Path, limit: int) -> bool:
    """Copy no more than is said to be there and no more than can be graded; False if what is said is wrong."""
    with target.open("xb") as copy:
        missing = min(size, limit + 1)
        while missing:
            piece = data.read(min(missing, 1 << 16))
            if not piece:
                return False
            copy.write(piece)
            missing -= len(piece)
        copy.truncate(size)
    return size > limit or not data.read(1)  # a file can grow while it is read


@contextmanager
def _zip(source: Path) -> Iterator[list[_Entry]]:
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        _count(source, len(entries))
        yield [_zip_entry(archive, info) for info in entries]


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Entry:
    unsafe = ""
    if info.flag_bits & 0x41:
        unsafe = "is encrypted"
    elif stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        unsafe = "is a link or a device"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        unsafe = "is packed in an unusual way"
    # orig_filename: zipfile cuts a name at a NUL
    return _Entry(info.orig_filename, info.file_size, info.orig_filename.endswith("/"), unsafe, _zip_time(info),
                  lambda: archive.open(info))


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    extra = info.extra
    while len(extra) >= 4:  # the time in UTC, where the packing program added it
        kind, length = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == 0x5455 and length >= 5 and extra[4] & 1:
            return _utc(int.from_bytes(extra[5:9], "little", signed=True))
        extra = extra[4 + length:]
    try:  # otherwise in some local time: this machine's is the best guess
        return _utc(datetime(*info.date_time).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _utc(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


@contextmanager
def _tar(source: Path) -> Iterator[list[_Entry]]:
    with gzip.open(source) as data, tarfile.open(fileobj=(bounded := _Bounded(data, source)), mode="r:") as archive:
        entries = []
        for member in archive:
            entries.append(_tar_entry(archive, member))
            _count(source, len(entries))
        while bounded.read(HEADER):  # to the end, where gzip compares the checksum
            pass
        yield entries


def _tar_entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> _Entry:
    unsafe = ""
    if member.issparse() or not (member.isreg() or member.isdir()):
        unsafe = "is a link or a device"
    elif hasattr(tarfile, "data_filter"):  # a second opinion; Python 3.11.0 to 3.11.3 have none
        try:
            tarfile.data_filter(member, "/nowhere")
        except tarfile.FilterError:
            unsafe = "leaves the archive's folder"
    return _Entry(member.name, member.size, member.isdir(), unsafe, _utc(member.mtime), lambda: archive.extractfile(member))


def _count(source: Path, entries: int) -> None:
    if entries > ENTRIES:
        raise Refused(f"{source.name} has more than {ENTRIES} entries: it is not an archive of submissions")


class _Bounded:
    """A stream that is being unpacked, as tarfile reads it: never beyond the budget, never much at once."""

    def __init__(self, data: Any, source: Path):
        self.data, self.source, self.budget = data, source, _budget(source)

    def _within(self, position: int) -> None:
        if position > self.budget:
            raise Refused(f"{self.source.name} was not unpacked: it unpacks to more than {self.budget / 1e6:.0f} MB")

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= HEADER:
            raise Refused(f"{self.source.name} was not unpacked: it describes a file in more than {HEADER} bytes")
        self._within(self.data.tell() + size)
        return self.data.read(size)

    def seek(self, position: int) -> int:
        self._within(position)
        return self.data.seek(position)

    def tell(self) -> int:
        return self.data.tell()


def _folder(source: Path, staging: Path, limit: int) -> tuple[list[File], dict[str, str]]:
    files, left, count = [], {}, 0
    for top, folders, names, descriptor in os.fwalk(source, follow_symlinks=False):
        count += len(names) + len(folders)
        _count(source, count)
        above = Path(top).relative_to(source)
        for name in sorted([*names, *(folder for folder in folders if Path(top, folder).is_symlink())]):
            origin = (above / name).as_posix()
            if _quiet(origin):
                continue
            if why := _no_notebook(origin) if name in names else "is a link and was not followed":
                left[origin] = why
                continue
            path = staging / f"{len(files)}.ipynb"
            try:
                with opened(name, descriptor) as (data, seen):
                    if not _copy(data, seen.st_size, path, limit):
                        raise Refused(f"{shown(name)} changed while it was read: collect again")
                    files.append(File(origin, path, seen.st_size, _utc(seen.st_mtime)))
            except Refused as refusal:
                left[origin] = f"was left out: {refusal}"
                path.unlink(missing_ok=True)
        folders[:] = sorted(folder for folder in folders if not _quiet(folder))
    return files, left
