"""What arrives: the right file of the right student, from whatever hands, and nothing else."""

import errno
import gzip
import io
import os
import random
import shutil
import socket
import struct
import tarfile
import time
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from banks.bench import ROOT
from test_nbgrader import nbgrader

from seq2vit.grading import arrivals, intake, unpack
from seq2vit.grading.intake import PATTERNS, Refused

ASSIGNMENT, NAME = "01_seq2seq", "seq2seq.ipynb"
NOTEBOOK = b'{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}'
LIMIT = 1_000_000


# Finding a submission.

@pytest.fixture
def folder(tmp_path):
    """submitted/alice/01_seq2seq, empty."""
    place = tmp_path / "submitted" / "alice" / ASSIGNMENT
    place.mkdir(parents=True)
    return place


def write(place, **files):
    for name, content in files.items():
        (place / name).write_bytes(content)


@pytest.mark.parametrize("names", [
    [NAME], ["seq2seq (1).ipynb"], ["seq2seq-2.ipynb"], ["late_12345_seq2seq.ipynb"], ["SEQ2SEQ.IPYNB"], ["Übung é 你好.ipynb"],
    [NAME, "seq2seq (1).ipynb", "scratch.ipynb"], ["my.ipynb", "timestamp.txt", "data.csv", ".my.ipynb", "notes.ipynb.bak"],
])
def test_the_notebook_is_found_under_its_name_or_as_the_only_one(folder, names):
    for name in names:
        (folder / name).write_bytes(b"other")
    (folder / names[0]).write_bytes(NOTEBOOK)
    (folder / ".ipynb_checkpoints").mkdir()
    assert intake.find(folder, NAME, LIMIT) == NOTEBOOK


def refusal(folder, name=NAME, limit=LIMIT):
    with pytest.raises(Refused) as refused:
        intake.find(folder, name, limit)
    reason = str(refused.value)
    assert "\n" not in reason and reason.isprintable() and len(reason) < 400
    return reason


def test_several_notebooks_of_other_names_are_named_and_refused(folder):
    for number in range(9):
        (folder / f"try\n{number}.ipynb").write_bytes(NOTEBOOK)
    assert "9 notebooks were handed in and none is called seq2seq.ipynb (try?0.ipynb," in refusal(folder)


def test_an_empty_or_missing_folder_is_refused(folder):
    assert refusal(folder) == "no notebook was handed in: hand in seq2seq.ipynb"
    assert "there is no folder alice/02_other" in refusal(folder.parent / "02_other")
    assert "there is no folder bob/01_seq2seq" in refusal(folder.parent.parent / "bob" / ASSIGNMENT)
    assert "there is no folder" in refusal(folder.parent.parent.parent / "no" / "bob" / ASSIGNMENT)


def test_links_are_not_followed_anywhere(folder, tmp_path):
    secret = tmp_path / "solutions"
    secret.mkdir()
    write(secret, **{NAME: b"the instructor's"})
    (folder / NAME).symlink_to(secret / NAME)
    assert refusal(folder) == "seq2seq.ipynb is a link: hand in the notebook itself"
    (folder / NAME).unlink()
    (folder / NAME).symlink_to("nowhere")
    assert "is a link" in refusal(folder)
    (folder / NAME).unlink()
    os.link(secret / NAME, folder / NAME)
    assert "has 2 names (hard links): put a copy" in refusal(folder)
    (folder / NAME).unlink()
    folder.rmdir()
    folder.symlink_to(secret)
    assert "alice/01_seq2seq is a link or no folder" in refusal(folder)
    folder.unlink()
    folder.parent.rmdir()
    (tmp_path / "elsewhere" / ASSIGNMENT).mkdir(parents=True)
    write(tmp_path / "elsewhere" / ASSIGNMENT, **{NAME: NOTEBOOK})
    folder.parent.symlink_to(tmp_path / "elsewhere")
    assert "is a link or no folder" in refusal(folder)


def test_the_instructors_own_links_above_are_followed(folder, tmp_path):
    write(folder, **{NAME: NOTEBOOK})
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "submitted").symlink_to(tmp_path / "submitted")
    assert intake.find(tmp_path / "course" / "submitted" / "alice" / ASSIGNMENT, NAME, LIMIT) == NOTEBOOK


def test_what_is_no_regular_file_is_neither_opened_nor_waited_for(folder, tmp_path, monkeypatch):
    os.mkfifo(folder / NAME)
    assert refusal(folder) == "seq2seq.ipynb is no regular file: hand in the notebook itself"
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    assert refusal(folder) == "seq2seq.ipynb is a folder: hand in the notebook itself"
    (folder / NAME).rmdir()
    monkeypatch.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(NAME)
        assert "no regular file" in refusal(folder)
    (folder / NAME).unlink()
    folder.rmdir()
    folder.write_bytes(NOTEBOOK)
    assert "is a link or no folder" in refusal(folder)


