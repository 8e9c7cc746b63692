"""What chapters and assignments import: the training loop, the loader of answers, the checks."""

import time

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook
from torch import nn

import seq2vit
from seq2vit import answers, checks, train


def line_fit(**budget):
    torch.manual_seed(0)
    w = nn.Parameter(torch.zeros(2))
    x = torch.randn(64, 2)
    y = x @ torch.tensor([1.0, -2.0])
    return w, train.fit(lambda _: ((x @ w - y) ** 2).mean(), [w], lr=0.1, **budget)


def test_fit_learns_within_its_budget_of_updates():
    w, history = line_fit(updates=150)
    assert history.updates == len(history.losses) == 150
    assert history.losses[-1] < 1e-3 < history.losses[0]
    assert torch.allclose(w, torch.tensor([1.0, -2.0]), atol=0.05)
    assert line_fit(updates=150)[1].losses == history.losses, "the same seed gave another run"


def test_fit_stops_after_its_seconds():
    ticks = iter(range(10_000))
    _, history = line_fit(seconds=20, clock=lambda: next(ticks))  # each update takes one tick
    assert history.updates == 20 and history.seconds == 20
    began = time.perf_counter()
    line_fit(seconds=0.05)
    assert time.perf_counter() - began < 5


def test_fit_evaluates_evenly_and_judges_by_the_best_of_the_last():
    scores = iter([0.9, 0.1, 0.2, 0.5, 0.3])
    _, history = line_fit(updates=50, evaluate=lambda: next(scores), evaluations=5)
    assert [updates for updates, _ in history.evaluations] == [10, 20, 30, 40, 50]
    assert history.best() == 0.5
    with pytest.raises(ValueError, match="pass evaluate="):
        line_fit(updates=1)[1].best()


def test_fit_restores_threads_and_refuses_nonsense():
    before = torch.get_num_threads()
    w = nn.Parameter(torch.zeros(1))
    with pytest.raises(FloatingPointError, match="try a smaller lr"):
        train.fit(lambda _: w.sum() * float("nan"), [w], updates=1, threads=before + 1)
    assert torch.get_num_threads() == before
    for budget in {}, {"updates": 1, "seconds": 1.0}:
        with pytest.raises(ValueError, match="one budget"):
            train.fit(lambda _: w.sum(), [w], **budget)


def cell(kind, source):
    mark = {"answer": {"solution": True, "grade_id": "09_q1_answer"}, "given": {"locked": True, "grade_id": "given"},
            "test": {"grade": True, "points": 1, "grade_id": "09_q1"}}.get(kind)
    tags = [kind] if kind in ("demo", "setup") else []
    return new_code_cell(source, metadata={"nbgrader": mark} if mark else {"tags": tags})


def test_answers_come_from_the_readers_own_notebook(tmp_path, monkeypatch, capsys):
    path = tmp_path / "09_mine" / "mine.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=[
        cell("setup", "1 / 0"), cell("given", "import math"), cell("extra", "%matplotlib inline"),
        cell("extra", "def helper():\n    return 41"), cell("answer", "print('loud')\ndef answer():\n    return helper() + 1"),
        cell("test", "1 / 0"), cell("demo", "1 / 0"),
    ]), path)
    monkeypatch.setenv("SEQ2VIT_NOTEBOOKS", str(tmp_path))
    loaded = answers.load("09_mine")
    assert loaded.answer() == 42 and loaded.source == path
    assert capsys.readouterr().out == ""


def test_answers_that_cannot_be_had_are_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQ2VIT_NOTEBOOKS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="put yours at"):
        answers.load("01_seq2seq")
    (tmp_path / "01_seq2seq").mkdir()
    nbformat.write(new_notebook(cells=[cell("answer", "1 / 0")]), tmp_path / "01_seq2seq" / "seq2seq.ipynb")
    with pytest.raises(RuntimeError, match=r"cell 1 .*ZeroDivisionError"):
        answers.load("01_seq2seq")


def test_the_reference_answers_load_without_a_named_folder(monkeypatch):
    monkeypatch.delenv("SEQ2VIT_NOTEBOOKS", raising=False)
    if (answers.ROOT / "work" / "01_seq2seq").exists():
        pytest.skip("you have a completed notebook of your own in work/: the reference is not what is loaded")
    assert answers.load("01_seq2seq").source.parts[-3] == "solutions"


@pytest.mark.parametrize(("variable", "value", "on"), [
    ("SEQ2VIT_DEMO", "0", False), ("SEQ2VIT_DEMO", "1", True), ("NBGRADER_EXECUTION", "autograde", False)])
