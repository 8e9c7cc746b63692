"""Submissions that a learning platform packed together: whose each file is, and where nbgrader expects it."""

import os
import re
import tempfile
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seq2vit.grading.unpack import File, unpack
from seq2vit.grading.untrusted import Refused, controls, plain, shown
from seq2vit.grading.verdict import Limits

KINDS = "canvas, moodle, moodle-name or plain"

# What a second file of a name gets from Canvas (-1) and from browsers ( (1)).
_COPY = r"(?:[ _-]?\(\d{1,3}\)|-\d{1,2})?"
_FILE = rf"(?P<file_id>[^/\\]+?){_COPY}(?i:\.ipynb)$"

# For nbgrader's FileNameCollectorPlugin.named_regexp, and for `collect`. A student's id is
# - on Canvas the number that its gradebook files call ID;
# - on Moodle the full name with the participant's number, as in its grading worksheet. That number is another one in each
#   assignment: "moodle-name" takes the name alone, and refuses two students of one name.
# What students choose must not pass for what the platform wrote. On Moodle they choose all behind the first
# "assignsubmission": the first one counts. On Canvas they choose the file's name, and their own: where three numbers follow
# one another nobody can tell which one is the student's, and nothing fits.
_MOODLE = rf"_assignsubmission_file(?:_?[/\\](?:.*[/\\])?|_){_FILE}"
PATTERNS = {
    "canvas": r"(?:.*[/\\])?(?![^/\\]*?(?<![^/\\_])\d+_\d+_\d+_)(?:[^/\\]*?_)??(?P<late>LATE_)?"
              rf"(?P<student_id>\d+|anon_[A-Za-z0-9]+)_(?P<number>\d+)_{_FILE}",
    "moodle": rf"(?:.*?[/\\])??(?P<student_id>[^/\\]*?_\d+){_MOODLE}",
    "moodle-name": rf"(?:.*?[/\\])??(?P<student_id>[^/\\]*?)_(?P<key>\d+){_MOODLE}",
}


@dataclass(frozen=True)
class Arrival:
    """A file that arrived.

    Attributes:
        origin: its name in the archive or folder.
        student: whose it is; "" if it was not taken.
        path: where it lies now; None if it was not taken.
        when: when it was handed in, as written to timestamp.txt: UTC without a zone; None if nothing says it.
        note: why it was not taken, or what else the instructor should know; often "".
    """

    origin: str
    student: str
    path: Path | None
    when: datetime | None
    note: str = ""


@dataclass(frozen=True)
class _Claim:
    """A notebook that is some student's. `key` tells students apart; `order` says which of a student's is the last."""

    file: File
    student: str
    key: str
    order: tuple
    when: datetime | None
    note: str


def collect(root: str | Path, assignment: str, archive_or_folder: str | Path, pattern: str | None = None) -> list[Arrival]:
    """Put the notebooks of an archive (.zip, .tar.gz) or a folder where nbgrader expects them, with timestamp.txt.

    Canvas and Moodle give every file the time of the download, so what they pack gets no timestamp, and no late penalty:
    it would be the same for all. (A pattern of the instructor's can have a group `timestamp`.)

    Args:
        pattern: "canvas", "moodle", "moodle-name", "plain" (STUDENT.ipynb, STUDENT_NAME.ipynb, STUDENT/anything.ipynb), or
            a regular expression with the groups `student_id` and `file_id`, as nbgrader's zip_collect takes it. By default
            nbgrader's configured one, otherwise whichever of these fits.

    Returns:
        What was taken, by student, and then what was not.

    Raises:
        Refused: the archive is unsafe or damaged, or two students would get one name; nothing was changed then.
        ValueError: the course or the assignment cannot be used.
    """
    from seq2vit.grading.course import Course

    course, source = Course(root), Path(archive_or_folder)
    name = course.exam(plain(assignment)).name
    reader = _Reader(course, assignment, name, source, pattern)
    with tempfile.TemporaryDirectory(prefix="seq2vit-collect-") as staging:
        files, left = unpack(source, Path(staging), Limits().notebook)
        untaken = [Arrival(shown(origin), "", None, None, why) for origin, why in left.items()]
        reader.see(files)
        claims: dict[str, list[_Claim]] = {}
        for file in files:
            if claim := reader.claim(file):
                claims.setdefault(claim.student.casefold(), []).append(claim)
            else:
                untaken.append(Arrival(shown(file.origin), "", None, None, "tells no student by its name: put it in "
                                       "the student's folder by hand"))
        for rivals in claims.values():
            if len({claim.key for claim in rivals}) > 1:
                other = next(claim for claim in rivals if claim.key != rivals[0].key)
                raise Refused(f"nothing was collected: {shown(rivals[0].file.origin)} and {shown(other.file.origin)} are of "
                              f"different students and would both be {rivals[0].student!r}; rename one of them")
        arrivals = []
        for key in sorted(claims):
            *earlier, last = sorted(claims[key], key=lambda claim: claim.order)
            arrivals.append(_put(course, assignment, name, last))
            untaken += [Arrival(shown(claim.file.origin), "", None, None, f"{shown(last.file.origin)} of the same student was "
                                "preferred: it is later, or called as it should be") for claim in earlier]
    return sorted(arrivals + untaken, key=lambda arrival: not arrival.student)


