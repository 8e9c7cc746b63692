"""Chapter 3's page, and what it imports to measure and to draw."""

import dataclasses
import gzip
import itertools
import re

import pytest
import torch
import torch.nn.functional as F

from seq2vit import answers
from seq2vit.experiments import lookup
from seq2vit.figures import attention

# ---- the look-up experiment


def test_a_question_has_its_answer_in_its_own_dictionary():
    task = lookup.Task(seed=3)
    questions, entries, digits, asked = task.batch(20, torch.Generator().manual_seed(0))
    assert questions.shape == (20, lookup.ENTRIES, lookup.CODE)
    assert entries.shape == (20, lookup.ENTRIES, lookup.CODE + lookup.DIGITS)
    for n, t in itertools.product(range(20), range(lookup.ENTRIES)):
        entry = entries[n, asked[n, t]]
        assert entry[lookup.CODE:].tolist() == F.one_hot(digits[n, t], lookup.DIGITS).tolist()
        word = (task.key_codes == entry[: lookup.CODE]).all(1).nonzero().item()
        assert torch.equal(questions[n, t], task.question_codes[task.meaning[word]])
    assert all(len({tuple(e[:4].tolist()) for e in d}) == lookup.ENTRIES for d in entries)  # no word twice
    assert sorted(task.meaning.tolist()) == list(range(lookup.WORDS))


@pytest.mark.parametrize("name", ["scaled", "unscaled"])
def test_without_the_scale_is_without_the_scale(name):
    """The unscaled model is the layer with scores that are plain dot products, and learns as such."""
    model = lookup.build(name, 24)
    questions, entries, *_ = lookup.Task().batch(3, torch.Generator().manual_seed(1))
    queries, keys, values = model.layer.W_q(questions), model.layer.W_k(entries), model.layer.W_v(entries)
    scale = 24**-0.5 if name == "scaled" else 1.0
    wanted = F.scaled_dot_product_attention(queries, keys, values, scale=scale)
    logits, weights = model(questions, entries)
    torch.testing.assert_close(logits, wanted, atol=1e-4, rtol=1e-4)
    assert weights.shape == (3, lookup.ENTRIES, lookup.ENTRIES)
    gradients = [torch.autograd.grad(y.square().sum(), list(model.parameters())) for y in (logits, wanted)]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)


def test_all_models_start_alike():
    for name in lookup.MODELS:
        model, again = lookup.build(name, 256), lookup.build(name, 256)
        assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
        for parameter in model.parameters():
            if parameter.ndim == 2:
                assert 0.9 < parameter.std() * lookup.CODE**0.5 < 1.1
    assert torch.equal(lookup.build("scaled", 8).layer.W_q.weight, lookup.build("unscaled", 8).layer.W_q.weight)


@pytest.mark.parametrize("name", lookup.MODELS)
def test_a_run_says_what_it_took(name):
    run = lookup.train((name, 8, 1e-2), updates=12, batch=4, held_out=5)
    assert (run.name, run.width, run.lr, run.updates) == (name, 8, 1e-2, 12)
    assert 0 <= run.accuracy <= 1 and 0 < run.on_key < 1 and run.milliseconds > 0
    assert torch.tensor(run.weights).shape == (lookup.ENTRIES, lookup.ENTRIES) and run.places == sorted(run.places)


def test_a_trained_layer_looks_at_the_right_key():
    run = lookup.train(("scaled", 16, 1e-2), updates=150, held_out=16)
    assert run.accuracy > 0.6 and run.on_key > 0.5
    # So does its picture: most questions, a row each, have their largest weight inside the ring.
    left, right = (lookup.picture_of_weights([run, dataclasses.replace(run, name="unscaled")], 16).axes)
    assert (left.get_title(), right.get_title()) == ("scaled", "unscaled")
    rings = [list(data) for data in left.lines[0].get_data()]
    assert rings == [run.places, list(range(lookup.ENTRIES))]
    found = torch.tensor(left.images[0].get_array().tolist()).argmax(1)
    assert (found == torch.tensor(run.places)).float().mean() > 0.6


def test_counting_needs_no_look_and_gains_little():
    _, entries, digits, _ = lookup.Task(0).batch(64, torch.Generator().manual_seed(2))
    right = 0
    for entry, wanted in zip(entries.tolist(), digits.tolist(), strict=True):
        held = [row[lookup.CODE:].index(1) for row in entry]
        right += sum(digit == max(range(lookup.DIGITS), key=held.count) for digit in wanted)
    assert lookup.counting() == pytest.approx(right / digits.numel())
    assert 1 / lookup.DIGITS < lookup.counting(200, seed=5) < 0.4


