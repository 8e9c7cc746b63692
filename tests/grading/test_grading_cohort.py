"""Many submissions: each gets one verdict, whatever is killed meanwhile, and memory stays as it was."""

import gc
import os
import signal
import time
from collections import Counter
from pathlib import Path

import dask
import fake_station
import psutil
import pytest

from seq2vit.grading import cohort
from seq2vit.grading.cluster import Stopped, Unusable
from seq2vit.grading.untrusted import Refused


def work_of(student: str) -> bytes:
    return f"work of {student}".encode()


def grade(folder, students, work=fake_station.quick, **options):
    """Grade, and return the verdicts in the order of their arrival."""
    found = []
    options = {"find": work_of, "workers": None if "scheduler" in options else 2, "unsafe": True} | options
    cohort.grade(folder, fake_station.exam(folder), students, work=work,
                 on_done=lambda graded: found.append(graded.verdict), **options)
    return found


def once_each(verdicts, students) -> bool:
    return Counter(verdict.student for verdict in verdicts) == Counter(students)


def connect_within(seconds: str):
    """Dask's own setting, which a user would change in Dask's own ways."""
    return dask.config.set({"distributed.comm.timeouts.connect": seconds})


# Dask leaves the sockets of a scheduler that died to the garbage collector, which then should run here and in no other test.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def clean():
    yield
    gc.collect()


@pytest.fixture
def processes(tmp_path):
    cluster = fake_station.Dask(tmp_path)
    yield cluster
    cluster.stop()


def test_each_of_thirty_gets_one_verdict(tmp_path):
    students = [f"student-{number:02}" for number in range(30)]
    before = set(Path.cwd().iterdir())
    verdicts = grade(tmp_path, students)
    assert once_each(verdicts, students) and {verdict.verdict for verdict in verdicts} == {"graded"}
    assert set(Path.cwd().iterdir()) == before, "Dask left something in the working directory"


def test_nothing_listens_on_this_machine(tmp_path):
    listening = []

    def look():
        connections = psutil.Process().net_connections(kind="inet")
        listening.extend(connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN)

    grade(tmp_path, ["ann", "bob"], on_tick=look)
    assert not listening


def test_nothing_that_one_submission_does_stops_the_others(tmp_path):
    def find(student):
        if student == "refused":
            raise Refused("two notebooks")
        if student == "locked":
            raise PermissionError(13, "Permission denied")
        return None if student == "graded-before" else work_of(student)

    students = ["ann", "raiser", "refused", "unready", "locked", "nothing", "graded-before", "bob", "ann"]
    verdicts = {verdict.student: verdict for verdict in grade(tmp_path, students, fake_station.moody, find=find)}
    assert {name: verdict.verdict for name, verdict in verdicts.items()} == {
        "ann": "graded", "bob": "graded", "refused": "refused", "raiser": "failed", "unready": "failed", "locked": "failed",
        "nothing": "failed"}
    assert verdicts["refused"].reason == "two notebooks" and verdicts["refused"].max_score == 3
    assert "Permission denied" in verdicts["locked"].reason
    assert "KeyError" in verdicts["raiser"].reason and not any("\n" in verdict.reason for verdict in verdicts.values())
    assert sum(name == "unready" for name, _ in fake_station.begun(tmp_path)) == 2, "a machine's hiccup deserves another try"


def test_a_machine_that_cannot_grade_at_all_stops_the_run(tmp_path):
    for students in ["unready"], [f"unready-{number}" for number in range(100)]:
        with pytest.raises(Unusable, match="cannot grade: the warm process of the tests ended"):
            grade(tmp_path, students, fake_station.moody)
    assert len(fake_station.begun(tmp_path)) < 20


def test_as_many_at_once_as_asked_for(tmp_path):
    students = [f"student-{number}" for number in range(6)]

    def open_when_three_began():
        if len(fake_station.begun(tmp_path)) >= 3:
            (tmp_path / "open").touch()

    assert once_each(grade(tmp_path, students, fake_station.gated, workers=3, on_tick=open_when_three_began), students)


def test_memory_stays_flat(tmp_path):
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    marks = {}

    def find(student):
        marks[int(student)] = resident()
        return work_of(student) + bytes(100_000)

    verdicts = grade(tmp_path, [str(number) for number in range(1000)], find=find)
    assert len(verdicts) == 1000
    assert marks[999] - marks[300] < 20_000_000, "700 submissions and results would be 140 MB"


def test_what_is_interrupted_stops_soon(tmp_path):
    def interrupt():
        if fake_station.begun(tmp_path):
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        grade(tmp_path, ["ann", "bob"], fake_station.gated, on_tick=interrupt)
    (tmp_path / "open").touch()  # lets the threads go that a test cannot kill
    assert time.monotonic() - began < 20