class _Reader:
    """Whose a file is, by its name and those of the others."""

    def __init__(self, course, assignment: str, name: str, source: Path, pattern: str | None):
        from nbgrader.plugins import FileNameCollectorPlugin

        self.stem = name.removesuffix(".ipynb")
        around = source.name.split(".")[0]
        self.above = str(course.root / "downloaded" / assignment / "extracted" / around)  # nbgrader matches whole paths
        self.around = {around, assignment, course.app.coursedir.submitted_directory, "submissions"}
        self.chosen = pattern or FileNameCollectorPlugin(parent=course.app).named_regexp
        self.expression, self.wrapped = None, False
        if self.chosen and self.chosen != "plain":
            try:
                self.expression = re.compile(PATTERNS.get(self.chosen, self.chosen))
            except re.error as error:
                raise Refused(f"{self.chosen!r} is no regular expression ({error}): give {KINDS}") from error
            if not {"student_id", "file_id"} <= set(self.expression.groupindex):
                raise Refused(f"{self.chosen!r} has not both groups, student_id and file_id: give {KINDS}")

    def see(self, files: list[File]) -> None:
        """Look at all of them: which platform do they come from, is there one folder around everything?"""
        if not self.chosen:
            for expression in (re.compile(PATTERNS["moodle"]), re.compile(PATTERNS["canvas"])):
                if 2 * sum(bool(expression.match(self._path(file))) for file in files) > len(files):
                    self.expression = expression
        tops = {file.origin.partition("/")[0] for file in files}
        if len(tops) == 1:
            top = min(tops)
            self.wrapped = top.casefold() in {name.casefold() for name in self.around}
            inner = {parts[1] for file in files if len(parts := file.origin.split("/")) > 2}
            if not self.expression and not self.wrapped and len(inner) > 1:
                raise Refused(f"nothing was collected: all lies in one folder, {shown(top)}. Is that a student? If not, "
                              "collect what is in it, or give the archive the folder's name")

    def claim(self, file: File) -> _Claim | None:
        if self.expression is None:
            return self._by_place(file)
        found = self.expression.match(self._path(file))
        return self._by_groups(file, {key: value or "" for key, value in found.groupdict().items()}) if found else None

    def _path(self, file: File) -> str:
        return f"{self.above}/{file.origin}"

    def _by_groups(self, file: File, groups: dict[str, str]) -> _Claim | None:
        from nbgrader.utils import parse_utc

        if not (student := sanitised(groups["student_id"])):
            return None
        note, when = "Canvas marks it as late" if groups.get("late") else "", None
        if text := groups.get("timestamp", ""):
            try:
                when = parse_utc(text)
            except (ValueError, OverflowError):
                note = "the time in its name cannot be read"
        number = int(groups["number"]) if groups.get("number", "").isdecimal() else 0
        return self._claim(file, student, groups["student_id"] + "\0" + groups.get("key", ""), when, number, note)

    def _by_place(self, file: File) -> _Claim | None:
        *folders, name = file.origin.split("/")[self.wrapped:]
        if folders:  # what is in it has names that the student chose
            owner = folders[0]
        elif own := re.fullmatch(rf"(.+)[_-]{re.escape(self.stem)}", self._stem(file), re.IGNORECASE):
            owner = own[1]
        else:  # a number after a dash may belong to the student's name
            owner = "" if self._is_named(file) else re.sub(r"( ?\(\d+\))?\.ipynb$", "", name, flags=re.IGNORECASE)
        student = sanitised(owner)
        return self._claim(file, student, owner, file.when, 0, "") if student else None

    def _claim(self, file: File, student: str, key: str, when: datetime | None, number: int, note: str) -> _Claim:
        copy = re.search(r"(\d+)\)?\.ipynb$", file.origin, re.IGNORECASE)
        order = (self._is_named(file), when or datetime.min, number, int(copy[1]) if copy else 0, file.origin)
        if file.size > Limits().notebook:
            note = f"has {file.size / 1e6:.1f} MB, more than is graded" + (f"; {note}" if note else "")
        return _Claim(file, student, key, order, when, note)

    def _stem(self, file: File) -> str:
        return re.sub(rf"{_COPY}\.ipynb$", "", file.origin.rpartition("/")[2], flags=re.IGNORECASE)

    def _is_named(self, file: File) -> bool:
        """Is it called as the assignment's notebook, whatever a platform has put around that?"""
        return bool(re.search(rf"(?:^|[_/-]){re.escape(self.stem)}$", self._stem(file), re.IGNORECASE))


