"""Chapter 6's page, and what it imports to measure and to draw."""

import gzip
import math
import re
from collections import Counter

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from seq2vit import answers
from seq2vit.data import names
from seq2vit.experiments import predicting, relating
from seq2vit.figures import masking

WORDS = ["the", "cat", "sat", "on", "a", "mat"]


def slopes(layer, x):
    """Output t by input s: the largest slope of any of their numbers."""
    jacobian = torch.autograd.functional.jacobian(lambda x: layer(x[None])[0], x)  # (N, D, N, D)
    return jacobian.abs().amax((1, 3))


# ---- the masks of the detector


@pytest.mark.parametrize(("rule", "ahead"), [("correct mask", 0), ("one ahead", 1), ("after softmax", 4), ("no mask", 4)])
def test_each_rule_looks_ahead_as_far_as_the_page_says(rule, ahead):
    torch.manual_seed(0)
    found = slopes(predicting.Attend(rule, 6, 3).double(), torch.randn(5, 6, dtype=torch.double)) > 1e-12
    assert torch.equal(found, torch.ones(5, 5, dtype=torch.bool).tril(ahead))


def test_the_rules_differ_in_the_mask_alone():
    layers = {}
    for rule in predicting.RULES:
        torch.manual_seed(3)
        layers[rule] = predicting.Attend(rule, 6, 4).double()
    x = torch.randn(2, 5, 6, dtype=torch.double)
    states = [layer.state_dict() for layer in layers.values()]
    assert all(torch.equal(state[name], states[0][name]) for state in states for name in states[0])
    W_q, W_k, W_v = (states[0][f"layer.{name}.weight"] for name in ("W_q", "W_k", "W_v"))
    scores = (x @ W_q.T) @ (x @ W_k.T).transpose(1, 2) / 4**0.5
    past = torch.ones(5, 5, dtype=torch.bool).tril()
    expected = {"no mask": scores.softmax(-1), "after softmax": scores.softmax(-1) * past,
                "correct mask": scores.masked_fill(~past, -torch.inf).softmax(-1),
                "one ahead": scores.masked_fill(~torch.ones(5, 5, dtype=torch.bool).tril(1), -torch.inf).softmax(-1)}
    for rule, weights in expected.items():
        torch.testing.assert_close(layers[rule](x), weights @ x @ W_v.T)
    with pytest.raises(ValueError, match="no rule 'future': choose one of correct mask, one ahead, after softmax, no mask"):
        predicting.Attend("future", 6, 4)


def test_a_stack_is_as_causal_as_its_worst_layer():
    torch.manual_seed(1)
    right, wrong = "correct mask", "one ahead"
    x = torch.randn(6, 8, dtype=torch.double)
    for rules, ahead in (([right] * 3, 0), ([right, wrong, right], 1), ([wrong] * 3, 3)):
        stack = predicting.Stack(rules, 8, 4).double().eval()
        for layer in stack.modules():  # without ReLUs that are off, every slope is there
            if isinstance(layer, nn.ReLU):
                layer.forward = torch.nn.functional.softplus
        assert torch.equal(slopes(stack, x) > 1e-12, torch.ones(6, 6, dtype=torch.bool).tril(ahead))


def test_padding_is_not_seen_by_the_predictor():
    torch.manual_seed(0)
    model = predicting.Predictor(7, 6, 8, 4, ["correct mask"] * 2).eval()
    tokens = torch.randint(7, (2, 6))
    other = tokens.clone()
    other[:, :2] = (other[:, :2] + 1) % 7
    keep = torch.tensor([False, False, True, True, True, True]).expand(2, 6)
    assert model(tokens).shape == (2, 6, 7)
    assert torch.equal(model(tokens, keep)[:, 2:], model(other, keep)[:, 2:])
    assert not torch.allclose(model(tokens)[:, 2:], model(other)[:, 2:])


# ---- the detector


def test_a_run_says_how_low_it_got():
    runs = {rule: predicting.detect(rule, updates=24, batch=8, held_out=40) for rule in ("correct mask", "no mask")}
    honest = runs["correct mask"]
    assert len(honest.curve) == 12 and honest.curve[-1][0] == 24
    assert honest.loss == pytest.approx(min(loss for _, loss in honest.curve[-3:]))
    assert 2.25 < honest.loss < 2.7 and 0 <= honest.right <= 0.3 and honest.seconds > 0
    table = predicting.leak_table(runs).splitlines()
    assert table[0].split() == ["mask", "cross-entropy", "right"] and "no mask" in table[2]
    assert table[-1].split() == ["floor", "2.303", "0.10"] and math.exp(predicting.FLOOR) == pytest.approx(10)
    assert isinstance(predicting.leak_picture(runs), Figure)


