"""Chapter 5's page, and what it imports to measure and to draw."""

import gzip
import math
import re

import pytest
import torch
from matplotlib.figure import Figure

from seq2vit.experiments import ordering
from seq2vit.figures import positions

FREQUENCIES = [10000 ** (-2 * i / 16) for i in range(8)]


def draw(n=300, N=9, seed=0):
    return ordering.sequences(n, N, torch.Generator().manual_seed(seed))


def redrawn(scheme, seed=0):
    """A referee whose every number is drawn again, so that no part is silent."""
    torch.manual_seed(seed)
    model = ordering.Referee(scheme, D=8)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model.double()


# ---- the task


def test_a_sequence_holds_one_a_and_one_b_and_knows_which_came_first():
    ids, first = draw()
    assert ids.shape == (300, 9) and first.dtype == torch.bool
    places = []
    for row, answer in zip(ids.tolist(), first.tolist(), strict=True):
        assert row.count(ordering.A) == row.count(ordering.B) == 1
        assert answer == (row.index(ordering.A) < row.index(ordering.B))
        places += [row.index(ordering.A), row.index(ordering.B)]
    assert set(places) == set(range(9)) and 0.4 < first.double().mean() < 0.6
    assert set(ids.flatten().tolist()) == set(range(2 + ordering.FILLERS))


def test_a_twin_has_a_and_b_exchanged_and_nothing_else():
    ids, _ = draw()
    other = ordering.twins(ids)
    assert torch.equal(ordering.twins(other), ids)
    assert torch.equal(ids != other, ids < 2) and torch.equal(ids.sort(1).values, other.sort(1).values)


# ---- the model


@pytest.mark.parametrize("scheme", ordering.SCHEMES)
def test_only_a_model_without_positions_is_blind_to_order(scheme):
    model, (ids, _) = redrawn(scheme), draw(40)
    with torch.no_grad():
        gap = (model(ids) - model(ordering.twins(ids))).abs().max().item()
    assert gap < 1e-9 if scheme == "none" else gap > 1e-2


@pytest.mark.parametrize("seed", range(3))
def test_without_positions_it_is_right_in_one_half_exactly(seed):
    assert ordering.accuracy(redrawn("none", seed), *draw(200, 16, seed)) == 0.5


def test_rounding_does_not_decide():
    """The least vote of a trained model is far above what another order of the sums changes, in double precision."""
    torch.manual_seed(0)
    model, (ids, _) = ordering.Referee("none").double(), draw(500, 16)
    with torch.no_grad():
        votes = model(ids)
        assert (votes - model(ordering.twins(ids))).abs().max() < 1e-12 < votes.abs().min()


def test_accuracy_counts_sequences_and_twins():
    class ByTheFirst(torch.nn.Module):
        """Right when A or B stands at the very beginning, else it always says yes."""

        def forward(self, ids):
            return 1.0 - 2.0 * (ids[:, 0] == ordering.B)

    ids, first = draw(400, 4)
    sure = (ids[:, 0] < 2).double().mean().item()
    assert ordering.accuracy(ByTheFirst(), ids, first) == pytest.approx(sure + (1 - sure) / 2)


@pytest.mark.parametrize("scheme", ["rotary", "bias"])
def test_in_the_scores_only_differences_count(scheme):
    """The same tokens further along, behind tokens that nobody looks at: queries and keys meet as before."""
    model = redrawn(scheme)
    N, shift = 5, 7
    if scheme == "bias":
        long = model.added(N + shift)
        assert torch.equal(long[shift:, shift:], model.added(N)) and long[0, 1] != long[1, 0]
        assert long[0, 11] == long[0, 9] == long[1, 9] == long[0, 8] != long[0, 7]
        return
    q, k = torch.randn(2, 1, N, 8, dtype=torch.float64)
    near, far = torch.arange(N), torch.arange(N) + shift
    scores = [model.rotary(q, at) @ model.rotary(k, at).mT for at in (near, far)]
    torch.testing.assert_close(*scores)


def test_who_looks_back_does_not_hear_what_comes_and_the_line_falls():
    mask, line = (redrawn(scheme).added(4) for scheme in ("mask", "alibi"))
    future = torch.ones(4, 4, dtype=torch.bool).triu(1)
    assert (mask[future] == -torch.inf).all() and (mask[~future] == 0).all()
    assert torch.equal(line == -torch.inf, future)
    assert line[3].tolist() == [-3 * ordering.SLOPE, -2 * ordering.SLOPE, -ordering.SLOPE, 0]


def test_an_unknown_scheme_is_refused():
    with pytest.raises(ValueError, match="no scheme 'clocks': choose one of none, table"):
        ordering.Referee("clocks")


def test_votes_are_summed_by_who_casts_them():
    model, (ids, first) = redrawn("sines"), draw(60)
    pair, fillers = ordering.who_votes(model, ids, first)
    with torch.no_grad():
        votes = model.votes(ids)
        torch.testing.assert_close(votes.mean(1), model(ids))
    by_hand = [[votes[b, n].item() for n in range(9) if ids[b, n] in (ordering.A, ordering.B)] for b in range(60) if first[b]]
    assert all(len(both) == 2 for both in by_hand)
    assert pair == pytest.approx(sum(map(sum, by_hand)) / len(by_hand))
    assert pair + fillers == pytest.approx(9 * model(ids)[first].mean().item())


# ---- the runs


