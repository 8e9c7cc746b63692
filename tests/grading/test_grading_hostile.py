"""The bank of hostile submissions: each earns what its answers are worth, sees no hidden test, changes nothing outside its
folder, leaves nothing behind, and the next submission's verdict is as it was."""

import errno
import json
import os
import re
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hostile_files
import hostile_fuzz
import nbformat
import pyseccomp
import pytest
from banks.bench import ROOT
from exams import exam_of, steps_of
from hostile import ANSWERS, SECRETS, WRONG, Attack, printed, submission
from hostile import exam as little_exam
from hostile_files import FILES, REFUSED
from hostile_machine import DANGEROUS, MACHINE
from hostile_names import NAMES
from hostile_system import SYSTEM
from hostile_talk import TALK
from hostile_wire import PEER, WIRE
from hostile_words import STEERING, WORDS
from test_nbgrader import NO_TANH, answered

from seq2vit.grading import intake
from seq2vit.grading.proxies import ERRORS
from seq2vit.grading.wire import Broken

BANK: dict[str, list[Attack]] = {"names": NAMES, "wire": WIRE, "talk": TALK, "system": SYSTEM, "machine": MACHINE,
                                 "words": WORDS, "steering": STEERING}
RELEASE = ROOT / "assignments" / "01_seq2seq" / "seq2seq.ipynb"
# Besides the dangerous ones, those that the sandbox allows with some arguments only, or that undo its limits.
CALLS = ["process_vm_readv", "socketpair", "unshare", "clone", "clone3", "ioctl", "setuid", "setgid", "setresuid", "setgroups",
         "prctl", "capset", "setns", "prlimit64", "setrlimit"]
ALL = [pytest.param(group, attack, id=f"{group}: {attack.name}") for group, bank in BANK.items() for attack in bank]


@pytest.fixture(scope="module")
def little():
    return little_exam()


@pytest.fixture(scope="module")
def others(station, little):
    """What comes after each attack: a submission with a right, a recognised, a failing and an unwritten answer."""
    answers = {"09_q1": WRONG["09_q1"], "09_q3": "def repeat(step, x):\n    raise ValueError",
        "09_q4": "raise NotImplementedError"}
    data = submission(little.source, answers)
    verdict = station.grade(little, "next", data).verdict
    assert [question.passed for question in verdict.questions] == [False, True, False, False]
    assert verdict.questions[0].misconception == "09-adds-one"
    return data, verdict.questions