# ---- the tables of counts


def by_hand(train, test, n, weight):
    """The same tables, by counting strings."""
    signs = [*names.ALPHABET, "$"]

    def chance(before, token, k):
        if k == 0:
            return 1 / len(signs)
        before = before[len(before) - (k - 1):]
        texts = [("^" * (k - 1) + name + "$") for name in train]
        count = Counter(text[i : i + k] for text in texts for i in range(len(text) - k + 1))
        smaller = chance(before, token, k - 1)
        total = sum(count[before + other] for other in signs)
        return (count[before + token] + weight * smaller) / (total + weight)

    surprises = [-math.log(chance(("^" * n + name + "$")[: i + n], (name + "$")[i], n))
                 for name in test for i in range(len(name) + 1)]
    return sum(surprises) / len(surprises)


def test_tables_count_what_follows():
    train, test = ["abba", "ab", "cab"], ["ba", "zac"]
    assert predicting.count_model(train, test, 0) == pytest.approx(math.log(29))
    for n in (1, 2, 3):
        expected = min(by_hand(train, test, n, weight) for weight in (0.3, 1, 3, 10, 30))
        assert predicting.count_model(train, test, n) == pytest.approx(expected)


def test_tables_are_proper_and_better_the_further_they_look():
    train, test = names.split(names.names("language"), 100)
    uniform, *others = (predicting.count_model(train, test, n) for n in range(4))
    assert uniform == pytest.approx(math.log(29))
    assert uniform > others[0] > others[1] > others[2] > 2


def test_the_wrong_rules_leave_out_padding_too():
    torch.manual_seed(0)
    x, other = torch.randn(2, 2, 6, 4, dtype=torch.double)
    other[0, :4], other[1, :3] = x[0, :4], x[1, :3]  # different at padding alone
    keep = torch.arange(6) < torch.tensor([[4], [3]])
    for rule in predicting.RULES:
        layer = predicting.Attend(rule, 4, 3).double()
        assert torch.equal(layer(x, keep)[keep], layer(other, keep)[keep])
        assert not torch.allclose(layer(x)[:, -1], layer(other)[:, -1])
        whole = torch.ones(2, 6, dtype=torch.bool)
        torch.testing.assert_close(layer(x, whole), layer(x))


def test_in_the_end_more_context_hardly_helps_a_table():
    train, test = names.split(names.names("language"), 100)
    losses = [predicting.count_model(train, test, n) for n in (3, 4, 5, 6)]
    assert losses == sorted(losses, reverse=True) and losses[2] - losses[3] < 0.01


# ---- the language model


@pytest.fixture(scope="module")
def writer():
    return predicting.language_model(updates=30, batch=16, layers=1, D=16, d=8)


def test_the_writer_is_judged_on_names_that_it_has_not_seen(writer):
    assert not set(writer.train) & set(writer.test) and len(writer.test) == 100 and writer.updates == 30
    ids, lengths = names.encode(writer.test)
    with torch.no_grad():
        logits = writer.model(ids)
    surprise = -logits.log_softmax(-1)
    each = [surprise[b, t, ids[b, t + 1]] for b in range(len(ids)) for t in range(int(lengths[b]) - 1)]
    # The last state is among those of which the loss is the best.
    assert writer.loss <= torch.stack(each).mean().item() + 1e-4 and writer.loss > 1.5
    assert not writer.model.training


def test_it_writes_names_and_the_same_ones_again(writer):
    made = writer.write(40, 1.0)
    assert made == writer.write(40, 1.0) != writer.write(40, 1.0, seed=1)
    assert len(made) == 40 and all(set(name) <= set(names.ALPHABET) and len(name) < 22 for name in made)
    assert len(set(writer.write(40, 1e-5))) == 1  # hardly any temperature: the likeliest letter each time


def test_it_never_writes_padding_or_a_start(writer, monkeypatch):
    class Likes(nn.Module):
        place = torch.zeros(4, 1)

        def forward(self, tokens):
            logits = torch.zeros(*tokens.shape, len(names.VOCAB))
            logits[..., :2], logits[..., 5] = 50.0, 20.0
            return logits

    made = predicting.Writer("correct mask", Likes(), [], [], 0.0, 0.0, 0, 0.0).write(5, 1.0)
    assert made == ["ccc"] * 5  # the third letter has the id 5; [START] takes the first of four places


