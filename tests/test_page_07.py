"""Chapter 7's page, and what it imports to measure and to draw."""

import gzip
import re

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from seq2vit.experiments import measuring, neighbours
from seq2vit.figures import heads as figures


def model(name="two heads", seed=0, spread=0.4):
    torch.manual_seed(seed)
    net = neighbours.Neighbours(**neighbours.MODELS[name])
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=spread)
    return net.eval()


# ---- the rows


def test_what_is_asked_are_the_two_neighbours_of_the_inner_letters():
    letters, asked = neighbours.rows(5, torch.Generator().manual_seed(0))
    assert letters.shape == (5, neighbours.N) and asked.shape == (5, neighbours.N - 2, 2)
    for row, pairs in zip(letters.tolist(), asked.tolist(), strict=True):
        assert pairs == [[row[i - 1], row[i + 1]] for i in range(1, neighbours.N - 1)]


def test_letters_are_independent_so_nothing_but_looking_helps():
    letters, asked = neighbours.rows(6000, torch.Generator().manual_seed(0))
    many = len(neighbours.LETTERS)
    own, left, right = letters[:, 1:-1].flatten(), asked[..., 0].flatten(), asked[..., 1].flatten()
    for one, other in ((own, left), (own, right), (left, right)):
        shares = torch.bincount(one * many + other, minlength=many**2) / len(one)
        assert (shares - many**-2).abs().max() < 0.001


# ---- the models


def test_heads_cost_no_parameters_and_the_rivals_have_more():
    sizes = {name: sum(p.numel() for p in neighbours.Neighbours(**options).parameters())
             for name, options in neighbours.MODELS.items()}
    assert sizes["one head"] == sizes["two heads"] == sizes["four heads"]
    assert all(sizes[name] > 1.3 * sizes["one head"] for name in ("one wide head", "two layers", "one head, MLP"))


@pytest.mark.parametrize("name", neighbours.MODELS)
def test_a_vote_is_for_the_letter_in_its_place(name):
    """Votes and weights have their shapes; the ends are looked at and not asked."""
    net, (letters, asked) = model(name), neighbours.rows(3, torch.Generator().manual_seed(1))
    votes, weights = net.look(letters)
    assert votes.shape == (3, neighbours.N, 2, 26) and weights.shape == (3, net.H, neighbours.N, neighbours.N)
    assert torch.equal(net(letters), votes[:, 1:-1])
    assert torch.equal(neighbours.correct(net, letters, asked), votes[:, 1:-1].argmax(-1) == asked)


@pytest.mark.parametrize("name", ["one head", "two heads", "four heads"])
def test_what_a_head_found_is_thrown_away_and_nothing_else(name):
    """By the oracle: the contribution of each head through its own columns of W_o."""
    net, (letters, _) = model(name), neighbours.rows(2, torch.Generator().manual_seed(2))
    layer, d = net.layers[0], neighbours.D // net.H
    with torch.no_grad():
        x = net.symbol(letters) + net.place.weight
        _, weights = net.look(letters)
        y = x + layer.W_o.bias
        for h in range(1, net.H):  # all but head 0
            own = slice(h * d, (h + 1) * d)
            y = y + weights[:, h] @ layer.W_v(x)[..., own] @ layer.W_o.weight[:, own].T
        expected = torch.stack([net.left(y), net.right(y)], 2)
        before = net.look(letters)[0]
        torch.testing.assert_close(neighbours.without(net, [0]).look(letters)[0], expected, rtol=1e-4, atol=1e-4)
        assert torch.equal(net.look(letters)[0], before)  # the model itself is left as it was
        assert (before - expected).abs().max() > 0.1


