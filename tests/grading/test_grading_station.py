"""A whole submission through the station: its verdict, its notebook, and what happens when an answer takes a process down."""

import json
import os
import signal
import threading

import nbformat
import pytest
from banks.bench import ROOT
from exams import exam_of, steps_of
from test_nbgrader import NO_TANH, WARNS, answered

from seq2vit import notebooks

RIGHT = "def f(x):\n    return x + 1"
TEST = "assert f(1) == 2"


def grade(station, exam, notebook):
    return station.grade(exam, "ada", nbformat.writes(notebook).encode())


def passed(graded):
    return {question.id: question.passed for question in graded.verdict.questions}


def test_right_answers_earn_all_although_they_warn(station, exam):
    graded = grade(station, exam, answered({"01_q1": WARNS}))
    assert (graded.verdict.verdict, graded.verdict.score, graded.verdict.max_score) == ("graded", 20, 20)
    assert graded.verdict.restored == [] and graded.events == []


def test_the_untouched_release_earns_nothing_and_is_told_so(station, exam):
    graded = grade(station, exam, nbformat.read(ROOT / "assignments" / "01_seq2seq" / "seq2seq.ipynb", as_version=4))
    assert graded.verdict.score == 0
    assert all("is not written yet" in question.message for question in graded.verdict.questions)


def test_a_mistake_costs_its_question_and_is_named(station, exam):
    graded = grade(station, exam, answered({"01_q6": NO_TANH}))
    assert [question.id for question in graded.verdict.questions if not question.passed] == ["01_q6"]
    question = next(question for question in graded.verdict.questions if not question.passed)
    assert question.misconception == "01-no-tanh" and "cancels in the softmax" in question.message


def test_the_notebook_holds_the_answers_and_what_was_found_but_no_hidden_test(station, exam):
    graded = grade(station, exam, answered({"01_q6": NO_TANH}))
    notebook = nbformat.reads(graded.notebook, as_version=4)
    nbformat.validate(notebook)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    assert NO_TANH[1] in cells["01_q6_answer"].source
    assert cells["01_q1"].outputs[0].text == "01_q1: all tests pass\n"
    assert cells["01_q6"].outputs[0].evalue.endswith("[01-no-tanh]")
    assert "BEGIN HIDDEN" not in graded.notebook and "def decode(parts" not in graded.notebook
    assert not any(cell.outputs for cell in notebook.cells if "demo" in cell.metadata.get("tags", []))


def test_a_file_that_is_no_notebook_is_refused_with_a_reason(station, exam):
    graded = station.grade(exam, "ada", b'{"cells": [')
    assert graded.verdict.verdict == "refused" and graded.verdict.reason and graded.verdict.score == 0
    assert len(graded.verdict.questions) == 7 and graded.notebook == ""


def tiny(*answers, **limits):
    """An exam of several questions, all of which ask for f(x) = x + 1, with these answers."""
    cells = []
    for number, answer in enumerate(answers):
        cells += [("answer", f"09_q{number}_answer", answer), ("test", f"09_q{number}", TEST)]
    return exam_of(cells, **limits)


@pytest.mark.parametrize(("wrong", "said"), [
    ("def f(x):\n    while True: pass", "did not come back in time"),
    ("import os\ndef f(x):\n    os._exit(0)", "ended its process"),
    ("import ctypes\ndef f(x):\n    ctypes.string_at(0)", "ended its process"),
    ("def f(x):\n    return bytearray(1 << 40)", "raised an error"),
    ("def f(x):\n    raise SystemExit", "raised an error"),
    ("def f(x):\n    return f(x)", "raised an error"),
    ("f = 3", "raised an error"),
    ("def f(x) return x", "f is not defined"),
    ("import os\nos._exit(0)", "f is not defined"),
    ("while True: pass", "f is not defined"),
])
def test_what_goes_wrong_in_one_question_costs_that_question(station, wrong, said):
    exam = tiny(RIGHT, RIGHT, call=0.5, question=1.0)
    found = station.run_steps(exam, steps_of(exam, {"09_q0": wrong}))
    assert not found["09_q0"]["passed"] and said in found["09_q0"]["message"]
    assert found["09_q1"]["passed"]


