"""The proof that the tests of the assignments are right: wrong answers lose, right answers win, mutants die."""

import importlib
import pkgutil

import banks
import pytest
from banks.bench import Bench, EngineBench, Finding
from banks.mutants import mutants

BANKS = {
    bank.ASSIGNMENT: bank
    for bank in (importlib.import_module(f"banks.{m.name}") for m in pkgutil.iter_modules(banks.__path__) if m.ispkg)
}
BENCHES = {assignment: Bench(assignment) for assignment in BANKS}
EVERY = [(a, entry) for a, bank in BANKS.items() for entry in bank.WRONG]
WAYS = ["in process", "engine"]
RIGHT = [(a, entry) for a, bank in BANKS.items() for entry in bank.RIGHT]
QUESTIONS = [(a, question) for a, bench in BENCHES.items() for question in bench.tests]


@pytest.fixture(scope="module")
def bench_of(station):
    """The bench of an assignment: the cells in this process, or the answers in the engine's sandbox."""
    made = {("in process", a): bench for a, bench in BENCHES.items()} | {("engine", a): EngineBench(a, station) for a in BANKS}
    return lambda way, assignment: made[way, assignment]


def row(assignment, way):
    return assignment if way == "in process" else f"{assignment} ({way})"


def test_every_solution_has_its_banks():
    solutions = {path.name for path in (banks.bench.ROOT / "solutions").iterdir() if path.is_dir()}
    assert solutions == set(BANKS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("assignment", BANKS)
def test_the_reference_earns_all_and_questions_are_as_promised(assignment, way, bench_of):
    bench = bench_of(way, assignment)
    findings = bench.run_all({})
    assert {question: finding.message for question, finding in findings.items() if not finding.passed} == {}
    assert sum(cell.points for cell in bench.tests.values()) == 20
    assert 5 <= len(bench.tests) <= 8


@pytest.mark.parametrize("assignment", BANKS)
def test_every_listed_misconception_has_a_wrong_answer(assignment):
    bank = BANKS[assignment]
    shown = {entry.slug for entry in bank.WRONG if entry.slug}
    assert shown == set(bank.LINES) - set(bank.UNSHOWN)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("assignment", "entry"), EVERY, ids=lambda x: str(x) if not isinstance(x, str) else "")
def test_wrong_answer_loses_its_points_and_no_others(assignment, entry, way, tally, bench_of):
    bench, line = bench_of(way, assignment), row(assignment, way)
    findings = bench.run_all({entry.question: bench.spoil(entry)}, bench.touched_by(entry.question))
    finding = findings.pop(entry.question)
    tally(line, "rejected", not finding.passed)
    assert not finding.passed, f"{entry} gets full points"
    if entry.slug:
        named = f"[{entry.slug}]" in finding.message
        tally(line, "named", named)
        assert named, f"{entry}: {finding.message!r} does not name {entry.slug}"
    others = {question: f.message for question, f in findings.items() if not f.passed and question not in entry.breaks}
    assert others == {}, f"{entry}: the mistake costs points elsewhere too"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("assignment", "question"), QUESTIONS)
def test_mutants_die(assignment, question, way, tally, bench_of):
    bench, equivalent, line = bench_of(way, assignment), BANKS[assignment].EQUIVALENT, row(assignment, way)
    survivors = []
    for mutant in mutants(bench.references[question]):
        killed = not bench.run(question, mutant.source, seconds=5).passed
        reason = "" if killed else next((r for k, r in equivalent.items() if k in f"{question} {mutant.name}"), "")
        if reason:
            tally(line, "equivalent", True, f"{question} {mutant.name}: {reason}" if way == "in process" else "")
            continue
        tally(line, "mutants killed", killed)
        if not killed:
            survivors.append(mutant.name)
    assert survivors == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("assignment", "entry"), RIGHT, ids=lambda x: str(x) if not isinstance(x, str) else "")
def test_right_answer_earns_all(assignment, entry, way, tally, bench_of):
    bench = bench_of(way, assignment)
    questions = None if way == "in process" else bench.touched_by(entry.question)  # the others are the reference's again
    findings = bench.run_all({entry.question: entry.source}, questions, before={entry.question: entry.before})
    failed = {question: finding.message for question, finding in findings.items() if not finding.passed}
    tally(row(assignment, way), "accepted", not failed)
    assert failed == {}


@pytest.mark.parametrize(("assignment", "question"), QUESTIONS)
def test_at_least_four_right_styles(assignment, question):
    assert sum(entry.question == question for entry in BANKS[assignment].RIGHT) >= 4


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("assignment", "question"), QUESTIONS)
def test_an_unwritten_answer_earns_nothing(assignment, question, way, bench_of):
    finding: Finding = bench_of(way, assignment).run(question, "")
    assert not finding.passed


def test_an_endless_answer_is_given_up_in_process():
    finding = BENCHES["01_seq2seq"].run("01_q2", "def teacher_forcing(*_, **__):\n    while True: pass", seconds=0.3)
    assert finding.kind == "OutOfTime"