def sanitised(name: str) -> str:
    """A student's id as nbgrader, a file system and a command take it; "" if nothing is left.

    Letters of any script stay. What is a wildcard, a separator or a path to any of them becomes an underscore.
    """
    name = "".join(" " if char.isspace() else "_" if controls(char) or char in '/\\:*?"<>|,+[]{}' else char
                   for char in unicodedata.normalize("NFC", name))
    name = "".join(char for char in name if char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    name = " ".join(name.split()).lstrip("-. ").rstrip(". ")
    while len(name.encode()) > 120:  # nbgrader's column has 128 characters, a file system's name 255 bytes
        name = name[:-1]
    return name.rstrip(". ")


def _put(course, assignment: str, name: str, claim: _Claim) -> Arrival:
    place: Path = course.submitted(assignment, claim.student)
    target, origin = place / name, shown(claim.file.origin)

    def left(why: str) -> Arrival:
        return Arrival(origin, "", None, None, why)

    if place.is_symlink() or place.parent.is_symlink() or target.is_symlink():
        return left(f"{target} is reached through a link: put a folder in its place and collect again")
    known = course.timestamp(assignment, claim.student)
    if known and claim.when and known > claim.when and target.is_file():
        return left(f"{claim.student} handed in a later one, which is there already")
    note = claim.note
    try:
        place.mkdir(parents=True, exist_ok=True)
        if target.is_file() and target.read_bytes() != claim.file.path.read_bytes():
            note = "; ".join(filter(None, [note, "takes the place of an earlier one"]))
        with tempfile.TemporaryDirectory(prefix=".", dir=place) as beside:
            copy = Path(beside) / name
            _sparse_copy(claim.file, copy)
            os.replace(copy, target)
        stamp = place / "timestamp.txt"
        stamp.unlink(missing_ok=True)
        if claim.when:
            stamp.write_text(claim.when.isoformat(" "))
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return left(f"{target} cannot be written: something of another kind is there")
    return Arrival(origin, claim.student, target, claim.when, note)


def _sparse_copy(file: File, target: Path) -> None:
    with file.path.open("rb") as data, target.open("wb") as copy:
        copy.write(data.read(Limits().notebook + 1))
        copy.truncate(file.size)