def test_a_file_exchanged_between_the_look_and_the_opening_is_refused(folder, tmp_path, monkeypatch):
    """The one that was looked at first is a file; when it is opened it is a link, or a pipe."""
    write(folder, **{NAME: NOTEBOOK})
    genuine = os.stat(folder / NAME)
    monkeypatch.setattr(os, "stat", lambda *_, **__: genuine)
    (folder / NAME).unlink()
    (folder / NAME).symlink_to("/etc/passwd")
    assert "is a link" in refusal(folder)
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)
    assert "is no regular file" in refusal(folder)


def test_too_large_a_file_is_refused_unread(folder):
    with (folder / NAME).open("wb") as file:
        file.truncate(500_000_000_000)
    def read():
        return int(Path("/proc/self/io").read_text().split()[1])  # bytes that this process has read so far

    before = read()
    assert refusal(folder, limit=20_000_000).startswith("seq2seq.ipynb has 500000.0 MB, at most 20.0 MB are graded")
    assert read() - before < 1_000_000


def test_the_limit_itself_is_graded(folder):
    write(folder, **{NAME: b"x" * 1000})
    assert len(intake.find(folder, NAME, 1000)) == 1000
    assert "has 0.0 MB" in refusal(folder, limit=999)


def test_a_file_that_grows_while_it_is_read_is_refused(folder, monkeypatch):
    write(folder, **{NAME: b"x" * 1000})
    genuine, small = os.fstat, b"x" * 10
    (folder.parent / "small").write_bytes(small)
    short = os.stat(folder.parent / "small")
    monkeypatch.setattr(os, "fstat", lambda fd: short if genuine(fd).st_size == 1000 else genuine(fd))
    assert "at most" in refusal(folder, limit=100)


@pytest.mark.parametrize("student", ["..", "-rf", ".hidden", "a\\b", "a\nb", "a\x1bb", "\udcff", "x" * 300])
def test_names_that_are_not_plain_are_refused(folder, student):
    assert "is no name for a student" in refusal(folder.parent.parent / student / ASSIGNMENT)
    assert "is no name for a student" in refusal(folder.parent / student)
    assert "is no name for a student" in refusal(folder, student)


def test_a_path_out_of_the_folder_is_refused(folder):
    write(folder, **{NAME: NOTEBOOK})
    for path in (folder / ".." / ASSIGNMENT, folder.parent / "x" / "..", ASSIGNMENT, "/"):
        assert "is no name" in refusal(path)
    assert "is no name" in refusal(folder, "../01_seq2seq/seq2seq.ipynb")


def test_no_descriptor_is_left_open(folder):
    before = len(os.listdir("/proc/self/fd"))
    refusal(folder)
    write(folder, **{NAME: NOTEBOOK})
    intake.find(folder, NAME, LIMIT)
    os.link(folder / NAME, folder / "again")
    refusal(folder)
    refusal(folder / "no")
    assert len(os.listdir("/proc/self/fd")) == before


# Who handed in.

def test_students_are_those_with_a_folder_for_the_assignment(folder, tmp_path):
    submitted = tmp_path / "submitted"
    for student in ("bob", "Émile", "Mary Li_12", "-odd"):
        (submitted / student / ASSIGNMENT).mkdir(parents=True)
    (submitted / "carol" / "02_other").mkdir(parents=True)
    (submitted / ".ipynb_checkpoints" / ASSIGNMENT).mkdir(parents=True)
    (submitted / "dora").mkdir()
    (submitted / "dora" / ASSIGNMENT).symlink_to("nowhere")
    (submitted / "eve").symlink_to(submitted / "bob")
    (submitted / "readme.txt").write_text("not a student")
    assert intake.students(tmp_path, "submitted", ASSIGNMENT) == ["-odd", "Mary Li_12", "alice", "bob", "dora", "eve", "Émile"]
    assert intake.students("/elsewhere", submitted, ASSIGNMENT) == intake.students(tmp_path, "submitted", ASSIGNMENT)
    assert intake.students(tmp_path, "nothing", ASSIGNMENT) == []
    for student in ("-odd", "dora", "eve"):  # each gets a verdict, with a reason
        refusal(submitted / student / ASSIGNMENT)


def test_a_name_that_is_no_text_is_warned_of(folder, tmp_path):
    (tmp_path / "submitted" / "caf\udce9" / ASSIGNMENT).mkdir(parents=True)
    with pytest.warns(UserWarning, match=r"a folder whose name is no text \(caf\?\): rename it"):
        assert intake.students(tmp_path, "submitted", ASSIGNMENT) == ["alice"]


# Collecting.

@pytest.fixture(scope="module")
def template(tmp_path_factory):
    root = tmp_path_factory.mktemp("template")
    shutil.copytree(ROOT / "solutions" / ASSIGNMENT, root / "solutions" / ASSIGNMENT)
    shutil.copytree(ROOT / "assignments" / ASSIGNMENT, root / "assignments" / ASSIGNMENT)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


@pytest.fixture
def course(template, tmp_path):
    return shutil.copytree(template, tmp_path / "course")


