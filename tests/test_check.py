"""`seq2vit check` and `check.here()`, as a student types them."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from test_nbgrader import NO_TANH, answered

from seq2vit import check, notebooks

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def run(*arguments, cwd=None):
    """The command as typed: exit status, what it prints, what it complains of."""
    done = subprocess.run([sys.executable, "-m", "seq2vit.cli", *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


def question(number, body, points=1):
    """A test cell as a release has it."""
    mark = {"grade": True, "grade_id": f"01_q{number}", "locked": True, "points": points, "schema_version": 3,
            "solution": False, "cell_type": "code", "task": False}
    return new_code_cell(f"# 01_q{number}: visible tests\n{body}", metadata={"nbgrader": mark})


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of the given cells; returns its path."""

    def write(*cells, name="work.ipynb"):
        path = tmp_path / name
        nbformat.write(new_notebook(cells=list(cells)), path)
        return path

    return write


def test_all_pass(tmp_path):
    nbformat.write(answered(), tmp_path / "seq2seq.ipynb")
    before = (tmp_path / "seq2seq.ipynb").read_bytes()
    status, out, _ = run("check", "seq2seq.ipynb", cwd=tmp_path)
    assert status == 0
    assert [line.split()[:2] for line in out.splitlines()[:7]] == [[f"01_q{i}", "passes"] for i in range(1, 8)]
    assert out.splitlines()[7].startswith("All 7 questions pass their visible tests.")
    assert (tmp_path / "seq2seq.ipynb").read_bytes() == before, "the student's file is not touched"


def test_a_mistake_is_named_and_the_others_still_run(tmp_path):
    nbformat.write(answered({"01_q6": NO_TANH}), tmp_path / "seq2seq.ipynb")
    status, out, _ = run("check", tmp_path / "seq2seq.ipynb")
    assert status == 1
    failing = [line for line in out.splitlines() if "FAILS" in line]
    assert len(failing) == 1 and failing[0].startswith("01_q6") and "[01-no-tanh]" in failing[0]
    assert "6 of 7 questions pass" in out


def test_every_kind_of_trouble_is_one_clear_line(notebook):
    path = notebook(
        question(1, "raise NotImplementedError"),
        question(2, "missing"),
        question(3, "1 / 0"),
        question(4, "def broken(:"),
        question(5, "print('fine')"),
        question(6, "import sys; print('a warning', file=sys.stderr)"),
    )
    verdicts = {v.question: v for v in check.run(path)[0]}
    assert verdicts["01_q1"].message == "not written yet"
    assert "run the cells above" in verdicts["01_q2"].message
    assert verdicts["01_q3"].message == "your code raised ZeroDivisionError: division by zero"
    assert "SyntaxError" in verdicts["01_q4"].message
    assert verdicts["01_q5"].passed and verdicts["01_q6"].passed
    assert all("\n" not in v.message for v in verdicts.values())


def test_an_endless_loop_and_what_follows(notebook):
    path = notebook(question(1, "print('fine')"), question(2, "while True: pass"), question(3, "print('fine')"))
    verdicts, _ = check.run(path, timeout=2)
    assert [v.passed for v in verdicts] == [True, False, True], "the cells after it still run"
    assert "endless loop?" in verdicts[1].message


def test_a_dead_kernel(notebook):
    path = notebook(question(1, "print('fine')"), question(2, "import os; os._exit(1)"), question(3, "print('fine')"))
    verdicts, _ = check.run(path)
    assert [v.passed for v in verdicts] == [True, False, False]
    assert "kernel ended" in verdicts[1].message


def test_nothing_that_an_earlier_run_stored_passes_for_this_one(notebook):
    dies = question(1, "print('still fine', flush=True)\nimport os; os._exit(1)")
    late = question(2, "print('fine')")
    for cell in dies, late:  # as in a notebook that was saved after a run in which all was well
        cell.outputs = [new_output("stream", name="stdout", text="every test in this cell passes")]
        cell.execution_count = 7
    verdicts, _ = check.run(notebook(dies, late))
    assert [v.passed for v in verdicts] == [False, False]
    assert all("kernel ended" in v.message for v in verdicts)


def test_leaving_a_cell_with_exit_is_no_pass(notebook):
    path = notebook(new_code_cell("def answer():\n    raise SystemExit"), question(1, "answer()\nprint('passed')"))
    (verdict,), _ = check.run(path)
    assert not verdict.passed