def test_sizes_are_drawn_on_a_logarithmic_axis():
    axes = lookup.picture_of_sizes({"scaled": [0.3, 0.3], "unscaled": [0.3, 1e-5]}, (4, 16)).axes[0]
    assert axes.get_yscale() == "log" and list(axes.lines[1].get_ydata()) == [0.3, 1e-5]


def test_a_race_keeps_the_best_rate_of_each_model():
    options = {"updates": 6, "batch": 2, "held_out": 4}
    rates = (1e-4, 3e-2)
    runs = lookup.race(widths=(4, 8), additive=(4,), rates=rates, **options)
    assert [(run.name, run.width) for run in runs] == [
        ("scaled", 4), ("scaled", 8), ("unscaled", 4), ("unscaled", 8), ("additive", 4)]
    tried = [lookup.train(("scaled", 4, lr), **options).accuracy for lr in rates]
    assert runs[0].accuracy == pytest.approx(max(tried)) and runs[0].lr in rates
    lines = lookup.table(runs).splitlines()
    assert len(lines) == 6 and lines[1].split()[:2] == ["scaled", "4"]
    axes = lookup.picture(runs, 0.25).axes[0]
    assert [line.get_label() for line in axes.lines] == ["scaled", "unscaled", "counting digits"]  # one width is no line
    assert list(axes.lines[2].get_ydata()) == [0.25, 0.25]
    assert list(axes.lines[0].get_xdata()) == ["4", "8"]


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="no model 'cosine': choose one of scaled, unscaled, additive"):
        lookup.train(("cosine", 8, 1e-2))


def test_a_stopwatch_takes_the_fastest_of_three_at_least():
    calls = []
    assert 0 < lookup.milliseconds(lambda: calls.append(sum(range(1000))), seconds=0) < 1000
    assert len(calls) == 3


# ---- the figures


def test_the_still_shows_what_the_assignments_attention_computes():
    torch.manual_seed(0)
    keys, values, q = torch.randn(6, 2), torch.randn(6, 2), torch.tensor([0.5, -1.25])
    figure = attention.query(keys, values, q)
    y, weights = answers.load("03_attention_layer").attention(q[None, None], keys[None], values[None])
    written = re.findall(r">(−?\d+\.\d\d)</text>", figure.still)
    scores = [attention.number(float(e)) for e in keys @ q / 2**0.5]
    assert written == [x for pair in zip(scores, map(attention.number, weights[0, 0].tolist()), strict=True) for x in pair]
    assert f"at ({attention.number(float(y[0, 0, 0]))}, {attention.number(float(y[0, 0, 1]))})" in repr(figure)
    assert f"Key {int(weights.argmax()) + 1} gets the largest weight" in repr(figure)


def test_numbers_have_a_real_minus_and_no_negative_zero():
    assert [attention.number(x) for x in (-1.234, -0.001, 0.0, 2.5)] == ["−1.23", "0.00", "0.00", "2.50"]
    assert attention.number(-10.001) == "−10.00"


def test_a_hull_has_every_point_on_its_inner_side():
    torch.manual_seed(1)
    for size in (3, 4, 9, 30):
        points = torch.randn(size, 2).tolist()
        corners = attention.hull(points)
        assert all(corner in points for corner in corners) and 3 <= len(corners) <= size
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
            assert all((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= -1e-9 for p in points)
    assert len(attention.hull([[0, 0], [2, 0], [0, 2], [0.5, 0.5], [2, 2]])) == 4


@pytest.mark.parametrize(("keys", "values", "q"), [((3, 2), (4, 2), (2,)), ((3, 3), (3, 3), (3,)), ((10, 2), (10, 2), (2,))])
def test_a_figure_of_other_shapes_is_refused(keys, values, q):
    with pytest.raises(ValueError, match="expected"):
        attention.query(torch.zeros(keys), torch.zeros(values), torch.zeros(q))


def test_the_figures_stand_without_scripts_and_are_small():
    figure = attention.query(torch.randn(5, 2), torch.randn(5, 2), torch.tensor([1.2, 0.9]))
    page = figure._repr_html_()
    still = page.split("<script", 1)[0]
    assert still.count("<svg") == still.count('role="img"') == 3 and "<button" not in still
    assert repr(figure) in page and len(gzip.compress(page.encode())) < 10_000
    layer = attention.layer()
    assert "<script" not in layer._repr_html_() and f'aria-label="{repr(layer)}"' in layer._repr_html_()
    for word in ("queries", "inputs", "W_q", "W_k", "W_v", "T × S", "S × d_v"):
        assert f">{word}</text>" in re.sub(r"<tspan[^>]*>(\w)</tspan>", r"_\1", layer._repr_html_())