def test_a_killed_worker_costs_nothing(tmp_path, processes):
    processes.start(workers=2)
    students = [f"student-{number:02}" for number in range(20)]
    killed = []

    def kill_one_of_two():
        busy = {process for _, process in fake_station.begun(tmp_path)}
        if len(busy) == 2 and not killed:
            killed.append(min(busy))
            os.kill(killed[0], signal.SIGKILL)
            (tmp_path / "open").touch()

    verdicts = grade(tmp_path, students, fake_station.gated, scheduler=processes.address, on_tick=kill_one_of_two)
    assert once_each(verdicts, students) and {verdict.verdict for verdict in verdicts} == {"graded"}
    begun = fake_station.begun(tmp_path)
    again = {student for student, process in begun if process == killed[0]}
    assert again and all(sum(name == student for name, _ in begun) > 1 for student in again)


def test_who_kills_each_worker_fails_alone(tmp_path, processes):
    processes.start(workers=4, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")  # a killed worker costs a second
    students = ["ann", "bob", "killer", "cem", "dan", "eve"]
    verdicts = grade(tmp_path, students, fake_station.moody, scheduler=processes.address)
    assert once_each(verdicts, students)
    expected = dict.fromkeys(students, "graded") | {"killer": "failed"}
    assert {verdict.student: verdict.verdict for verdict in verdicts} == expected
    (reason,) = [verdict.reason for verdict in verdicts if verdict.student == "killer"]
    assert reason.startswith("Dask gave it up, also when it was alone") and "\n" not in reason


def test_without_its_scheduler_a_run_stops_and_the_next_goes_on(tmp_path, processes):
    processes.start(workers=1)
    students = [f"student-{number:02}" for number in range(20)]
    found, notes = [], []
    (tmp_path / "open").touch()

    def kill(graded):
        found.append(graded.verdict)
        if len(found) == 5:
            processes.scheduler.kill()

    exam = fake_station.exam(tmp_path)
    with connect_within("1s"), pytest.raises(Stopped, match="no Dask scheduler answers"):
        cohort.grade(tmp_path, exam, students, scheduler=processes.address, unsafe=True, find=work_of, work=fake_station.gated,
                     on_done=kill, on_note=notes.append)
    assert 5 <= len(found) < 20 and any("lost" in note for note in notes)
    done = {verdict.student for verdict in found}
    found += grade(tmp_path, students, find=lambda student: None if student in done else work_of(student))
    assert once_each(found, students)


def test_a_scheduler_that_comes_back_gets_the_rest(tmp_path, processes):
    processes.start(workers=1)
    students = [f"student-{number:02}" for number in range(20)]
    port = processes.address.rpartition(":")[2]
    found = []
    (tmp_path / "open").touch()

    def restart(graded):
        found.append(graded.verdict)
        if len(found) == 5:
            processes.scheduler.kill()
            processes.scheduler.wait()
            processes.start(port=port, workers=1)

    cohort.grade(tmp_path, fake_station.exam(tmp_path), students, scheduler=processes.address, unsafe=True, find=work_of,
                 work=fake_station.gated, on_done=restart)
    assert once_each(found, students) and {verdict.verdict for verdict in found} == {"graded"}


def test_no_scheduler_there_is_one_line(tmp_path):
    with connect_within("0.2s"), pytest.raises(Unusable) as caught:
        grade(tmp_path, ["ann"], scheduler="tcp://127.0.0.1:9")
    assert "tcp://127.0.0.1:9" in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(Unusable, match="no Dask scheduler answers at nonsense://"):
        grade(tmp_path, ["ann"], scheduler="nonsense://x")


@pytest.mark.parametrize(("alters", "says"), [
    ("import seq2vit; seq2vit.__version__ = '0.0.1'", "has seq2vit 0.0.1"),
    ("import sys; sys.modules['seq2vit'] = None", "cannot import the engine"),
    ("import sys; sys.modules['seq2vit.grading.station'] = None", "cannot import the engine"),
    ("from seq2vit.grading import doctor; doctor.missing = lambda: ['turn it on']", "in a sandbox: turn it on"),
])
def test_a_worker_that_does_not_fit_is_named(tmp_path, processes, alters, says):
    processes.start()
    place = tmp_path / "site"
    place.mkdir()
    (place / "sitecustomize.py").write_text(alters)
    processes.worker(first=str(place))
    with pytest.raises(Unusable) as caught:
        grade(tmp_path, ["ann"], scheduler=processes.address, unsafe=False)
    assert says in str(caught.value) and "worker tcp://127.0.0.1:" in str(caught.value) and "\n" not in str(caught.value)
