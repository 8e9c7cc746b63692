"""`seq2vit grade` and its neighbours, as an instructor types them, on a real little course."""

import argparse
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import fake_station
import nbformat
import psutil
import pytest
from little_course import ASSIGNMENT, NAME, make, scores, source, sql

from seq2vit import cli
from seq2vit.grading import command
from seq2vit.grading.progress import Progress
from seq2vit.grading.run import Interrupts

RIGHT = {"01_q1_answer": "def one(x):\n    return x + 1", "01_q2_answer": "print('loud')\ndef two(x):\n    return x + x"}
WRONG = RIGHT | {"01_q1_answer": "def one(x):\n    return x"}
SLOW = RIGHT | {"01_q1_answer": "import time\ntime.sleep(0.3)\ndef one(x):\n    return x + 1"}
KEYS = ["student", "assignment", "verdict", "reason", "score", "max_score", "questions", "restored", "seconds"]


def environment(first: str = "", **settings: str) -> dict[str, str]:
    paths = {"PYTHONPATH": first, "PATH": str(Path(sys.executable).parent)}
    paths = {name: os.pathsep.join(filter(None, [path, os.environ.get(name)])) for name, path in paths.items()}
    return os.environ | paths | settings


def start(root, *arguments, first="", **settings) -> subprocess.Popen:
    command = [sys.executable, "-m", "seq2vit.cli", *map(str, arguments)]
    return subprocess.Popen(command, cwd=root, env=environment(first, **settings), text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def seq2vit(root, *arguments, status=0, **settings) -> tuple[str, str]:
    """The command as typed in the course's folder; returns what it says on stdout and on stderr."""
    process = start(root, *arguments, **settings)
    out, err = process.communicate(timeout=120)
    assert process.returncode == status, out + err
    return out, err


def submit(root, student, answers=None, text=None):
    notebook = source()
    for cell in notebook.cells:
        cell.source = (answers or {}).get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    place = root / "submitted" / student / ASSIGNMENT
    place.mkdir(parents=True)
    (place / NAME).write_text(text if text is not None else nbformat.writes(notebook))


def lines_of(file) -> dict[str, dict]:
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert not [name for name, times in Counter(line["student"] for line in found).items() if times > 1]
    return {line["student"]: line for line in found}


def kept(root) -> dict[str, int]:
    """When each verdict was written, by student."""
    return {path.stem: path.stat().st_mtime_ns for path in (root / ".seq2vit" / ASSIGNMENT).glob("*.json")}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Four submissions, graded; beside the course lie what the command said and an empty folder for temporary files."""
    root = make(tmp_path_factory.mktemp("typed") / "course")
    for student, answers in {"ann": RIGHT, "bob": WRONG, "cem": RIGHT}.items():
        submit(root, student, answers)
    submit(root, "dan", text='{"cells": [')
    temporary = root.parent / "temporary"
    temporary.mkdir()
    before = {path.name for path in root.iterdir()}
    out, err = seq2vit(root, "grade", ASSIGNMENT, "--json", root.parent / "first.json", TMPDIR=str(temporary))
    assert {path.name for path in root.iterdir()} - before == {"autograded", "gradebook.db", ".seq2vit"}
    assert not list(temporary.iterdir())
    return root, out, err


def test_each_submission_is_graded_recorded_and_told(course):
    root, out, err = course
    found = lines_of(root.parent / "first.json")
    assert {name: (line["verdict"], line["score"]) for name, line in found.items()} == {
        "ann": ("graded", 5), "bob": ("graded", 2), "cem": ("graded", 5), "dan": ("refused", 0)}
    assert all(list(line) == KEYS for line in found.values())
    assert list(found["bob"]["questions"][0]) == ["id", "points", "max_points", "passed", "message", "misconception"]
    assert scores(root, "bob")["01_q1"] == 0 and scores(root, "bob")["01_q2"] == 2
    assert "4 submissions, 4 graded now and 0 before" in out and "graded        3" in out and "refused: dan: " in out
    assert "\x1b" not in out + err and "\r" not in err
    assert err == "", "a run of seconds that is not watched has nothing to say besides its table"


def test_what_has_its_verdict_is_not_graded_again(course, tmp_path):
    root, _, _ = course
    before = kept(root)
    out, _ = seq2vit(root, "grade", ASSIGNMENT, "--json", tmp_path / "again.json")
    assert "4 submissions, 0 graded now and 4 before" in out and "refused: dan: " in out
    assert lines_of(tmp_path / "again.json") == lines_of(root.parent / "first.json")
    assert kept(root) == before
    seq2vit(root, "grade", ASSIGNMENT, "--student", "ann", "dan", "--force")
    changed = {name for name, when in kept(root).items() if when != before[name]}
    assert changed == {"ann", "dan"}


def test_a_student_who_is_not_there_is_refused_and_the_others_graded(course, tmp_path):
    root, _, _ = course
    out, _ = seq2vit(root, "grade", ASSIGNMENT, "--student", "nobody", "--student", "../dan", "cem", "--force",
                     "--json", tmp_path / "some.json")
    found = lines_of(tmp_path / "some.json")
    assert {name: line["verdict"] for name, line in found.items()} == {
        "nobody": "refused", "../dan": "refused", "cem": "graded"}
    assert "refused: nobody: no such student" in out
    assert {row[0] for row in sql(root, "select id from student")} == {"ann", "bob", "cem", "dan"}


@pytest.mark.parametrize(("arguments", "says"), [
    (["01_none"], "no assignment '01_none'"),
    ([ASSIGNMENT, "--course", "nowhere"], "no nbgrader_config.py"),
    ([ASSIGNMENT, "--scheduler", "tcp://127.0.0.1:9", "--workers", "2"], "--workers is for this machine"),
    ([ASSIGNMENT, "--scheduler", "tcp://127.0.0.1:9"], "no Dask scheduler answers at tcp://127.0.0.1:9"),
    ([ASSIGNMENT, "--json", "no/such/folder.json"], "folder.json"),
])
def test_a_request_that_makes_no_sense_is_one_line(course, arguments, says):
    root, _, _ = course
    _, err = seq2vit(root, "grade", *arguments, status=2, DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="0.2s")
    assert says in err and len(err.splitlines()) == 1, err


def test_nobody_handed_in_is_one_line(tmp_path):
    _, err = seq2vit(make(tmp_path / "course"), "grade", ASSIGNMENT, status=2)
    assert "nobody handed in" in err and len(err.splitlines()) == 1


def test_without_a_sandbox_it_stops_and_says_why(course, tmp_path):
    root, _, _ = course
    (tmp_path / "sitecustomize.py").write_text("from seq2vit.grading import doctor\ndoctor.missing = lambda: ['turn it on']")
    before = kept(root)
    out, err = seq2vit(root, "grade", ASSIGNMENT, "--force", status=2, first=str(tmp_path))
    assert "turn it on" in err and "sandbox" in err and not out and kept(root) == before


def test_unsafe_is_said_and_remembered(course):
    root, _, _ = course
    out, _ = seq2vit(root, "report", ASSIGNMENT)
    assert "graded without the sandbox" not in Path(out.strip()).read_text()
    _, err = seq2vit(root, "grade", ASSIGNMENT, "--student", "ann", "--force", "--unsafe")
    assert "WITHOUT the sandbox" in err
    out, _ = seq2vit(root, "report", ASSIGNMENT)
    assert "graded without the sandbox" in Path(out.strip()).read_text()


def test_what_cannot_be_recorded_fails_and_is_tried_again(tmp_path):
    root = make(tmp_path / "course")
    for student in "ann", "mallory":
        submit(root, student, RIGHT)
    (root / "autograded").mkdir()
    (root / "autograded" / "mallory").symlink_to(tmp_path)
    out, _ = seq2vit(root, "grade", ASSIGNMENT, "--workers", 1, status=1)
    assert "failed: mallory: " in out and "graded        1" in out
    (root / "autograded" / "mallory").unlink()
    out, _ = seq2vit(root, "grade", ASSIGNMENT)
    assert "1 graded now and 1 before" in out and scores(root, "mallory")["01_q1"] == 3


def test_a_run_that_is_stopped_or_killed_goes_on_where_it_stopped(tmp_path):
    root = make(tmp_path / "course")
    students = {f"student-{number:02}" for number in range(14)}
    for student in students:
        submit(root, student, SLOW)
    before = {}
    for how, many in (signal.SIGINT, 3), (signal.SIGKILL, 7):
        process = start(root, "grade", ASSIGNMENT, TMPDIR=str(tmp_path))  # a killed one leaves its folder there
        fake_station.wait_for(lambda many=many: len(kept(root)) >= many, f"{many} verdicts")
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        _, err = process.communicate(timeout=60)
        assert children and not psutil.wait_procs(children, timeout=20)[1], "processes of the run are left behind"
        if how == signal.SIGINT:
            assert process.returncode == 130
            assert err.startswith("seq2vit grade: stopped; ") and "goes on from there" in err and len(err.splitlines()) == 1
        assert {name: kept(root)[name] for name in before} == before, "graded again what had its verdict"
        before = kept(root)
        assert many <= len(before) < len(students)
    out, _ = seq2vit(root, "grade", ASSIGNMENT, "--json", tmp_path / "all.json")
    assert f"{len(students) - len(before)} graded now and {len(before)} before" in out
    assert {name: line["score"] for name, line in lines_of(tmp_path / "all.json").items()} == dict.fromkeys(students, 5)
    assert {name: kept(root)[name] for name in before} == before
    assert sorted(row[0] for row in sql(root, "select student_id from submitted_assignment")) == sorted(students)


def test_the_same_command_on_a_cluster_of_which_a_worker_is_killed(tmp_path):
    root = make(tmp_path / "course")
    students = {f"student-{number:02}" for number in range(12)}
    for student in students:
        submit(root, student, SLOW)
    place = tmp_path / "dask"
    place.mkdir()
    cluster = fake_station.Dask(place)
    try:
        cluster.start(workers=2)
        process = start(root, "grade", ASSIGNMENT, "--scheduler", cluster.address, "--json", tmp_path / "all.json")
        fake_station.wait_for(lambda: len(kept(root)) >= 3, "three verdicts")
        cluster.processes[-1].kill()
        out, err = process.communicate(timeout=120)
    finally:
        cluster.stop()
    assert process.returncode == 0, out + err
    assert {name: line["score"] for name, line in lines_of(tmp_path / "all.json").items()} == dict.fromkeys(students, 5)
    assert sorted(row[0] for row in sql(root, "select student_id from submitted_assignment")) == sorted(students)


def test_the_neighbours(course, tmp_path):
    root, _, _ = course
    out, _ = seq2vit(root, "feedback", ASSIGNMENT, "--student", "bob")
    assert out.startswith("1 page, listed in ") and (root / "feedback" / "bob" / ASSIGNMENT / "little.html").is_file()
    out, _ = seq2vit(tmp_path, "export", ASSIGNMENT, "--course", root, "--to", tmp_path / "points.csv")
    assert out.strip().endswith("points.csv") and "bob" in (tmp_path / "points.csv").read_text()
    _, err = seq2vit(root, "report", "01_none", status=2)
    assert err.startswith("seq2vit report: ") and len(err.splitlines()) == 1
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / "eve.ipynb").write_text(nbformat.writes(source()))
    (tmp_path / "packed" / "notes.txt").write_text("hello")
    out, _ = seq2vit(root, "collect", ASSIGNMENT, tmp_path / "packed")
    assert "eve: eve.ipynb" in out and "1 submissions collected" in out
    assert (root / "submitted" / "eve" / ASSIGNMENT / NAME).is_file()
    out, _ = seq2vit(tmp_path, "doctor")
    assert "can an answer open a network socket? no" in out


def test_help_is_fast_and_imports_nothing_heavy(tmp_path):
    heavy = ["torch", "numpy", "nbgrader", "distributed", "dask", "nbformat", "traitlets", "sqlalchemy"]
    program = ("import sys\nfrom seq2vit import cli\ntry:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
               f"sys.exit(' '.join(name for name in {heavy} if name in sys.modules) or 0)")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "grade all submissions" in done.stdout


def test_without_the_extra_an_instructors_verb_says_what_to_install(monkeypatch, capsys):
    assert tuple(command.VERBS) == cli.VERBS
    monkeypatch.setattr(cli, "EXTRA", ("nbgrader", "seq2vit_has_no_such_dependency"))
    assert cli.main(["grade", "--json", "x"]) == 2
    err = capsys.readouterr().err
    assert "seq2vit[grade]" in err and len(err.splitlines()) == 1
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    out = capsys.readouterr().out
    assert "check" in out and "grade" not in out


def test_whole_numbers_only():
    parser = argparse.ArgumentParser(exit_on_error=False)
    command.register(parser.add_subparsers())
    assert parser.parse_args(["grade", "01", "--workers", "3"]).workers == 3
    for text in "0", "-1", "two":
        with pytest.raises(argparse.ArgumentTypeError, match="whole number"):
            command._count(text)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal_is_one_line_that_is_drawn_over():
    now, stream = [0.0], Terminal()
    progress = Progress(10, stream, clock=lambda: now[0])
    progress.keep()
    for second in range(1, 5):  # one graded before, four now
        now[0] = float(second)
        progress.count("failed" if second == 4 else "graded")
    assert "\n" not in stream.getvalue()
    last = stream.getvalue().rpartition("\r\x1b[K")[2]
    assert last == "5 of 10 done, 1 failed, about 0:05 left"  # three more took three seconds
    progress.note("no worker is there")
    assert stream.getvalue().endswith(f"\r\x1b[Kno worker is there\n\r\x1b[K{last}")
    progress.close()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_progress_elsewhere_is_a_plain_line_now_and_then():
    now, stream = [0.0], io.StringIO()
    progress = Progress(1000, stream, clock=lambda: now[0])
    for tenth in range(900):
        now[0] = tenth / 10
        progress.count("graded")
    progress.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2 and lines[0] == "301 of 1000 done, 0 failed, about 1:10 left"
    assert progress.total - progress.done == 100
    now[0] = 3e4
    assert progress.line().endswith("about 55:37 left")


def test_what_is_refused_at_once_says_nothing_of_the_pace():
    now = [0.0]
    progress = Progress(100, io.StringIO(), clock=lambda: now[0])
    for _ in range(10):
        progress.count("refused")
    assert progress.left() is None
    for second in range(10, 14):
        now[0] = float(second)
        progress.count("graded")
    assert progress.left() == 86


def test_an_interrupt_waits_for_the_end_of_a_record():
    done, before = [], signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            with interrupts.held():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("the rest of the record")
        assert done
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            fake_station.wait_for(lambda: False, "the signal", seconds=5)
    assert signal.getsignal(signal.SIGINT) is before