def test_a_submission_that_always_takes_too_long_is_ended(station):
    endless = "def f(x):\n    while True: pass"
    exam = tiny(*[endless] * 6, call=0.5, question=0.5, submission=1.2)
    found = station.run_steps(exam, steps_of(exam))
    assert not any(result["passed"] for result in found.values())
    assert "used up" in found["09_q5"]["message"]


def test_the_message_of_an_answer_is_never_shown(station):
    secret = "hidden inputs: 7351"
    exam = tiny(RIGHT, RIGHT)
    raises = {"09_q0": f"def f(x):\n    raise ValueError('{secret}')",
              "09_q1": f"class f:\n    def __init__(self, x):\n        raise KeyError('{secret}')"}
    found = station.run_steps(exam, steps_of(exam, raises))
    assert "7351" not in json.dumps(found)


def test_what_cells_print_after_the_first_test_is_not_kept(station):
    """They may have seen the hidden inputs by then."""
    seen = "seen = []\nprint('before')\ndef f(x):\n    seen.append(x)\n    return x + 1"
    exam = tiny(seen, f"{RIGHT}\nprint('I saw', seen)\nraise ValueError(seen)")
    graded = station.grade(exam, "ada", exam.source.encode())
    cells = [cell for cell in nbformat.reads(graded.notebook, as_version=4).cells if cell.cell_type == "code"]
    assert cells[0].outputs[0].text == "before\n"
    assert "I saw" not in json.dumps([cell.outputs for cell in cells])
    assert cells[2].outputs[0].evalue == "this cell raised an error"
    assert graded.verdict.score == 2


@pytest.mark.parametrize("flood", ["print('x' * 19990)", "raise type('E' * 3900, (Exception,), {})('x' * 19990)"])
def test_a_flood_of_output_is_dammed(flood, station):
    exam = exam_of([("extra", "", flood)] * 60 + [("answer", "09_q0_answer", RIGHT), ("test", "09_q0", TEST)])
    graded = station.grade(exam, "ada", exam.source.encode())
    assert graded.verdict.score == 1 and len(graded.notebook) < 20 * exam.limits.output


def test_a_given_module_that_complains_speaks_in_the_instructors_words(station, exam):
    feeds_logits = ("def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):\n"
                    "    logits, s = cell(torch.full((len(s0),), start), s0)\n    cell(logits, s)")
    found = station.run_steps(exam, steps_of(exam, {"01_q5": feeds_logits}))["01_q5"]
    assert found["misconception"] == "01-feeds-logits" and "feed back the id" in found["message"]


def test_threads_share_a_station(station):
    exam = tiny(RIGHT, "def f(x):\n    return x", RIGHT)
    found = []

    def work():
        for _ in range(5):
            found.append(passed(station.grade(exam, "ada", exam.source.encode())))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"09_q0": True, "09_q1": False, "09_q2": True}] * 15


@pytest.mark.parametrize("role", ["answers", "tests"])
def test_a_warm_process_that_is_killed_is_replaced(role, station):
    """Between two submissions, and by whatever kills it (the system's memory killer, say)."""
    exam = tiny(RIGHT)
    assert station.grade(exam, "ada", exam.source.encode()).verdict.score == 1
    group = station._parents[role].program.pid
    os.killpg(group, signal.SIGKILL)
    assert station.grade(exam, "ada", exam.source.encode()).verdict.score == 1
    assert station._parents[role].program.pid != group


def test_the_findings_are_those_of_plain_python(station, exam):
    """Each test cell on the reference: through the engine as in process (the banks do the same for every other answer)."""
    assert all(result["passed"] for result in station.run_steps(exam, steps_of(exam)).values())
    names = {"__name__": "__main__"}
    for cell in notebooks.code_cells(nbformat.reads(exam.source, as_version=4)):
        if cell.kind in ("given", "answer", "test"):
            exec(compile(cell.source, cell.id, "exec"), names)