@pytest.fixture(scope="module")
def canaries():
    """Files that anybody on this machine may write to: only the sandbox keeps answers from them."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        file = Path(folder) / "canary"
        file.write_text("alive")
        file.chmod(0o666)
        yield [str(file), f"{folder}/new"]


@pytest.fixture(scope="module")
def places(canaries):
    """What the attacks have to know of this machine: names in their text that stand for values."""
    numbers = {name: pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) for name in {*DANGEROUS, *CALLS}}
    private = [ROOT / name for name in ("solutions", "tests", "nbgrader_config.py", ".git", "pyproject.toml")]
    return {"CALLS": numbers, "DANGEROUS": DANGEROUS, "CANARIES": canaries, "PRIVATE": [*map(str, private), *canaries]}


def filled(texts, places):
    """The cells with the definitions of the names that they use in front."""
    return {question: "".join(f"{name} = {value!r}\n" for name, value in places.items() if name in text) + text
            for question, text in texts.items()}


def processes(root: int) -> set[int]:
    """A process and all that descend from it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stat:
                    parents[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:  # it ended meanwhile
                continue
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def shown(graded) -> str:
    """All that a student may get to see, as text; the seconds apart."""
    verdict = graded.verdict.as_json()
    del verdict["seconds"]
    return json.dumps(verdict) + graded.notebook


def test_the_little_exam_is_sound(station, little):
    graded = station.grade(little, "honest", submission(little.source, ANSWERS))
    assert all(question.passed for question in graded.verdict.questions) and not graded.events
    graded = station.grade(little, "wrong", submission(little.source, WRONG))
    assert not any(question.passed for question in graded.verdict.questions) and not graded.events


@pytest.mark.parametrize(("group", "attack"), ALL)
def test_attack(group, attack, station, little, others, places, canaries, hostile_line):
    parent = station._parents["answers"].program.pid
    before = processes(parent)
    began = time.perf_counter()
    graded = station.grade(little, "hostile", submission(
        little.source, filled(attack.answers, places), attack.extra, attack.after))
    seconds = time.perf_counter() - began
    earned = {question.id for question in graded.verdict.questions if question.passed}
    hostile_line(group, attack.name, earned, attack.worth, graded.events, seconds)

    assert graded.verdict.verdict == "graded", graded.verdict.reason
    assert graded.verdict.score == sum(question.points for question in graded.verdict.questions if question.passed)
    assert earned <= attack.worth if attack.at_most else earned == attack.worth, graded.verdict.questions
    said = printed(graded)
    assert re.search(attack.says, said), said
    if not attack.fails and not graded.events:
        assert not re.search(r"^\w+(Error|Exception|Interrupt|Exit): ", said, re.MULTILINE), said
    told = graded.events or [""]
    assert any(re.search(attack.event, event) for event in told) if attack.event else told == [""], told
    assert not [secret for secret in SECRETS if secret in shown(graded)]

    assert Path(canaries[0]).read_text() == "alive" and not os.path.exists(canaries[1])
    assert processes(parent) == before, "something was left behind, or the station's processes are not the same"
    data, verdicts = others
    assert station.grade(little, "next", data).verdict.questions == verdicts


def test_thousands_of_damaged_replies(monkeypatch):
    """Each gives an ordinary value, what the answer is said to have raised, or Broken; no other exception, and no wait."""
    monkeypatch.setattr(os, "urandom", hostile_fuzz.fixed_number)
    outcomes = Counter()
    for seed in range(5_000):
        try:
            hostile_fuzz.ask(seed)
            outcomes["a value"] += 1
        except Broken:
            outcomes["Broken"] += 1
        except tuple(ERRORS.values()) as error:
            assert str(error).startswith("answer raised "), (seed, error)
            outcomes["the answer's error"] += 1
    assert min(outcomes.values()) > 20 and outcomes["a value"] > 200, outcomes


@pytest.fixture(scope="module")
def honest(station, exam):
    """Assignment 1 with one mistake, before and after each attack by a file."""
    data = nbformat.writes(answered({"01_q6": NO_TANH})).encode()
    verdict = station.grade(exam, "next", data).verdict
    assert verdict.score == 17
    return data, verdict.questions


@pytest.fixture(scope="module")
def hidden_lines(exam):
    """Lines of assignment 1's hidden tests that stand nowhere in what students get."""
    source = "\n".join(cell.source for cell in nbformat.reads(exam.source, as_version=4).cells)
    hidden = "".join(re.findall(r"BEGIN HIDDEN TESTS\n(.*?)### END", source, re.DOTALL))
    found = [line.strip() for line in hidden.splitlines() if json.dumps(line.strip())[1:-1] not in RELEASE.read_text()]
    assert len(found) > 100
    return found


@pytest.mark.parametrize("name", FILES)
def test_attack_by_the_file(name, station, exam, honest, hidden_lines, hostile_line):
    notebook = hostile_files.wrong(RELEASE.read_text())
    FILES[name](notebook)
    began = time.perf_counter()
    graded = station.grade(exam, "hostile", json.dumps(notebook).encode())
    earned = {question.id for question in graded.verdict.questions if question.points}
    hostile_line("file", name, earned, set(), graded.events, time.perf_counter() - began)
    assert graded.verdict.verdict == "graded" and not earned and graded.verdict.score == 0 and graded.verdict.max_score == 20
    assert [question.id for question in graded.verdict.questions] == [f"01_q{number}" for number in range(1, 8)]
    assert not [line for line in hidden_lines if json.dumps(line)[1:-1] in graded.notebook]
    data, questions = honest
    assert station.grade(exam, "next", data).verdict.questions == questions


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_are_refused(name, station, exam, hostile_line):
    began = time.perf_counter()
    graded = station.grade(exam, "hostile", REFUSED[name])
    hostile_line("refused", name, set(), set(), [graded.verdict.reason], time.perf_counter() - began)
    assert graded.verdict.verdict == "refused" and graded.verdict.score == 0 and graded.notebook == ""
    assert graded.verdict.reason and "\n" not in graded.verdict.reason and len(graded.verdict.reason) < 300


@pytest.mark.parametrize("kind", ["link", "hard link", "linked folder", "pipe", "folder"])
def test_what_is_no_file_of_its_own_is_not_read(kind, tmp_path):
    """A link to the instructor's notebook would earn everything, and show it to the student."""
    folder = tmp_path / "student" / "01_seq2seq"
    folder.parent.mkdir()
    solution = tmp_path / "seq2seq.ipynb"
    solution.write_bytes((ROOT / "solutions" / "01_seq2seq" / "seq2seq.ipynb").read_bytes())
    place = folder / "seq2seq.ipynb"
    if kind == "linked folder":
        folder.symlink_to(tmp_path)
    else:
        folder.mkdir()
        make = {"link": lambda: place.symlink_to(solution), "hard link": lambda: place.hardlink_to(solution),
                "pipe": lambda: os.mkfifo(place), "folder": place.mkdir}
        make[kind]()
    with pytest.raises(intake.Refused):
        intake.find(folder, "seq2seq.ipynb", 10_000_000)


def test_cells_behind_a_test_tell_nothing_by_their_errors(station, little):
    """An error, a print or an end in cell k is a bit of what the test passed in: none of them may be seen."""
    first = "SEEN = []\ndef double(x):\n    SEEN.extend(x.flatten()[:1].int().tolist())\n    return 2 * x"
    bits = [f"if SEEN[0] >> {k} & 1:\n    raise ValueError" for k in range(16)]
    bits += [f"if SEEN[0] >> {k} & 1:\n    import os; os._exit(0)" for k in range(16)]
    bits += [f"if SEEN[0] >> {k} & 1:\n    print({k})" for k in range(16)]
    graded = station.grade(little, "hostile", submission(little.source, {"09_q1": first}, after={"09_q1": bits}))
    cells = [cell for cell in json.loads(graded.notebook)["cells"] if "SEEN[0]" in cell["source"]]
    assert len(cells) == 48 and len({json.dumps(cell["outputs"]) for cell in cells}) == 1


# Tests that ask for little, as an instructor may write them, and answers that would pass them by being something else.
LITTLE = {
    "an end in place of an exception": (
        "try:\n    f(1)\nexcept Exception:\n    pass\nelse:\n    assert False", "import os\ndef f(x): os._exit(0)"),
    "a broken reply in place of an exception": (
        "try:\n    f(1)\nexcept Exception:\n    pass\nelse:\n    assert False",
        f"{PEER}\ndef f(x): pass\nreply([['q', 1], None], name='f')"),
    "a wrong number in place of an exception": (
        "try:\n    f(1)\nexcept Exception:\n    pass\nelse:\n    assert False",
        f"{PEER}\ndef f(x): pass\non('call', lambda *_: send(frame('ok', 5, [None, None])), 'f')"),
    "the end of a loop over calls": ("for got, want in zip(map(f, [1, 2]), [2, 3]):\n    assert got == want",
                                     "def f(x): raise StopIteration"),
    "an object that is true": ("assert f(1)", "def f(x): return object()"),
    "an object that differs": ("assert f(1) != 4", "def f(x): return object()"),
    "an object that is not among them": ("assert f(1) not in (4, 5)", "def f(x): return object()"),
    "objects that differ from each other": ("assert len({f(1), f(2)}) == 2", "def f(x): return object()"),
    "an object as an opaque cache": ("# opaque: f\nassert f(1)", "def f(x): return object()"),
}


@pytest.mark.parametrize("name", LITTLE)
def test_little_is_asked_and_still_not_given(name, station, hostile_line):
    body, answer = LITTLE[name]
    cells = [("given", "given", "import torch\nfrom seq2vit import checks"), ("answer", "09_q1_answer", "def f(x): pass")]
    began = time.perf_counter()
    exam = exam_of([*cells, ("test", "09_q1", body)])
    found = station.run_steps(exam, [["given", "given", cells[0][2]], ["answer", "", answer], ["test", "09_q1", ""]])["09_q1"]
    earned = {"09_q1"} if found["passed"] else set()
    hostile_line("little", name, earned, set(), [found["lost"]], time.perf_counter() - began)
    assert not found["passed"]


def test_names_that_an_answer_chose_are_not_in_a_message(station, exam):
    """01_q7 builds on the answer's own attention: what its parameters are called must not come back in words."""
    leaky = """
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        setattr(self, "LEA" + "KED", nn.Linear(D * 1000, A))

    def forward(self, s, h, mask):
        return h.mean(1), mask / mask.sum(1, keepdim=True).clamp(min=1)
"""
    decoder = "class AttentionDecoder(nn.Module):\n    def __init__(self, *sizes):\n        super().__init__()"
    for more in "", "\n        self.attn = AdditiveAttention(1, 1)":
        found = station.run_steps(exam, steps_of(exam, {"01_q6": leaky, "01_q7": decoder + more}))
        assert found["01_q5"]["passed"] and not found["01_q6"]["passed"] and not found["01_q7"]["passed"]
        assert "LEAKED" not in json.dumps(found) and "000" not in found["01_q7"]["message"]


def test_a_hostile_neighbour_changes_no_verdict(station, little, others):
    """Two submissions at once: the one takes all threads, memory, time and descriptors that it can get."""
    data, questions = others
    greedy = """
import os, threading, time
kept = []
def burn():
    while True:
        kept.append(bytearray(1_000_000))
def double(x):
    for _ in range(100):
        try:
            threading.Thread(target=burn).start()
            kept.append(os.pipe())
        except (RuntimeError, OSError, MemoryError):
            pass
    while True:
        pass
"""
    found = []
    with ThreadPoolExecutor(2) as pool:
        hostile = pool.submit(station.grade, little, "hostile", submission(little.source, {"09_q1": greedy}))
        while not hostile.done() or not found:
            found.append(pool.submit(station.grade, little, "next", data).result().verdict.questions)
    assert all(verdict == questions for verdict in found) and len(found) > 1
    assert not hostile.result().verdict.questions[0].passed


LOOK = """
import ctypes, json
libc = ctypes.CDLL(None, use_errno=True)
table = {}
for name, number in CALLS.items():
    libc.syscall.restype = ctypes.c_long
    got = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)
    table[name] = ctypes.get_errno() if got < 0 else 0
print(json.dumps(table))
"""


def test_what_the_sandbox_denies_measured_from_inside(station, little, denied_line):
    names = {*DANGEROUS, *CALLS}
    numbers = {name: pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) for name in names}
    here = {name: number for name, number in sorted(numbers.items()) if number >= 0}
    graded = station.grade(little, "look", submission(little.source, extra={"09_q1": [f"CALLS = {here}\n{LOOK}"]}))
    table = {name: errno.errorcode.get(number, "done") for name, number in json.loads(printed(graded)).items()}
    for name, result in table.items():
        denied_line(name, result)
    assert len(table) > 100 and set(table) == set(here)
    assert {name for name, result in table.items() if result not in ("EPERM", "ENOSYS")} == set()

