"""From the student's file to the student's feedback, in the three ways that submissions arrive, by the commands that the
guide names."""

import getpass
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from banks.bench import ROOT
from test_nbgrader import ASSIGNMENT, NAME, NO_TANH, answered

BIN = Path(sys.executable).parent
ME = getpass.getuser()  # the exchange knows a student by the user's name


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An instructor's course, a shared exchange, and a student's folder."""
    base = tmp_path_factory.mktemp("ways")
    course, student, exchange = base / "course", base / "student", base / "exchange"
    for folder in course, student, exchange, base / "home":
        folder.mkdir()
    exchange.chmod(0o777)
    shutil.copytree(ROOT / "solutions", course / "solutions")
    settings = (ROOT / "nbgrader_config.py").read_text()
    (course / "nbgrader_config.py").write_text(f"{settings}\nc.Exchange.root = {str(exchange)!r}\n")
    (student / "nbgrader_config.py").write_text(f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n"
                                                "c.CourseDirectory.course_id = 'seq2vit'\n")
    return base


def run(world, where, *command, status=0):
    environment = os.environ | {"HOME": str(world / "home"), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=world / where, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def graded(world, station):  # the station only for its reason to skip
    """Everybody hands in, each in another way; then one run grades them all."""
    run(world, "course", "nbgrader", "generate_assignment", ASSIGNMENT, "--create")
    run(world, "course", "nbgrader", "release_assignment", ASSIGNMENT)
    run(world, "student", "nbgrader", "fetch_assignment", ASSIGNMENT)
    nbformat.write(answered({"01_q6": NO_TANH}), world / "student" / ASSIGNMENT / NAME)
    run(world, "student", "nbgrader", "submit", ASSIGNMENT)
    run(world, "course", "nbgrader", "collect", ASSIGNMENT)

    with zipfile.ZipFile(world / "submissions.zip", "w") as archive:
        archive.writestr(f"lovelaceada_11_222_{NAME.replace('.ipynb', '-1.ipynb')}", nbformat.writes(answered()))
        archive.writestr(f"turingalan_LATE_12_223_{NAME}", nbformat.writes(answered({"01_q6": NO_TANH})))
    collected = run(world, "course", "seq2vit", "collect", ASSIGNMENT, world / "submissions.zip", "--pattern", "canvas")

    (world / "folder").mkdir()
    nbformat.write(answered(), world / "folder" / "grace.ipynb")
    shutil.copy(ROOT / "assignments" / ASSIGNMENT / NAME, world / "folder" / f"edsger_{NAME}")
    collected += run(world, "course", "seq2vit", "collect", ASSIGNMENT, world / "folder")

    said = run(world, "course", "seq2vit", "grade", ASSIGNMENT, "--json", world / "lines.json")
    run(world, "course", "seq2vit", "feedback", ASSIGNMENT)
    return collected + said


POINTS = {ME: 17, "11": 20, "12": 17, "grace": 20, "edsger": 0}


def test_each_has_its_verdict(world, graded):
    lines = {line["student"]: line for line in map(json.loads, (world / "lines.json").read_text().splitlines())}
    assert {student: line["score"] for student, line in lines.items()} == POINTS, graded
    assert {line["verdict"] for line in lines.values()} == {"graded"}
    line = lines[ME]
    assert list(line) == ["student", "assignment", "verdict", "reason", "score", "max_score", "questions", "restored",
                          "seconds"]
    assert list(line["questions"][0]) == ["id", "points", "max_points", "passed", "message", "misconception"]


@pytest.mark.parametrize("student", POINTS)
def test_each_has_feedback(student, world, graded):
    page = (world / "course" / "feedback" / student / ASSIGNMENT / NAME.replace(".ipynb", ".html")).read_text()
    assert f">{POINTS[student]} of 20<" in page
    assert ("known mistake: no tanh" in page) == (POINTS[student] == 17)
    assert "BEGIN HIDDEN" not in page and "The oracle" not in page


def test_the_exchange_hands_the_page_back(world, graded):
    # nbgrader hands back only what came through the exchange, so the others' pages stay where they are.
    run(world, "course", "nbgrader", "release_feedback", ASSIGNMENT, f"--student={ME}")
    run(world, "student", "nbgrader", "fetch_feedback", ASSIGNMENT)
    pages = list((world / "student" / ASSIGNMENT / "feedback").rglob("*.html"))
    assert len(pages) == 1 and "known mistake: no tanh" in pages[0].read_text()


def test_nbgrader_exports_the_points(world, graded):
    run(world, "course", "nbgrader", "export")
    table = (world / "course" / "grades.csv").read_text().splitlines()
    columns = table[0].split(",")
    rows = [dict(zip(columns, line.split(","), strict=True)) for line in table[1:]]
    assert {row["student_id"]: float(row["score"]) for row in rows} == POINTS


@pytest.mark.parametrize("name", ["../../outside.ipynb", "/tmp/outside.ipynb"])
def test_an_unsafe_archive_is_refused_with_a_reason(name, world, graded):
    with zipfile.ZipFile(world / "unsafe.zip", "w") as archive:
        archive.writestr(name, nbformat.writes(answered()))
    before = sorted(path for path in (world / "course" / "submitted").rglob("*"))
    said = run(world, "course", "seq2vit", "collect", ASSIGNMENT, world / "unsafe.zip", status=2)
    assert "was not unpacked" in said and len(said.strip().splitlines()) == 1
    assert sorted(path for path in (world / "course" / "submitted").rglob("*")) == before
