"""The same record in PostgreSQL: a real server, started for these tests in a folder of its own, reached by a socket alone."""

import csv
import os
import pwd
import shutil
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from little_course import ASSIGNMENT, DUE, graded, make
from test_nbgrader import nbgrader

from seq2vit.grading.course import Course
from seq2vit.grading.export import export
from seq2vit.grading.record import Record

MISSING = "no PostgreSQL server here: make postgres installs it"


@pytest.fixture(scope="module")
def server():
    """An empty database's address. The server refuses to run as root, and pytest's folders are closed to everybody else:
    so its data lie in a folder of their own."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not programs:
        if os.environ.get("SEQ2VIT_REQUIRE_POSTGRES"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    place = Path(tempfile.mkdtemp(prefix="seq2vit-pg-"))
    rights = {}
    if os.geteuid() == 0:
        names = {one.pw_name for one in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        rights = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(place, user.pw_uid, user.pw_gid)

    def run(program, *arguments):
        # Its own file for what the server says: a pipe would stay open as long as the server lives.
        with open(place / "said", "w") as said:
            done = subprocess.run([programs[-1].with_name(program), "-D", place / "data", *arguments], cwd=place, stdout=said,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=120, **rights)
        assert done.returncode == 0, (place / "said").read_text()

    try:
        run("initdb", "--username=grader", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "-w", "start", "-o", f"-c listen_addresses= -c fsync=off -k {place}")
        try:
            yield f"postgresql+psycopg2://grader@/postgres?host={place}"
        finally:
            run("pg_ctl", "-w", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(place)


def record(course):
    """Submissions of every kind, one of them graded again; in nbgrader's tables and beside them."""
    with Record(course) as kept:
        kept.prepare(ASSIGNMENT)
        from nbgrader.api import Gradebook

        with Gradebook(kept.course.db_url, "little") as gradebook:
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        kept.write(graded("ann"), DUE)
        kept.write(graded("bob"), DUE + timedelta(hours=1))
        kept.write(graded("cem", verdict="refused", reason="an empty file \x00"), DUE)
        kept.write(graded("李雷", q2=0), None)
        with Gradebook(kept.course.db_url, "little") as gradebook:
            gradebook.find_grade("01_q2", "little", ASSIGNMENT, "bob").manual_score = 1
            gradebook.db.commit()
        kept.write(graded("bob", q1=0), DUE + timedelta(minutes=30))
        long = kept.write(graded("x" * 129), DUE).verdict
        assert (long.verdict, "128 characters" in long.reason) == ("failed", True)


@pytest.fixture(scope="module")
def course(server, tmp_path_factory):
    course = Course(make(tmp_path_factory.mktemp("postgres"), config=f"\nc.CourseDirectory.db_url = {server!r}\n"))
    record(course)
    return course


def test_nbgrader_reads_what_was_written(course):
    assert not (course.root / "gradebook.db").exists()
    nbgrader(course.root, "export")
    with open(course.root / "grades.csv", encoding="utf-8") as file:
        found = {row["student_id"]: (float(row["score"]), float(row["late_submission_penalty"]))
                 for row in csv.DictReader(file)}
    assert found == {"ann": (5, 0), "bob": (0.5, 0.5), "cem": (0, 0), "李雷": (3, 0)}


def test_it_says_the_same_as_sqlite(course, tmp_path):
    other = Course(make(tmp_path / "sqlite"))
    record(other)
    for format in ("csv", "canvas", "moodle"):
        for one in (course, other):
            export(one, None, format, tmp_path / f"{one.root.name}.{format}")
        assert (tmp_path / f"{course.root.name}.{format}").read_text() == (tmp_path / f"sqlite.{format}").read_text()


def test_the_tables_are_nbgraders_newest(course):
    assert "Running upgrade" not in nbgrader(course.root, "db", "upgrade")


def test_half_a_transaction_leaves_nothing(course, monkeypatch):
    def broken(*_):
        raise RuntimeError("no such day")

    monkeypatch.setattr(course, "late_penalty", broken)
    with Record(course) as kept:
        failed = kept.write(graded("dora"), DUE + timedelta(days=1)).verdict
        assert failed.verdict == "failed" and "the late-penalty plugin raised RuntimeError: no such day" in failed.reason
        from sqlalchemy import create_engine, text

        engine = create_engine(course.db_url)
        with engine.connect() as db:
            assert db.execute(text("select count(*) from student where id = 'dora'")).scalar() == 0
        engine.dispose()
    assert not (course.root / "autograded" / "dora" / ASSIGNMENT).exists()


@pytest.mark.parametrize(("address", "says"), [
    ("postgresql+psycopg2://me:secret@/postgres?host={place}/nowhere", "No such file or directory"),
    ("postgresql+pg8000://me:secret@/postgres", "No module named 'pg8000': install it, or name another driver"),
])
def test_a_server_that_cannot_be_reached_is_said_in_a_line(tmp_path, address, says):
    address = address.format(place=tmp_path)
    course = make(tmp_path, config=f"\nc.CourseDirectory.db_url = {address!r}\n")
    with Record(course) as kept, pytest.raises(ValueError, match=f"cannot be opened: .*{says}") as raised:
        kept.prepare(ASSIGNMENT)
    assert "secret" not in str(raised.value) and "\n" not in str(raised.value)
