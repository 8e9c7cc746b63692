"""Chapter 4's page, and what it imports to measure and to draw."""

import gzip
import re

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from seq2vit.experiments import relating
from seq2vit.figures import selfattention


def board(n=200, seed=0):
    return relating.boards(n, torch.Generator().manual_seed(seed))


def patch(image, middle):
    """The five by five pixels around a place, and for each channel how much they take away from white."""
    row, column = middle.tolist()
    return (1 - image[:, row - 2 : row + 3, column - 2 : column + 3]).clamp(0, 1)


# ---- the boards


def test_twins_have_one_form_and_only_one_of_them_has_a_colour():
    scene = board(40)
    for image, greys, twins, colours in zip(scene.images, scene.grey, scene.twin, scene.colour, strict=True):
        for grey, twin, colour in zip(greys, twins, colours, strict=True):
            one, other = patch(image, grey), patch(image, twin)
            inked = [p.amax(0) > 0.2 for p in (one, other)]
            assert torch.equal(*inked) and 8 <= inked[0].sum() < 20
            assert (one[:, inked[0]].mean(1) - 0.45).abs().max() < 0.05  # grey: the same in all channels
            torch.testing.assert_close(1 - other[:, inked[0]].mean(1), relating.RGB[colour], rtol=0, atol=0.05)


def test_shapes_and_places_differ_and_colours_are_independent():
    scene = board(3000)
    places = torch.cat([scene.cells(scene.grey), scene.cells(scene.twin)], 1).sort(1).values
    assert (places.diff(dim=1) > 0).all()
    forms = [sum(1 << k for k, on in enumerate(patch(image, grey).amax(0).gt(0.2).flatten().tolist()) if on)
             for image, greys in zip(scene.images[:50], scene.grey, strict=False) for grey in greys]
    assert all(len(set(forms[i : i + 4])) == 4 for i in range(0, 200, 4)) and len(set(forms)) == len(relating.SHAPES)
    together = torch.stack([scene.colour[:, 0] * 4 + scene.colour[:, k] for k in (1, 2, 3)]).flatten()
    shares = torch.bincount(together, minlength=16) / len(together)
    assert (shares - 1 / 16).abs().max() < 0.02
    assert set(scene.apart.unique().tolist()) == set(range(1, 8))