def test_demonstrations_are_not_run_and_a_skipping_tag_is_ignored(notebook):
    demo = new_code_cell("1 / 0", metadata={"tags": ["demo"]})
    test = question(1, "raise ValueError('no')")
    test.metadata["tags"] = ["skip-execution"]
    (verdict,), _ = check.run(notebook(demo, test))
    assert not verdict.passed and "ValueError" in verdict.message


def test_an_answer_that_does_not_run_is_said_so_and_other_cells_are_noted(notebook):
    broken = new_code_cell("def answer(:", metadata={"nbgrader": {"solution": True, "grade_id": "01_q1_answer"}})
    verdicts, notes = check.run(notebook(broken, new_code_cell("1 / 0"), question(1, "answer()"), question(2, "pass")))
    assert verdicts[0].message.startswith("its answer does not run: SyntaxError") and verdicts[1].passed
    assert len(notes) == 2 and notes[0].startswith("note: cell 1 (01_q1_answer): your code raised SyntaxError")
    assert notes[1] == "note: cell 2: your code raised ZeroDivisionError: division by zero"


def test_a_missing_or_changed_test_is_no_pass(tmp_path):
    release = answered()
    release.cells = [cell for cell in release.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "01_q2"]
    for cell in release.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "01_q4":
            cell.source = "print('01_q4: every test in this cell passes')"
    nbformat.write(release, tmp_path / "seq2seq.ipynb")
    verdicts = {v.question: v for v in check.run(tmp_path / "seq2seq.ipynb")[0]}
    assert [question for question, v in verdicts.items() if not v.passed] == ["01_q2", "01_q4"]
    assert "is gone" in verdicts["01_q2"].message and "was changed" in verdicts["01_q4"].message


def test_exit_in_an_answer_is_named(notebook):
    setup = new_code_cell("", metadata={"tags": ["setup"]})
    (verdict,), notes = check.run(notebook(setup, question(1, "exit()")))
    assert not verdict.passed and "exit() would end the kernel" in verdict.message and notes == []


@pytest.mark.parametrize("seconds", ["0", "-5", "soon"])
def test_a_timeout_that_makes_no_sense(seconds, tmp_path):
    status, _, err = run("check", tmp_path, "--timeout", seconds)
    assert status == 2 and "at least 1" in err


@pytest.mark.parametrize(("make", "says"), [
    (lambda folder: folder / "none.ipynb", "there is no notebook at"),
    (lambda folder: folder, "is a folder"),
    (lambda folder: (folder / "a.ipynb", (folder / "a.ipynb").write_text("no json"))[0], "not a Jupyter notebook"),
    (lambda folder: (folder / "b.ipynb", (folder / "b.ipynb").write_text("{}"))[0], "not a Jupyter notebook"),
    (lambda folder: (folder / "c.ipynb", nbformat.write(new_notebook(), folder / "c.ipynb"))[0], "no question of this course"),
])
def test_bad_input_gets_one_line_and_status_2(make, says, tmp_path):
    status, out, err = run("check", make(tmp_path))
    assert (status, out) == (2, "")
    assert says in err and err.startswith("seq2vit check: ") and err.count("\n") == 1


def test_a_byte_order_mark_and_windows_line_ends_are_read(notebook):
    path = notebook(question(1, "print('fine')"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert [cell.kind for cell in notebooks.code_cells(notebooks.read(path))] == ["test"]


def test_here_runs_what_the_kernel_has_seen(monkeypatch, capsys):
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.delenv("SEQ2VIT_DEMO", raising=False)
    shell = InteractiveShell.instance()
    try:
        check.here(questions=2)
        assert "2 of 2 test cells have not been run yet" in capsys.readouterr().out
        shell.run_cell("answer = 1", store_history=True)
        shell.run_cell("# 01_q1: visible tests\nif answer != 1: raise ValueError('it must be 1')", store_history=True)
        shell.run_cell("answer = 2", store_history=True)
        capsys.readouterr()
        check.here(questions=2)
        out = capsys.readouterr().out
        assert out.startswith("01_q1  FAILS") and "it must be 1" in out
        assert "1 of 2 test cells have not been run yet" in out
        monkeypatch.setenv("SEQ2VIT_DEMO", "0")
        check.here(questions=2)
        assert capsys.readouterr().out == ""
    finally:
        InteractiveShell.clear_instance()