def test_a_run_brings_its_accuracy_by_length():
    run = ordering.train("mask", updates=40, batch=16, held_out=20)
    assert run.scheme == "mask" and run.updates == 40 and run.seconds > 0
    assert tuple(run.right) == tuple(run.votes) == ordering.LENGTHS
    assert all(0 <= right <= 1 for right in run.right.values())


def test_rows_beyond_the_training_stay_as_they_were():
    torch.manual_seed(0)
    model = ordering.Referee("table")
    ids, first = draw(8, ordering.LONGEST)
    torch.nn.functional.binary_cross_entropy_with_logits(model(ids), first.float()).backward()
    moved = model.place.table.weight.grad.abs().sum(1) > 0
    assert moved.tolist() == [True] * ordering.LONGEST + [False] * (max(ordering.LENGTHS) - ordering.LONGEST)


def test_who_knows_the_first_places_is_right_as_often_as_counted():
    assert ordering.knows(8) == ordering.knows(16) == 1
    pairs = [(a, b) for a in range(6) for b in range(6) if a != b]
    counted = sum(1 if max(pair) < 4 else 0.5 for pair in pairs) / len(pairs)
    assert ordering.knows(6, 4) == pytest.approx(counted)


def runs():
    return {scheme: ordering.Run(scheme, {N: 0.5 + k / 100 for N in ordering.LENGTHS}, 10, 1.0)
            for k, scheme in enumerate(ordering.SCHEMES)}


def test_runs_are_shown_as_a_table_and_as_a_picture():
    table = ordering.table(runs(), lengths=(8, 16)).splitlines()
    assert table[0].split() == ["tokens", "8", "16"] and table[2].split() == ["table", "0.51", "0.51"]
    assert len(table) == 1 + len(ordering.SCHEMES) and max(map(len, table)) <= 40
    table = ordering.table(runs()).splitlines()
    assert table[-1].split() == ["first", "1.00", "1.00", *(f"{ordering.knows(N):.2f}" for N in (24, 32, 48, 64))]
    figure = ordering.picture(runs())
    drawn = {line.get_label(): list(line.get_ydata()) for ax in figure.axes for line in ax.lines}
    assert isinstance(figure, Figure) and set(ordering.SCHEMES) | {"first"} <= set(drawn)
    assert drawn["alibi"] == [0.56] * len(ordering.LENGTHS)
    colours = {line.get_label(): line.get_color() for ax in figure.axes for line in ax.lines if line.get_label() in drawn}
    assert len({colours[name] for name in (*ordering.SCHEMES, "first")}) == len(ordering.SCHEMES) + 1


def test_labels_that_would_overlap_are_moved_apart():
    assert ordering.apart([1.0, 0.5, 0.5, 0.9], 0.25) == [1.25, 0.5, 0.75, 1.0]
    assert ordering.apart([0.1, 0.9], 0.25) == [0.1, 0.9]


# ---- the figures


def test_the_clocks_stand_without_scripts_and_are_small():
    figure = positions.clock(FREQUENCIES, place=20, further=5)
    page = figure._repr_html_()
    still = page.split("<script", 1)[0]
    assert still.count("<svg") == still.count('role="img"') == 2 and still.count("<circle") == 8 + 1
    assert "solid hands stand at position 20" in repr(figure) and len(gzip.compress(page.encode())) < 40_000
    hands = re.findall(r'<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="([\d.]+)" class="s2v-clock-hand s2v-clock-(\w+)"',
                       still)
    assert len(hands) == 16
    for number, (*ends, kind) in enumerate(hands):
        x1, y1, x2, y2 = map(float, ends)
        angle = FREQUENCIES[number // 2] * (25 if kind == "there" else 20)
        turned = (math.atan2(x2 - x1, y1 - y2) - angle) / (2 * math.pi)  # clockwise from twelve
        assert abs(turned - round(turned)) < 0.005


def test_the_bars_are_the_encoding():
    still = positions.clock(FREQUENCIES, place=3, further=0)._repr_html_()
    heights = re.findall(r'height="([\d.]+)" class="s2v-clock-bar s2v-clock-here"', still)
    expected = [abs(part(3 * f)) * positions.BAR for f in FREQUENCIES for part in (math.sin, math.cos)]
    assert [float(h) for h in heights] == pytest.approx(expected, abs=0.06)


def test_hands_that_stand_still_are_refused():
    with pytest.raises(ValueError, match="frequencies are positive"):
        positions.clock([1.0, 0.0])


def test_how_long_a_turn_takes_is_spelled_shortly():
    assert [positions.spelled(w) for w in (2 * math.pi, 9.96, 19.87, 19869.2)] == ["6.3", "10.0", "20", "19869"]


def test_tables_and_grids_are_drawn():
    axes = positions.counter_picture([[0, 1], [1, 0], [1, 1]], [[0.0, 0.1], [1.0, -1.0], [0.5, 0.2]]).axes
    assert [ax.get_title() for ax in axes] == ["bits", "sines"] and axes[0].images[0].get_array().shape == (3, 2)
    maps = {"one": torch.rand(3, 4), "two": torch.rand(3, 4)}
    axes = positions.grid_picture(maps, (1, 2)).axes
    assert [ax.get_title() for ax in axes] == ["one", "two"]
    assert [list(map(float, ax.lines[0].get_xydata()[0])) for ax in axes] == [[2, 1]] * 2