def test_each_rule_is_trained_and_comes_back_from_its_process():
    small = {"batch": 8, "layers": 1, "D": 8, "d": 4}
    found = predicting.language_models({"one ahead": 12, "correct mask": 10}, **small)
    for rule, updates in (("one ahead", 12), ("correct mask", 10)):
        here = predicting.language_model(rule, updates, **small)
        assert found[rule].rule == rule and found[rule].updates == updates and not found[rule].model.training
        assert found[rule].loss == pytest.approx(here.loss, abs=1e-4)
        assert {layer.rule for layer in found[rule].model.stack.attend} == {rule}
        tokens = torch.randint(3, 31, (2, 7))
        with torch.no_grad():
            torch.testing.assert_close(found[rule].model(tokens), here.model(tokens), rtol=1e-3, atol=1e-4)


# ---- the stopwatch


def test_learning_goes_forwards_and_backwards():
    layers = {"masked": answers.load("06_masked_self_attention").MaskedSelfAttention(4, 4, 4),
              "RNN": nn.RNN(4, 4, batch_first=True), "plain": nn.Linear(4, 4)}
    seconds = relating.stopwatch({name: predicting.learning(m) for name, m in layers.items()}, (3, 5), 4, repeats=2)
    assert {name: len(row) for name, row in seconds.items()} == dict.fromkeys(layers, 2)
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for m in layers.values() for p in m.parameters())


# ---- the figures


def test_the_figure_stands_without_scripts_and_is_small():
    torch.manual_seed(0)
    scores = torch.randn(6, 6)
    figure = masking.mask(WORDS, scores)
    page = figure._repr_html_()
    still = page.split("<script", 1)[0]
    assert all(still.count(f">{word}</text>") == 2 for word in WORDS)  # a row and a column
    expected = [scores[i, : i + 1].softmax(0) for i in range(6)]
    assert re.findall(r">(1?\.\d\d)</text>", still) == [f"{w:.2f}".replace("0.", ".") if w < 0.995 else "1.00"
                                                        for row in expected for w in row.tolist()]
    assert still.count("url(#s2v-mask-still)") == 15 and page.count("</script>") == 1
    assert len(gzip.compress(page.encode())) < 40_000
    for words, table in ((WORDS[:5], scores), (["a"] * 6, scores)):
        with pytest.raises(ValueError, match="N different words and scores"):
            masking.mask(words, table)


def test_the_masks_to_begin_with_are_what_they_are_called():
    presets = {name: torch.tensor([[c == "1" for c in row] for row in rows])
               for name, (_, rows) in masking.mask(WORDS, torch.zeros(6, 6)).data["presets"].items()}
    causal = torch.ones(6, 6, dtype=torch.bool).tril()
    assert torch.equal(presets["causal"], causal) and presets["open"].all()
    assert torch.equal(presets["padding"], causal & (torch.arange(6) >= 2))
    assert torch.equal(presets["window"], causal & causal.T.logical_not().tril(-1).logical_or(torch.eye(6).bool())
                       & torch.ones(6, 6).triu(-1).bool())
    assert torch.equal(presets["prefix"], causal | ((torch.arange(6) < 3) & (torch.arange(6)[:, None] < 3)))
    assert torch.equal(presets["texts"], causal & torch.block_diag(torch.ones(3, 3), torch.ones(3, 3)).bool())


def test_grids_say_and_show_who_may_look():
    masks = {"causal": [[True, False], [True, True]], "nobody": [[False, False], [False, True]]}
    drawing = masking.grids(masks, ["a", "b"])._repr_html_()
    assert drawing.count("<svg") == drawing.count('role="img"') == 2 and "<script" not in drawing
    assert "a: a; b: a, b." in drawing and "a: nobody; b: b." in drawing
    assert drawing.count('fill-opacity="0.55"') == 4 and drawing.count('fill-opacity="0.35"') == 4
    ids = re.findall(r' id="([^"]+)"', drawing)
    assert len(ids) == len(set(ids)) == 2 and set(re.findall(r"url\(#([^)]+)\)", drawing)) == set(ids)


def test_all_predictions_at_once_are_drawn():
    drawing = masking.all_at_once(WORDS)._repr_html_()
    assert drawing.count("s2v-mask-cheat") == 5 and drawing.count('stroke-opacity="0.75"') == 21
    assert all(drawing.count(f">{word}</text>") == 2 for word in WORDS[1:])


def test_influence_rings_what_is_ahead():
    matrix = torch.tensor([[1.0, 0.0, 0.2], [0.5, 2.0, 0.0], [0.1, 0.1, 1.0]])
    axes = masking.influence_picture({"one": matrix, "other": torch.eye(3), "third": torch.eye(3)}).axes
    assert [tuple(map(int, at)) for at in axes[0].lines[0].get_xydata()] == [(2, 0)] and not axes[1].lines
    assert axes[0].images[0].get_array().max() == pytest.approx(1)