def test_a_run_reports_its_best_and_brings_its_network():
    run = neighbours.train(("two heads", 0), updates=40, batch=8, held_out=50)
    assert len(run.history) == 20 and run.history[-1][0] == 40 and run.seconds > 0
    assert run.pairs == max(share for _, share in run.history[-3:])
    again = run.model()
    assert run.parameters == sum(p.numel() for p in again.parameters()) and not again.training
    for parameter in again.parameters():  # rounded to bytes: what the page measures is what it carries
        steps = parameter / (parameter.abs().max() / 127)
        assert (steps - steps.round()).abs().max() < 1e-2
    runs = {"two heads": [run, run], "one head": [run]}
    lines = neighbours.table(runs).splitlines()
    assert [len(line.split()) for line in lines] == [6, 5, 4] and max(map(len, lines)) < 40
    figure = neighbours.picture({**runs, "four heads": [run]})
    assert isinstance(figure, Figure) and [line.get_linewidth() for line in figure.axes[0].lines] == [1.8, 1.8, 0.8]


def test_two_heads_learn_in_a_few_hundred_updates_what_one_does_not():
    """The page's claim in small; the page itself trains longer."""
    shares = {name: neighbours.train((name, 0), updates=300).pairs for name in ("one head", "two heads")}
    assert shares["two heads"] > 0.9 > 0.4 > shares["one head"]


def test_shares_are_those_of_left_and_right_and_a_line_for_each_head():
    net = model()
    test = neighbours.rows(500, torch.Generator().manual_seed(99))
    expected = neighbours.correct(neighbours.without(net, [1]), *test).float().mean((0, 1)).tolist()
    assert neighbours.shares(net, [1]) == pytest.approx(tuple(expected))
    lines = neighbours.removed(net).splitlines()
    assert lines[0].split() == ["left", "right"]
    assert [line.split()[:-2] for line in lines[1:]] == [["whole"], ["without", "head", "0"], ["without", "head", "1"]]
    assert lines[3].split()[-2:] == [f"{share:.2f}" for share in expected]


# ---- time and memory


def test_both_forms_of_one_head_agree():
    q, k, v = (torch.randn(7, 5) for _ in "qkv")
    expected = F.softmax(q @ k.T / 5**0.5, -1) @ v
    torch.testing.assert_close(measuring.spelled_out(q, k, v), expected)
    torch.testing.assert_close(measuring.fused(q, k, v), expected)


def test_memory_is_the_most_held_at_once():
    """In a process of its own, as the page measures: two tables for the spelled-out form, hardly anything for the other."""
    lengths = [128, 512]
    found = measuring.measure({"attention": (["spelled out", "fused"], lengths), "next token": (["recurrent"], [4])}, 1)
    plain = found["attention"]
    for N, cost in zip(lengths, plain["spelled out"], strict=True):
        assert 2 * 4 * N * N <= cost.bytes <= 2 * 4 * N * N + 2 * 4 * N * 64 + 4096 and cost.seconds > 0
    assert plain["fused"][1].bytes < plain["spelled out"][1].bytes / 4
    assert found["next token"]["recurrent"][0].bytes == 0 and len(found["next token"]["recurrent"]) == 1
    figure = measuring.picture(plain, lengths)
    assert [list(ax.lines[0].get_xdata()) for ax in figure.axes] == [lengths, lengths]


@pytest.mark.parametrize(("what", "kind"), [("training", "recurrent"), ("training", "attention"), ("training", "spelled out"),
                                            ("next token", "recurrent"), ("next token", "attention"), ("heads", "4")])
def test_everything_on_the_plan_can_be_called_again(what, kind):
    call = measuring.MEASURED[what](kind, 12)
    call()
    call()


def costs(seconds, sizes=(1, 1, 1)):
    return [measuring.Cost(s, b) for s, b in zip(seconds, sizes, strict=True)]