def zipped(path, *entries):
    """A .zip; an entry is a name, or a name and its content, or a ZipInfo and its content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            name, content = (entry, NOTEBOOK) if isinstance(entry, str) else entry
            archive.writestr(name, content)
    return path


def tarred(path, *entries):
    with tarfile.open(path, "w:gz") as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry, io.BytesIO(b"\0" * entry.size) if entry.isreg() else None)
                continue
            name, content = (entry, NOTEBOOK) if isinstance(entry, str) else entry
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_700_000_000
            archive.addfile(info, io.BytesIO(content))
    return path


def laid_out(path, *entries):
    for entry in entries:
        name, content = (entry, NOTEBOOK) if isinstance(entry, str) else entry
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
        os.utime(path / name, (1_700_000_000, 1_700_000_000))
    return path


def tree(root):
    files = [path for path in sorted((root / "submitted").rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def said(found):
    return {arrival.origin: arrival.note for arrival in found if not arrival.student}


LAYOUTS = {
    "canvas": (["doejane_12345_67890_seq2seq.ipynb", "roerichard_LATE_222_333_seq2seq-1.ipynb", "émile_5_6_seq2seq (2).ipynb",
                "liu_7_8_my work.ipynb", "anon_LATE_x5Zd1_9_seq2seq.ipynb", "LATE_anon_Ab3_10_seq2seq.ipynb"],
               ["12345", "222", "5", "7", "anon_Ab3"]),
    "moodle": (["Jane Doe_12345_assignsubmission_file_/seq2seq.ipynb", "Émile Zola_5_assignsubmission_file/seq2seq-1.ipynb",
                "O'Brien Pat_6_assignsubmission_file_seq2seq (1).ipynb", "Participant_77_assignsubmission_file_/my.ipynb",
                "李 雷_8_assignsubmission_file_/deep/er/seq2seq.ipynb"],
               ["Jane Doe_12345", "O'Brien Pat_6", "Participant_77", "Émile Zola_5", "李 雷_8"]),
    "plain": (["alice.ipynb", "bob_seq2seq.ipynb", "carol/anything.ipynb", "dora-12.ipynb", "eve (1).ipynb",
               "fay-x_seq2seq-1.ipynb", f"gil/{ASSIGNMENT}/{NAME}"],
              ["alice", "bob", "carol", "dora-12", "eve", "fay-x", "gil"]),
}
# A word of Canvas's own can stand in a name: `anon_LATE_x5Zd1_9` is nobody's.
STRANGE = {"anon_LATE_x5Zd1_9_seq2seq.ipynb"}


@pytest.mark.parametrize("given", ["told", "guessed"])
@pytest.mark.parametrize("pack", [zipped, tarred, laid_out])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_platforms_names_become_students(course, tmp_path, layout, pack, given):
    entries, expected = LAYOUTS[layout]
    archive = pack(tmp_path / {zipped: "a.zip", tarred: "a.tar.gz", laid_out: "a"}[pack], *entries)
    found = intake.collect(course, ASSIGNMENT, archive, layout if given == "told" else None)
    assert [arrival.student for arrival in found if arrival.student] == expected
    assert set(said(found)) == STRANGE & set(entries)
    assert {path for path in tree(course) if path.endswith(".ipynb")} == {
        f"submitted/{student}/{ASSIGNMENT}/{NAME}" for student in expected}
    assert set(tree(course).values()) <= {NOTEBOOK, b"2023-11-14 22:13:20"} or pack is zipped
    for arrival in found:
        if arrival.student:
            assert intake.find(arrival.path.parent, NAME, LIMIT) == NOTEBOOK
            assert (arrival.when is not None) == (layout == "plain") == (arrival.path.parent / "timestamp.txt").exists()


def test_what_canvas_calls_late_is_said(course, tmp_path):
    entries, _ = LAYOUTS["canvas"]
    found = intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", *entries))
    assert [arrival.student for arrival in found if arrival.note == "Canvas marks it as late"] == ["222", "anon_Ab3"]


def entry_at(name, *when, extra=b""):
    info = zipfile.ZipInfo(name, when)
    info.extra = extra
    return info, NOTEBOOK


def test_times_are_written_as_nbgrader_reads_them(course, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Etc/GMT-2")  # two hours ahead of UTC
    time.tzset()
    try:
        extra = b"\x01\x00\x02\x00xx" + struct.pack("<HHBi", 0x5455, 5, 1, 1_700_000_000)
        archive = zipped(tmp_path / "a.zip", entry_at("local.ipynb", 2026, 1, 30, 15, 30, 10),
                         entry_at("utc.ipynb", 2026, 1, 30, 15, 30, 10, extra=extra),
                         entry_at("none.ipynb", 1980, 1, 1, 0, 0, 0))
        data = archive.read_bytes().replace(zip_time(1980, 1, 1), zip_time(1980, 0, 0))  # as some programs leave it
        archive.write_bytes(data)
        found = intake.collect(course, ASSIGNMENT, archive)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert {arrival.student: arrival.when for arrival in found} == {
        "local": datetime(2026, 1, 30, 13, 30, 10), "utc": datetime(2023, 11, 14, 22, 13, 20), "none": None}
    assert tree(course)[f"submitted/local/{ASSIGNMENT}/timestamp.txt"] == b"2026-01-30 13:30:10"
    assert f"submitted/none/{ASSIGNMENT}/timestamp.txt" not in tree(course)


def zip_time(year, month, day):
    """A date as a .zip holds it, after midnight's time."""
    return struct.pack("<HH", 0, (year - 1980) << 9 | month << 5 | day)