def test_a_cell_of_the_grid_is_the_one_under_the_place():
    scene = board(3)
    grid = torch.arange(4 * 16).reshape(4, 16)
    expected = [[int(grid[r // 4, c // 4]) for r, c in places] for places in scene.grey.tolist()]
    assert scene.cells(scene.grey).tolist() == expected


# ---- the painters


def test_only_the_middle_differs_and_attention_has_the_fewest_parameters():
    painters = {name: relating.Painter(name) for name in relating.BLOCKS}
    outside = {name: [tuple(p.shape) for part in (m.see, m.say) for p in part.parameters()] for name, m in painters.items()}
    assert outside["convolution"] == outside["mean"] == outside["attention"]
    sizes = {name: sum(p.numel() for p in m.parameters()) for name, m in painters.items()}
    assert sizes["attention"] < sizes["mean"] < sizes["convolution"]
    with pytest.raises(ValueError, match="no block 'pooling': choose one of convolution, mean, attention"):
        relating.Painter("pooling")


@pytest.mark.parametrize(("block", "columns"), [("convolution", 30), ("attention", 64), ("mean", 64)])
def test_what_a_painter_sees_is_what_the_page_says(block, columns):
    """Which columns of the picture the vote in one place depends on, by its gradient."""
    torch.manual_seed(0)
    painter = relating.Painter(block)
    for parameter in painter.parameters():
        nn.init.normal_(parameter, std=0.3)
    image = board(1).images.double().requires_grad_()
    painter.double()(image)[0, :, 1, 8].sum().backward()
    seen = image.grad[0].abs().sum((0, 1)).nonzero().flatten()
    assert int(seen.max() - seen.min()) + 1 == columns
    if block == "convolution":  # a twin three slots away lies outside, on either side
        slot = 8 * relating.STRIDE // relating.SLOT * relating.SLOT
        assert seen.min() >= slot - 2 * relating.SLOT and seen.max() < slot + 3 * relating.SLOT


def test_votes_are_taken_where_the_grey_shapes_stand():
    painter, scene = relating.Painter("convolution"), board(5)
    everywhere, votes = painter(scene.images), relating.votes(painter, scene)
    assert everywhere.shape == (5, 4, 4, 16) and votes.shape == (5, 4, 4)
    for b in range(5):
        for pair, (row, column) in enumerate(scene.grey[b].tolist()):
            assert torch.equal(votes[b, pair], everywhere[b, :, row // 4, column // 4])


def test_a_run_reports_its_best_by_distance_and_brings_its_network():
    run = relating.train("mean", updates=24, batch=8, held_out=60)
    scene = board(60, seed=2)  # the held-out boards
    right = (relating.votes(run.painter(), scene).argmax(-1) == scene.colour).float()
    counts = {n: int((scene.apart == n).sum()) for n in run.by_distance}
    assert sum(counts.values()) == 240 and run.updates == 24 and run.seconds > 0
    assert run.right == pytest.approx(sum(run.by_distance[n] * k for n, k in counts.items()) / 240)
    assert right.mean().item() <= run.right + 1e-6  # the last evaluation is among those of which it is the best
    table = relating.table({"mean": run}).splitlines()
    assert table[0].split() == ["block", "right", "parameters", "updates", "seconds"]
    assert table[1].split()[2] == str(sum(p.numel() for p in run.painter().parameters()))
    assert isinstance(relating.picture({"mean": run}), Figure)


def test_the_attention_block_trains_though_it_starts_as_nothing():
    torch.manual_seed(0)
    painter = relating.Painter("attention")
    grid = torch.randn(1, 32, 4, 16)
    assert torch.equal(painter.block(grid), grid)
    assert relating.train("attention", updates=5, batch=4, held_out=10).painter().block.gamma.abs() > 0


# ---- its weights


def test_the_weights_drawn_are_those_that_the_block_uses():
    """Rebuild one place's output of the block from the weights that `look` gives."""
    torch.manual_seed(1)
    painter, scene = relating.Painter("attention"), board(1)
    for parameter in painter.parameters():
        nn.init.normal_(parameter, std=0.2)
    grey = scene.grey[0, 0]
    weights = relating.look(painter, scene.images[0], grey)
    assert weights.shape == (4, 16) and weights.sum().item() == pytest.approx(1, abs=1e-5) and weights.max() > 0.05
    row, column = (grey // relating.STRIDE).tolist()
    with torch.no_grad():
        grid = painter.see(1 - scene.images)
        mixed = (painter.block.W_v(grid)[0] * weights).sum((1, 2))
        expected = grid[0, :, row, column] + painter.block.gamma * (painter.block.W_o.weight[:, :, 0, 0] @ mixed)
        torch.testing.assert_close(painter.block(grid)[0, :, row, column], expected, rtol=1e-4, atol=1e-4)


def test_the_weight_on_the_twin_is_that_of_its_slot(monkeypatch):
    scene = board(4)
    painter = relating.Painter("attention")
    nn.init.zeros_(painter.block.W_q.weight)
    found = relating.looked_at(painter, scene)
    assert list(found) == ["its twin", "itself", "another colour", "another grey"]
    assert list(found.values()) == pytest.approx([1 / 16] * 4)

    def on_middle(painter, image, place):
        """Most weight where the twin of this place has its middle, some there, some on the twin of the next pair."""
        b = next(b for b in range(4) if torch.equal(scene.images[b], image))
        pair = next(p for p in range(4) if torch.equal(scene.grey[b, p], place))
        weights = torch.zeros(4, 16)
        for share, middle in ((0.6, scene.twin[b, pair]), (0.1, place), (0.3, scene.twin[b, (pair + 1) % 4])):
            weights[tuple((middle // 4).tolist())] += share
        return weights

    monkeypatch.setattr(relating, "look", on_middle)
    expected = {"its twin": 0.6, "itself": 0.1, "another colour": 0.3 / 3, "another grey": 0}
    assert relating.looked_at(painter, scene) == pytest.approx(expected)


def test_a_board_is_drawn_alone_or_with_a_map_for_each_grey_shape():
    scene = board(2)
    assert len(relating.show(scene).axes) == 1
    axes = relating.show(scene, relating.Painter("attention"), number=1).axes
    assert [len(ax.images) for ax in axes] == [1, 2, 2, 2, 2]
    row, column = scene.twin[1, 2].tolist()
    assert [float(v) for v in axes[3].lines[1].get_xydata()[0]] == [column + 0.5, row + 0.5]


# ---- the stopwatch


def test_the_stopwatch_sees_every_layer_at_every_length():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(tuple(x.shape))
            return x

    layers = {"spy": Spy(), "convolution": relating.Along(6)}
    seconds = relating.stopwatch(layers, (4, 9), D=6, repeats=2)
    assert seen == [(1, 4, 6)] * 2 + [(1, 9, 6)] * 2
    assert {name: len(row) for name, row in seconds.items()} == {"spy": 2, "convolution": 2}
    assert all(s >= 0 for row in seconds.values() for s in row)
    assert relating.Along(6)(torch.randn(2, 9, 6)).shape == (2, 9, 6)
    axes = relating.cost_picture((4, 9), {"a": [1e-3, 2e-3], "b": [1e-4, 3e-4]}).axes[0]
    assert axes.get_xscale() == axes.get_yscale() == "log" and list(axes.lines[0].get_ydata()) == [1.0, 2.0]


# ---- the figures


def tables(N=4, d=2):
    torch.manual_seed(0)
    return [torch.randn(*shape) for shape in ((N, 3), (d, 3), (d, 3), (3, 3), (N, 3))]


def test_the_figure_stands_without_scripts_and_is_small():
    names = ["dog", "bites", "man", "again"]
    figure = selfattention.permute(names, *tables())
    page = figure._repr_html_()
    still = page.split("<script", 1)[0]
    assert all(still.count(f">{name}</text>") == 2 for name in names)  # a row and a column
    x, W_q, W_k, W_v, _ = tables()
    weights = ((x @ W_q.T) @ (x @ W_k.T).T / 2**0.5).softmax(-1)
    assert re.findall(r'fill-opacity="([\d.]+)"', still) == [f"{w:.2f}" for w in weights.flatten().tolist()]
    assert page.count("</script>") == 1 and "dog, bites, man, again" in repr(figure)
    assert len(gzip.compress(page.encode())) < 40_000


def test_tables_of_another_width_are_refused():
    x, W_q, W_k, W_v, PE = tables()
    with pytest.raises(ValueError, match=r"tokens of width 3 in and 3 out: x is \(4, 3\)"):
        selfattention.permute(["a", "b", "c"], x, W_q, W_k, W_v, PE)


def test_the_drawing_has_words_and_ids_of_its_own():
    drawing = selfattention.side_by_side()._repr_html_()
    assert drawing.count("<svg") == drawing.count('role="img"') == 2 and "<script" not in drawing
    ids = re.findall(r' id="([^"]+)"', drawing)
    used = re.findall(r"url\(#([^)]+)\)", drawing)
    assert len(ids) == len(set(ids)) == 2 and set(used) == set(ids)
    assert "W_q" not in drawing and drawing.count(">q</tspan>") == 2
    assert "T queries" in drawing and "S inputs" in drawing and "N inputs" in drawing
