"""The scenes of chapters 2 and 8: what is drawn is what is said, and where it is said."""

import pytest
import torch

from seq2vit.data.scenes import COLOURS, PAPERS, SHAPES, Scenes, covered


@pytest.fixture(scope="module")
def batch():
    return Scenes().batch(200, seed=3)


def test_shapes_ranges_and_padding(batch):
    assert batch.images.shape == (200, 3, 48, 48) and batch.images.dtype == torch.float32
    assert 0 <= batch.images.min() and batch.images.max() <= 1
    assert set(batch.counts.tolist()) == {1, 2, 3, 4, 5} and (batch.lengths == 2 * batch.counts).all()
    real = torch.arange(batch.ids.shape[1]) < batch.lengths[:, None]
    assert (batch.ids[real] >= 3).all() and (batch.ids[~real] == 0).all() and (batch.boxes[~real] == 0).all()
    assert Scenes().batch(0, seed=1).ids.shape[0] == 0


def test_words_boxes_and_scenes_agree(batch):
    vocab = Scenes().vocab
    assert len(vocab) == 3 + len(COLOURS) + len(SHAPES)
    for i, scene in enumerate(batch.scenes):
        assert tuple(vocab.decode(batch.ids[i])) == scene.caption and len(scene.objects) == batch.counts[i]
        places = [(thing.row, thing.column) for thing in scene.objects]
        assert places == sorted(set(places)), "reading order, one object a slot"
        for j, thing in enumerate(scene.objects):
            top, left, bottom, right = thing.box
            assert thing.row <= 3 * top < 3 * bottom <= thing.row + 1
            assert thing.column <= 3 * left < 3 * right <= thing.column + 1
            assert batch.boxes[i, 2 * j].tolist() == batch.boxes[i, 2 * j + 1].tolist() == list(thing.box)


def test_what_is_drawn_in_a_box_has_the_colour_of_its_word():
    batch = Scenes(slot=32).batch(60, seed=4)
    names = list(COLOURS)
    palette = torch.tensor([*COLOURS.values()]) / 255
    for i, scene in enumerate(batch.scenes):
        for thing in scene.objects:
            top, left, bottom, right = (round(96 * edge) for edge in thing.box)
            inside = batch.images[i, :, top:bottom, left:right].flatten(1)  # (3, pixels)
            strong = inside[:, inside.max(0).values - inside.min(0).values > 0.3]  # not the paper, nor the shadow
            assert strong.shape[1] > 50
            nearest = (palette[:, :, None] - strong).square().sum(1).argmin(0).bincount(minlength=6).argmax()
            assert names[nearest] == thing.colour


def test_outside_of_the_boxes_there_is_paper_and_shadow_only():
    batch = Scenes(slot=32).batch(60, seed=5)
    for i, scene in enumerate(batch.scenes):
        free = torch.ones(96, 96, dtype=torch.bool)
        for thing in scene.objects:
            top, left, bottom, right = (96 * edge for edge in thing.box)
            free[int(top) - 1 if top > 1 else 0:int(bottom) + 2, int(left) - 1 if left > 1 else 0:int(right) + 2] = False
        colours = batch.images[i][:, free]
        assert (colours.max(0).values - colours.min(0).values).max() < 0.15
    assert min(min(paper) for paper in PAPERS) > 220


def test_a_seed_gives_the_same_scenes_at_any_size_and_another_gives_others():
    small, again, large, other = (Scenes(slot=slot).batch(20, seed=seed) for slot, seed in ((16, 7), (16, 7), (64, 7), (16, 8)))
    assert torch.equal(small.images, again.images) and small.scenes == large.scenes and small.scenes != other.scenes
    assert large.images.shape == (20, 3, 192, 192)
    # Shrunk to the small size, the large picture is the small one, but for the edges.
    shrunk = torch.nn.functional.avg_pool2d(large.images, 4)
    assert (shrunk - small.images).abs().mean() < 0.02


def test_other_grids_and_a_fixed_number_of_objects():
    batch = Scenes(rows=2, columns=4).batch(50, seed=1, low=3, high=3)
    assert batch.images.shape == (50, 3, 32, 64) and batch.counts.unique().tolist() == [3]
    assert {(thing.row, thing.column) for scene in batch.scenes for thing in scene.objects} == {
        (row, column) for row in range(2) for column in range(4)}


def test_sentences():
    scene = Scenes().batch(40, seed=2, low=2, high=2).scenes[0]
    first, second = scene.objects
    assert scene.sentence.endswith(f" and a {second.colour} {second.shape}") or second.colour == "orange"
    assert Scenes().batch(1, seed=2, low=1, high=1).scenes[0].sentence.count(" ") == 2
    for scene in Scenes().batch(100, seed=2).scenes:
        assert "an orange" in scene.sentence or "orange" not in scene.sentence


@pytest.mark.parametrize("make", [
    lambda: Scenes(rows=0), lambda: Scenes(slot=4), lambda: Scenes().batch(1, 0, low=0),
    lambda: Scenes(rows=2, columns=2).batch(1, 0), lambda: Scenes().batch(1, 0, low=3, high=2),
    lambda: Scenes().map_score(torch.ones(1, 2, 6, 6), Scenes().batch(2, 0)),
])
def test_bad_input_is_refused_in_a_line(make):
    with pytest.raises(ValueError, match="slots|expected"):
        make()


def test_covered_is_the_shared_area():
    share = covered(torch.tensor([0.25, 0.0, 1.0, 0.5]), 2, 3)
    torch.testing.assert_close(share, torch.tensor([[0.5, 0.25, 0.0], [1.0, 0.5, 0.0]]))
    box = torch.rand(50, 2).sort(-1).values[:, [0, 0, 1, 1]]
    torch.testing.assert_close(covered(box, 5, 7).sum((1, 2)) / 35, (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]))


def test_maps_on_the_object_score_one_and_uniform_ones_the_baseline(batch):
    on = (covered(batch.boxes, 6, 6) >= 0.25).float()
    assert (on.sum((2, 3))[batch.boxes[..., 2] > 0] > 0).all(), "every object has cells of its own"
    perfect = on / on.sum((2, 3), keepdim=True).clamp(min=1)
    uniform = torch.full((200, 12, 6, 6), 1 / 36)  # longer than the captions: the rest does not count
    share, baseline = Scenes().map_score(perfect, batch)
    assert share == pytest.approx(1) and 0.05 < baseline < 0.2
    assert Scenes().map_score(uniform, batch) == pytest.approx((baseline, baseline))
    elsewhere = perfect.roll(3, dims=3)
    assert Scenes().map_score(elsewhere, batch)[0] < 0.2