def test_demonstrations_are_off_while_grading(monkeypatch, variable, value, on):
    monkeypatch.delenv("SEQ2VIT_DEMO", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert seq2vit.demos_on()
    monkeypatch.setenv(variable, value)
    assert seq2vit.demos_on() is on


def mistake(function, *arguments, **keywords):
    with pytest.raises(checks.Mistake) as caught:
        function(*arguments, **keywords)
    return str(caught.value)


def test_close_accepts_what_is_equal_and_nothing_else():
    want = torch.tensor([1.0, 2.0])
    checks.close(want + 1e-6, want, "y")
    checks.close(want.double(), want, "y")
    assert mistake(checks.close, want + 0.5, want, "y", "think") == "y: differs by up to 0.5; think"
    assert "shape (2,), got (1,)" in mistake(checks.close, want[:1], want, "y")
    assert "should be a tensor" in mistake(checks.close, [1.0, 2.0], want, "y")
    assert "NaN or infinity" in mistake(checks.close, want * float("nan"), want, "y")
    assert "NaN" in mistake(checks.close, torch.full((2,), float("inf")), torch.full((2,), float("inf")), "y")
    assert "1 of 2 entries" in mistake(checks.close, torch.tensor([1, 2]), torch.tensor([1, 3]), "y")
    assert "expected [1.0, 2.0], got [0.0, 2.0]" in mistake(checks.close, torch.tensor([0.0, 2.0]), want, "y", show=True)
    assert mistake(checks.close, torch.empty(0), torch.tensor(3.0), "y")  # torch.allclose calls these equal


def test_close_names_a_known_wrong_idea():
    want, wrong = torch.tensor([1.0]), torch.tensor([2.0])
    known = [(wrong, "twice as much", "01-double")]
    assert mistake(checks.close, wrong, want, "y", looks_like=known) == "y: twice as much [01-double]"
    assert "[" not in mistake(checks.close, torch.tensor([3.0]), want, "y", looks_like=known)
    with pytest.raises(checks.Mistake) as caught:
        checks.close(wrong, want, "y", slug="01-other")
    assert caught.value.misconception == "01-other"


def test_build_says_which_part_is_amiss():
    state = checks.weights(1, fc=nn.Linear(2, 3))

    def module(**parts):
        made = nn.Module()
        for name, part in parts.items():
            made.add_module(name, part)
        return made

    assert torch.equal(checks.build(module(fc=nn.Linear(2, 3)), state, "M").fc.weight, state["fc.weight"])
    assert "has no parameter fc.weight" in mistake(checks.build, module(layer=nn.Linear(2, 3)), state, "M")
    assert "fc.weight has shape (2, 3), expected (3, 2)" in mistake(checks.build, module(fc=nn.Linear(3, 2)), state, "M")
    extra = module(fc=nn.Linear(2, 3), more=nn.Linear(1, 1))
    assert "more.weight that the task does not list" in mistake(checks.build, extra, state, "M")


def test_gradients_are_compared_and_missing_ones_named():
    x, mine = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    checks.same_gradients(mine**2, x**2, {"x": (mine, x)}, "y")
    assert "with respect to x" in mistake(checks.same_gradients, mine**3, x**2, {"x": (mine, x)}, "y")
    other = torch.ones(3, requires_grad=True)
    assert "no gradient reaches x" in mistake(checks.same_gradients, other**2, x**2, {"x": (mine, x)}, "y")
    assert "carries no gradient" in mistake(checks.same_gradients, mine.detach(), x**2, {"x": (mine, x)}, "y")
    unused = torch.ones(3, requires_grad=True)  # the result does not depend on it, so an answer's need not either
    checks.same_gradients(mine**2, x**2, {"unused": (torch.ones(3, requires_grad=True), unused)}, "y")


def test_parts_and_shapes():
    assert checks.parts((1, 2), ["a", "b"], "f") == (1, 2)
    assert "should return (a, b), got 3 values" in mistake(checks.parts, [1, 2, 3], ["a", "b"], "f")
    assert "got NoneType" in mistake(checks.parts, None, ["a", "b"], "f")
    assert checks.shape(torch.zeros(2, 3)) == (2, 3) and checks.shape(None) is None
    assert "torch.int64" in mistake(checks.is_tensor, torch.zeros(2), (2,), "ids", torch.int64)


def test_quiet_sends_stderr_to_stdout(capsys):
    @checks.quiet
    def test():
        import sys
        import warnings

        warnings.warn("careful", stacklevel=1)
        print("a log line", file=sys.stderr)

    with pytest.warns(UserWarning, match="careful"):  # not an error, although errors are what pytest makes of warnings
        test()
    captured = capsys.readouterr()
    assert captured.err == "" and captured.out == "a log line\n"