def test_tables_count_and_fit_a_phone():
    taken = {H: costs([1e-3, 2e-3], [0, 2**20]) for H in "1248"}
    counted, measured = measuring.heads_table(taken, [64, 512]).split("\n\n")
    d = 16  # four heads: projections, then scores and means of every head
    by_four = counted.splitlines()[3].split()
    assert by_four == ["4", str(4 * 64 * 64 + 4 * 64), str(512 * 4 * 64 * 64 + 4 * 512 * 512 * d * 2)]
    assert len({tuple(line.split()[1:]) for line in counted.splitlines()[1:]}) == 1  # the same for all H
    assert measured.splitlines()[1].split() == ["1", "1.0", "2.0", "1.0"]
    rows = costs([1e-3, 1e-2, 0.25], [2**10, 2**20, 2**27])
    text = measuring.against({"training": dict.fromkeys(("recurrent", "attention", "spelled out"), rows),
                              "next token": dict.fromkeys(("recurrent", "attention"), rows)}, [64, 256, 1024])
    assert max(map(len, [*text.splitlines(), *counted.splitlines()])) < 40
    assert text.splitlines()[1].split() == ["GRU,", "ms", "1.0", "10.0", "250"]
    assert text.splitlines()[-1].split() == ["fused,", "next,", "μs", "10.0", "100", "2500"]


def test_promises_hold_for_numbers_like_the_pages_and_fail_for_others():
    good = {"training": {"recurrent": costs([8, 30, 120]), "attention": costs([1, 3, 30], [1, 1, 3]),
                         "spelled out": costs([1, 3, 40], [1, 4, 50])},
            "next token": {"recurrent": costs([1, 1, 1]), "attention": costs([1, 1.2, 2])},
            "attention": {"spelled out": costs([1, 4, 16], [1, 16, 128]), "fused": costs([1, 4, 16], [1, 1, 1])},
            "heads": {H: costs([1, 1], [0, int(H)]) for H in "1248"}}
    measuring.promises(good)
    for what, kind, worse in (("training", "recurrent", costs([1, 30, 120])), ("training", "attention", costs([1, 30, 60])),
                              ("training", "spelled out", costs([1, 3, 40])), ("next token", "attention", costs([1, 1, 1])),
                              ("training", "attention", costs([1, 3, 100], [1, 1, 3])),
                              ("attention", "fused", costs([1, 4, 16], [1, 16, 128])),
                              ("attention", "fused", costs([1, 4, 16], [0, 1, 5])), ("heads", "8", costs([1, 1], [0, 4]))):
        with pytest.raises(AssertionError):
            measuring.promises(good | {what: good[what] | {kind: worse}})


# ---- the figures


def test_the_figure_stands_without_scripts_and_is_small():
    nets = {name: model(name) for name in ("one head", "two heads", "four heads")}
    figure = figures.heads(nets, "cgfdaksplt")
    page = figure._repr_html_()
    still = page.split("<script", 1)[0]
    assert still.count("<svg") == still.count('role="img"') == 3  # the row, and a map for each of two heads
    with torch.no_grad():
        votes, weights = nets["two heads"].look(torch.tensor([[neighbours.LETTERS.index(c) for c in "cgfdaksplt"]]))
    shades = re.findall(r'fill-opacity="([\d.]+)"', still)
    assert shades == [f"{w:.2f}" for w in weights.flatten().tolist()]
    assert still.count("s2v-heads-arc") == int((weights[0, :, 4] > 0.03).sum())
    told = [neighbours.LETTERS[i] for side in (0, 1) for i in votes[0, 1:-1, side].argmax(-1).tolist()]
    row = still.split("</svg>")[0]
    assert re.findall(r">(\w)</text>", row)[10:] == told
    assert "c g f d a k s p l t" in repr(figure) and page.count("</script>") == 1
    assert len(gzip.compress(page.encode())) < 40_000


def test_models_that_the_figure_cannot_run_are_refused():
    for letters, name in (("abc", "one head"), ("cgfdaksplt", "two layers"), ("cgfdaksplt", "one head, MLP")):
        with pytest.raises(ValueError, match="the figure draws 10 letters and models with one attention layer"):
            figures.heads({name: model(name)}, letters, name)


def test_the_drawing_has_words_and_ids_of_its_own():
    drawing = figures.split_and_joined()._repr_html_()
    assert drawing.count("<svg") == drawing.count('role="img"') == 1 and "<script" not in drawing
    assert set(re.findall(r"url\(#([^)]+)\)", drawing)) == set(re.findall(r' id="([^"]+)"', drawing)) == {"s2v-tip"}
    assert drawing.count("s2v-heads-0") == drawing.count("s2v-heads-1") == 6