def test_of_two_files_the_later_one_counts_and_it_is_said(course, tmp_path):
    archive = zipped(tmp_path / "a.zip", (entry_at("alice.ipynb", 2026, 1, 2, 0, 0, 0)[0], b"later"),
                     (entry_at("alice_seq2seq-1.ipynb", 2026, 1, 1, 0, 0, 0)[0], b"named"),
                     (entry_at("bob (1).ipynb", 2026, 1, 1, 0, 0, 0)[0], b"first"),
                     (entry_at("bob (2).ipynb", 2026, 1, 2, 0, 0, 0)[0], b"second"))
    found = intake.collect(course, ASSIGNMENT, archive)
    # Being called as it should be counts more than time: the other may be another notebook.
    assert {path.split("/")[1]: content for path, content in tree(course).items() if path.endswith(NAME)} == {
        "alice": b"named", "bob": b"second"}
    assert said(found) == {
        "alice.ipynb": "alice_seq2seq-1.ipynb of the same student was preferred: it is later, or called as it should be",
        "bob (1).ipynb": "bob (2).ipynb of the same student was preferred: it is later, or called as it should be"}


def test_canvas_numbers_say_which_is_later(course, tmp_path):
    archive = zipped(tmp_path / "a.zip", ("doe_5_99_seq2seq.ipynb", b"old"), ("doe_5_100_seq2seq-1.ipynb", b"new"),
                     ("doe_5_101_scratch.ipynb", b"other"), ("roe_6_7_seq2seq-9.ipynb", b"old"),
                     ("roe_6_7_seq2seq-10.ipynb", b"new"), ("poe_8_99_seq2seq-1.ipynb", b"old"),
                     ("poe_8_100_seq2seq.ipynb", b"new"))
    intake.collect(course, ASSIGNMENT, archive)
    assert set(tree(course).values()) == {b"new"}


def test_collecting_again_replaces_and_says_so(course, tmp_path):
    intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", "doe_5_99_seq2seq.ipynb", "roe_6_98_seq2seq.ipynb"))
    place = course / "submitted" / "5" / ASSIGNMENT
    (place / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    again = intake.collect(course, ASSIGNMENT, zipped(tmp_path / "b.zip", ("doe_5_100_seq2seq-1.ipynb", b"new"),
                                                     "roe_6_98_seq2seq.ipynb"))
    assert [(arrival.student, arrival.note) for arrival in again] == [("5", "takes the place of an earlier one"), ("6", "")]
    assert (place / NAME).read_bytes() == b"new"
    assert not (place / "timestamp.txt").exists()  # it was the other file's


def test_a_later_one_that_is_there_stays(course, tmp_path):
    place = course / "submitted" / "alice" / ASSIGNMENT
    place.mkdir(parents=True)
    write(place, **{NAME: b"later", "timestamp.txt": b"2030-01-01 00:00:00 UTC"})
    found = intake.collect(course, ASSIGNMENT, laid_out(tmp_path / "in", "alice.ipynb"))
    assert said(found) == {"alice.ipynb": "alice handed in a later one, which is there already"}
    assert (place / NAME).read_bytes() == b"later"


def test_what_is_no_students_notebook_is_reported(course, tmp_path):
    archive = zipped(tmp_path / "a.zip", "alice.ipynb", NAME, "bob.zip", "carol/work.tar.gz", "dora.py",
                     "__MACOSX/._alice.ipynb", "eve/.ipynb_checkpoints/x-checkpoint.ipynb", ".DS_Store", ("folder/", b""))
    found = intake.collect(course, ASSIGNMENT, archive)
    assert said(found) == {
        NAME: "tells no student by its name: put it in the student's folder by hand",
        "bob.zip": "is an archive itself and was not unpacked: ask for the notebook",
        "carol/work.tar.gz": "is an archive itself and was not unpacked: ask for the notebook",
        "dora.py": "is no notebook"}
    assert set(tree(course)) == {f"submitted/alice/{ASSIGNMENT}/{file}" for file in (NAME, "timestamp.txt")}


@pytest.mark.parametrize(("archive", "entries", "expected"), [
    ("week1.zip", ["week1/alice.ipynb", "week1/bob.ipynb"], ["alice", "bob"]),
    ("a.zip", ["submissions/alice/x.ipynb", "submissions/bob/x.ipynb"], ["alice", "bob"]),
    ("a.zip", [f"{ASSIGNMENT}/alice.ipynb"], ["alice"]),
    ("a.zip", ["submitted/alice/01_seq2seq/seq2seq.ipynb"], ["alice"]),
    ("a.zip", ["alice/x.ipynb", "alice/bob.ipynb"], ["alice"]),
    ("a.zip", ["alice/bob/x.ipynb"], ["alice"]),
    ("a.zip", ["alice/bob_seq2seq.ipynb", "carol/x.ipynb"], ["alice", "carol"]),
])
def test_folders_say_more_than_the_names_that_students_choose(course, tmp_path, archive, entries, expected):
    found = intake.collect(course, ASSIGNMENT, zipped(tmp_path / archive, *entries))
    assert [arrival.student for arrival in found if arrival.student] == expected


def test_one_folder_around_folders_is_asked_about(course, tmp_path):
    with pytest.raises(Refused, match=r"all lies in one folder, things\. Is that a student\?"):
        intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", "things/alice/x.ipynb", "things/bob/x.ipynb"))
    assert tree(course) == {}


@pytest.mark.parametrize(("pattern", "entry", "student"), [
    ("moodle", "Mallory_66_assignsubmission_file_/Victim_12_assignsubmission_file_/seq2seq.ipynb", "Mallory_66"),
    ("moodle", "Mallory_66_assignsubmission_file_Victim_12_assignsubmission_file_seq2seq.ipynb", "Mallory_66"),
    ("moodle-name", "Mallory_66_assignsubmission_file/Victim_12_assignsubmission_file/seq2seq.ipynb", "Mallory"),
    ("canvas", "mallory_66_777_12_34_seq2seq.ipynb", ""),
    ("canvas", "mallory_12_66_777_seq2seq.ipynb", ""),
    ("canvas", "12_66_777_seq2seq.ipynb", ""),
    ("canvas", "mallory_66_777_x_12_34_seq2seq.ipynb", "66"),
    (None, "mallory/victim_seq2seq.ipynb", "mallory"),
])
def test_nobody_passes_for_somebody_else(course, tmp_path, pattern, entry, student):
    """By what students choose: a file's name, folders in their hand-in, on Canvas their own name."""
    found = intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", entry), pattern)
    assert [arrival.student for arrival in found] == [student]


@pytest.mark.parametrize(("entries", "pattern"), [
    (["alice.ipynb", "alice /x.ipynb"], "plain"),
    (["a*b.ipynb", "a?b.ipynb"], "plain"),
    (["Alice.ipynb", "alice/x.ipynb"], None),
    (["Mary Li_12_assignsubmission_file/seq2seq.ipynb", "Mary Li_13_assignsubmission_file/seq2seq.ipynb"], "moodle-name"),
])
def test_two_students_of_one_name_are_refused(course, tmp_path, entries, pattern):
    with pytest.raises(Refused, match="are of different students and would both be") as refused:
        intake.collect(course, ASSIGNMENT, tarred(tmp_path / "a.tgz", *entries), pattern)
    assert "nothing was collected" in str(refused.value) and tree(course) == {}


@pytest.mark.parametrize(("name", "becomes"), [
    ("jane", "jane"), ("  Jane \u00a0 Doe ", "Jane Doe"), ("e\u0301mile", "émile"), ("李雷", "李雷"), ("O'Brien", "O'Brien"),
    ("-rf", "rf"), ("...", ""), ("..", ""), (".hidden", "hidden"), ("", ""), ("\u202eevil", "evil"), ("a/b\\c", "a_b_c"),
    ("a,b+c*d?e[f]{g}", "a_b_c_d_e_f__g_"), ("tab\there\x1b\x00", "tab here__"), ("caf\udce9", "caf_"), ("x" * 500, "x" * 120),
    ("é" * 100, "é" * 60), ("jane.", "jane"),
])
def test_a_students_id_is_one_that_everything_takes(name, becomes):
    assert arrivals.sanitised(name) == becomes
    assert arrivals.sanitised(becomes) == becomes
    if becomes:
        assert intake.plain(becomes) == becomes


# Unsafe and damaged archives.

def zip_entry(name, **settings):
    info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    for key, value in settings.items():
        setattr(info, key, value)
    return info, NOTEBOOK


def tar_entry(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


PATHS = {
    "/etc/alice.ipynb": "names a place outside", "../alice.ipynb": "leaves the archive's folder",
    "a/../../alice.ipynb": "leaves the archive's folder", "a\\..\\alice.ipynb": "has a backslash",
    "C:/alice.ipynb": "names a place outside", "c:alice.ipynb": "names a place outside",
    "ali\nce.ipynb": "has control characters", "ali\x1bce.ipynb": "has control characters",
    "x" * 1100 + ".ipynb": "too long a name",
}


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leaves_the_archive_stops_it_all(course, tmp_path, path, pack):
    archive = pack(tmp_path / ("a.zip" if pack is zipped else "a.tar.gz"), "alice.ipynb", path)
    stops(course, archive, PATHS[path])


def stops(course, archive, says):
    before = {path: path.stat().st_mtime_ns for path in course.rglob("*")}
    with pytest.raises(Refused) as refused:
        intake.collect(course, ASSIGNMENT, archive)
    reason = str(refused.value)
    assert says in reason and reason.isprintable() and len(reason) < 300, reason
    assert {path: path.stat().st_mtime_ns for path in course.rglob("*")} == before
    return reason


ZIPS = {
    "symlink": (["a.ipynb", zip_entry("b.ipynb", external_attr=0o120777 << 16)], "is a link or a device"),
    "device": ([zip_entry("b.ipynb", external_attr=0o060777 << 16)], "is a link or a device"),
    "same name twice": (["a.ipynb", "./a.ipynb"], "is there twice"),
    "same name but for case": (["A.ipynb", "a.ipynb"], "is there twice"),
    "same name, composed otherwise": (["\u00e9.ipynb", "e\u0301.ipynb"], "is there twice"),
    "unusual packing": ([zip_entry("a.ipynb", compress_type=zipfile.ZIP_LZMA)], "is packed in an unusual way"),
}


@pytest.mark.parametrize("kind", ZIPS)
def test_an_unsafe_zip_stops_it_all(course, tmp_path, kind):
    entries, says = ZIPS[kind]
    stops(course, zipped(tmp_path / "a.zip", *entries), says)


@pytest.mark.parametrize(("entry", "says"), [
    (tar_entry("b.ipynb", tarfile.SYMTYPE, "/etc/passwd"), "is a link or a device"),
    (tar_entry("b", tarfile.SYMTYPE, ".."), "is a link or a device"),
    (tar_entry("b.ipynb", tarfile.LNKTYPE, "a.ipynb"), "is a link or a device"),
    (tar_entry("b.ipynb", tarfile.CHRTYPE), "is a link or a device"),
    (tar_entry("b.ipynb", tarfile.FIFOTYPE), "is a link or a device"),
    (tar_entry("b.ipynb", tarfile.GNUTYPE_SPARSE), "is a link or a device"),
    (tar_entry("a.ipynb"), "is there twice"),
])
def test_an_unsafe_tar_stops_it_all(course, tmp_path, entry, says):
    stops(course, tarred(tmp_path / "a.tar.gz", "a.ipynb", entry), says)


def test_an_encrypted_entry_stops_it_all(course, tmp_path):
    archive = zipped(tmp_path / "a.zip", "alice.ipynb")
    data = bytearray(archive.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    archive.write_bytes(data)
    stops(course, archive, "alice.ipynb is encrypted")


def test_a_name_cut_by_a_zero_byte_stops_it_all(course, tmp_path):
    archive = zipped(tmp_path / "a.zip", "alice.ipynb_.exe")
    archive.write_bytes(archive.read_bytes().replace(b"alice.ipynb_", b"alice.ipynb\0"))
    stops(course, archive, "has control characters")


@pytest.fixture
def small_limits(monkeypatch):
    """Bombs of our own are small, and so are the limits."""
    monkeypatch.setattr(unpack, "FLOOR", 100_000)
    monkeypatch.setattr(unpack, "TOTAL", 2_000_000)
    monkeypatch.setattr(unpack, "ENTRIES", 50)
    monkeypatch.setattr(unpack, "HEADER", 20_000)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_bombs_are_refused(course, tmp_path, small_limits, pack):
    name = tmp_path / ("a.zip" if pack is zipped else "a.tar.gz")
    stops(course, pack(name, "alice.ipynb", ("bomb.ipynb", b"\0" * 1_000_000)), "unpack")  # 900 times its own size
    noise = os.urandom(30_000)
    stops(course, pack(name, *((f"{n}.ipynb", noise + bytes([n]) * 20_000) for n in range(48))), "unpack")  # in all
    stops(course, pack(name, *(f"{n}.ipynb" for n in range(51))), "more than 50 entries")
    stops(course, pack(name, *(("d/" * n + "x.csv", b"") for n in range(51))), "more than 50 entries")


def test_within_the_limits_nothing_is_refused(course, tmp_path, small_limits):
    archive = zipped(tmp_path / "a.zip", *((f"{n}.ipynb", b"\0" * 1_900) for n in range(50)))
    assert len(intake.collect(course, ASSIGNMENT, archive)) == 50


def test_a_tar_that_lies_about_a_size_costs_no_memory(course, tmp_path, small_limits):
    info = tarfile.TarInfo("a.ipynb")
    info.size = 1 << 40
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(gzip.compress(info.tobuf() + NOTEBOOK))
    stops(course, archive, "unpack")
    long = tarfile.TarInfo("a.ipynb")
    long.pax_headers = {"comment": "x" * 30_000}
    archive.write_bytes(gzip.compress(long.tobuf(tarfile.PAX_FORMAT) + b"\0" * 1024))
    stops(course, archive, "describes a file in more than")


@pytest.mark.parametrize("change", ["less", "more"])
def test_a_zip_that_lies_about_a_size_is_refused(course, tmp_path, change):
    archive = zipped(tmp_path / "a.zip", ("alice.ipynb", b"x" * 1000))
    right, wrong = struct.pack("<I", 1000), struct.pack("<I", 10 if change == "less" else 5000)
    archive.write_bytes(archive.read_bytes().replace(right, wrong))
    stops(course, archive, "size that the archive says" if change == "more" else "damaged")


@pytest.mark.parametrize("damage", ["cut", "byte", "empty", "other", "no gzip"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_damaged_archive_is_refused(course, tmp_path, damage, pack):
    archive = pack(tmp_path / ("a.zip" if pack is zipped else "a.tar.gz"), ("alice.ipynb", os.urandom(5000)))
    data = archive.read_bytes()
    middle = len(data) // 2
    archive.write_bytes({"cut": data[:middle], "byte": data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1:],
                         "empty": b"", "other": b"<html>Sign in</html>", "no gzip": b"\x1f\x8b" + data[2:][::-1]}[damage])
    stops(course, archive, "is damaged")


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_random_damage_to_an_archive_is_unpacked_or_refused_and_nothing_else(tmp_path, pack, small_limits):
    chance = random.Random(1)
    entries = "alice.ipynb", ("bob/seq2seq.ipynb", b"x" * 3000), "c.txt"
    archive = pack(tmp_path / "a.zip", *entries)
    data = archive.read_bytes() if pack is zipped else gzip.decompress(archive.read_bytes())
    outcomes = {"unpacked": 0, "refused": 0}
    for number in range(400):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 1, 0x7f, 0x80, 0xff, chance.randrange(256)])
        source, staging = tmp_path / ("b.zip" if pack is zipped else "b.tar.gz"), tmp_path / f"staging-{number}"
        source.write_bytes(damaged if pack is zipped else gzip.compress(damaged, 1))
        staging.mkdir()
        try:
            files, _ = unpack.unpack(source, staging, LIMIT)
        except Refused as refused:
            assert str(refused).isprintable()
            outcomes["refused"] += 1
        else:
            assert all(file.path.parent == staging and file.path.stat().st_size == file.size for file in files)
            outcomes["unpacked"] += 1
    assert min(outcomes.values()) > 10


def test_what_is_neither_folder_nor_archive_is_refused(course, tmp_path):
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    stops(course, tmp_path / "a.rar", "neither a folder nor a .zip or .tar.gz archive")
    stops(course, tmp_path / "nothing.zip", "there is no folder or archive")


def test_in_a_folder_links_and_pipes_are_left_out(course, tmp_path):
    place = laid_out(tmp_path / "in", "alice.ipynb", "carol/x.ipynb")
    (place / "bob.ipynb").symlink_to(course / "solutions" / ASSIGNMENT / NAME)
    (place / "dir").symlink_to(course / "solutions" / ASSIGNMENT)
    os.mkfifo(place / "pipe.ipynb")
    os.link(place / "carol" / "x.ipynb", place / "other.txt")
    found = intake.collect(course, ASSIGNMENT, place)
    assert [arrival.student for arrival in found if arrival.student] == ["alice"]
    assert {origin: note[:30] for origin, note in said(found).items()} == {
        "bob.ipynb": "was left out: bob.ipynb is a l", "dir": "is a link and was not followed",
        "pipe.ipynb": "was left out: pipe.ipynb is no", "carol/x.ipynb": "was left out: x.ipynb has 2 na",
        "other.txt": "is no notebook"}


@pytest.mark.parametrize("pack", [zipped, laid_out])
def test_too_large_a_notebook_arrives_to_be_refused(course, tmp_path, pack, monkeypatch):
    """Its student gets a verdict with a reason, the disk is not filled, the others are graded."""
    monkeypatch.setattr(arrivals, "Limits", lambda: type("Limits", (), {"notebook": 1000}))
    archive = pack(tmp_path / ("a.zip" if pack is zipped else "a"), "bob.ipynb", ("alice.ipynb", b" " * 150_000_000))
    found = intake.collect(course, ASSIGNMENT, archive)
    alice = found[0]
    assert [arrival.student for arrival in found] == ["alice", "bob"] and alice.note == "has 150.0 MB, more than is graded"
    assert alice.path.stat().st_blocks * 512 < 1_000_000
    assert "has 150.0 MB" in refusal(alice.path.parent, limit=1000)


@pytest.mark.parametrize("pack", [zipped, tarred, laid_out])
def test_no_more_of_a_file_is_unpacked_than_is_graded(tmp_path, pack):
    entries = ("alice.ipynb", b"x" * 5_000_000), "bob.ipynb"
    source = pack(tmp_path / {zipped: "a.zip", tarred: "a.tar.gz", laid_out: "a"}[pack], *entries)
    (tmp_path / "staging").mkdir()
    files, _ = unpack.unpack(source, tmp_path / "staging", 1000)
    alice = files[0]
    assert alice.size == alice.path.stat().st_size == 5_000_000 and alice.path.stat().st_blocks * 512 < 100_000
    assert alice.path.read_bytes().count(b"x") == 1001 and files[1].path.read_bytes() == NOTEBOOK


def test_a_file_that_grows_while_it_is_collected_is_left_out(course, tmp_path, monkeypatch):
    place = laid_out(tmp_path / "in", ("alice.ipynb", b"x" * 999), "bob.ipynb", ("short", b"x" * 9))
    genuine, short = os.fstat, os.stat(place / "short")
    monkeypatch.setattr(os, "fstat", lambda file: short if genuine(file).st_size == 999 else genuine(file))
    found = intake.collect(course, ASSIGNMENT, place)
    assert [arrival.student for arrival in found if arrival.student] == ["bob"]
    assert said(found)["alice.ipynb"] == "was left out: alice.ipynb changed while it was read: collect again"


def test_a_full_disk_is_no_damaged_archive(course, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpack, "_copy", full)
    with pytest.raises(OSError, match="No space left"):
        intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", "alice.ipynb"))


@pytest.mark.parametrize("where", ["student", "assignment", "file"])
def test_nothing_is_written_through_a_link(course, tmp_path, where):
    outside = tmp_path / "outside"
    outside.mkdir()
    place = course / "submitted" / "alice" / ASSIGNMENT
    link = {"student": place.parent, "assignment": place, "file": place / NAME}[where]
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    found = intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", "alice.ipynb", "bob.ipynb"))
    assert [arrival.student for arrival in found] == ["bob", ""] and "through a link" in found[1].note
    assert list(outside.iterdir()) == []


def test_something_else_in_the_way_is_said(course, tmp_path):
    (course / "submitted" / "alice" / ASSIGNMENT / NAME).mkdir(parents=True)
    (course / "submitted" / "bob").write_bytes(b"a file")
    found = intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", "alice.ipynb", "bob.ipynb"))
    assert len(found) == 2 and all("something of another kind is there" in arrival.note for arrival in found)
    assert list((course / "submitted" / "alice" / ASSIGNMENT).iterdir()) == [course / "submitted" / "alice" / ASSIGNMENT / NAME]


# The instructor's own pattern, and nbgrader's own command.

def test_the_configured_pattern_and_folders_count(course, tmp_path):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write('c.FileNameCollectorPlugin.named_regexp = '
                     'r".*/hw_(?P<student_id>\\w+?)_at_(?P<timestamp>[0-9T]+)_(?P<file_id>\\w+)"\n'
                     'c.CourseDirectory.submitted_directory = "handed_in"\n')
    archive = zipped(tmp_path / "a.zip", "hw_alice_at_20260130T153010_seq2seq.ipynb", "hw_bob_at_99T99_seq2seq.ipynb",
                     "carol.ipynb")
    found = intake.collect(course, ASSIGNMENT, archive)
    assert [(arrival.student, arrival.when, arrival.note) for arrival in found] == [
        ("alice", datetime(2026, 1, 30, 15, 30, 10), ""), ("bob", None, "the time in its name cannot be read"),
        ("", None, "tells no student by its name: put it in the student's folder by hand")]
    assert found[0].path == course / "handed_in" / "alice" / ASSIGNMENT / NAME
    assert [arrival.student for arrival in intake.collect(course, ASSIGNMENT, archive, "plain")][0].startswith("carol")


@pytest.mark.parametrize(("pattern", "says"), [("(", "is no regular expression"), ("moodel", "has not both groups"),
                                               ("(?P<student_id>.*)", "has not both groups")])
def test_a_pattern_that_cannot_work_is_refused(course, tmp_path, pattern, says):
    with pytest.raises(Refused, match=says):
        intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", "alice.ipynb"), pattern)


def test_a_course_or_assignment_that_is_none_is_said(course, tmp_path):
    archive = zipped(tmp_path / "a.zip", "alice.ipynb")
    with pytest.raises(ValueError, match="no nbgrader_config.py"):
        intake.collect(tmp_path, ASSIGNMENT, archive)
    with pytest.raises(ValueError, match="no assignment '99_none'"):
        intake.collect(course, "99_none", archive)


@pytest.mark.parametrize("kind", ["canvas", "moodle"])
def test_nbgraders_own_zip_collect_takes_the_same_students(course, tmp_path, kind):
    entries, expected = LAYOUTS[kind]
    entries = [entry for entry in entries if entry not in STRANGE]
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"c.FileNameCollectorPlugin.named_regexp = {PATTERNS[kind]!r}\n")
    place = course / "downloaded" / ASSIGNMENT / "archive"
    place.mkdir(parents=True)
    zipped(place / "submissions.zip", *entries)
    nbgrader(course, "zip_collect", ASSIGNMENT)
    theirs = {path for path in tree(course) if path.endswith(NAME)}
    named = [student for student in expected if student not in ("7", "Participant_77")]
    assert theirs == {f"submitted/{student}/{ASSIGNMENT}/{NAME}" for student in named}
    ours = {arrival.path for arrival in intake.collect(course, ASSIGNMENT, zipped(tmp_path / "a.zip", *entries))}
    assert {course / path for path in theirs} < ours  # the others' are called otherwise; nbgrader leaves them so


def test_patterns_do_not_hang(course):
    began = time.perf_counter()
    for evil in ("_1" * 490, "/_1" * 330, "a_1_assignsubmission_file_" * 38, "(1)" * 330, "_LATE_1" * 140, "-1" * 490):
        for ending in ("", ".ipynb", ".ipynbx"):
            for expression in PATTERNS.values():
                arrivals.re.match(expression, f"{course}/{evil}{ending}")
    assert time.perf_counter() - began < 20
