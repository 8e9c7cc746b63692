"""Chapter 2's page, and what it imports to measure and to draw."""

import base64
import gzip
import io
import json
import re
from dataclasses import replace

import pytest
import torch
from PIL import Image

from seq2vit import answers
from seq2vit.data import Vocab
from seq2vit.experiments import captioning
from seq2vit.figures import captioning as drawn

STOP = Vocab.specials[Vocab.stop]


@pytest.fixture(scope="module")
def run():
    """A captioner of random weights, large enough for different scenes to get different words and lengths."""
    run = captioning.train("attention", updates=1, counts=(1, 2), scenes=4, batch=2)
    torch.manual_seed(2)
    bold = {name: torch.randn_like(w) if name.startswith("captioner.") else w for name, w in run.weights.items()}
    return replace(run, weights=bold)


@pytest.fixture(scope="module")
def model(run):
    return captioning.load(run)


# ---- the experiment


def test_the_eye_leaves_one_vector_a_cell_in_its_place():
    torch.manual_seed(0)
    eye = captioning.Eye(8)
    images = torch.rand(2, 3, 48, 48, requires_grad=True)
    z = eye(images)
    assert z.shape == (2, 6, 6, 8)
    # What a cell sees is mostly around its own place: row 1 of 6, column 4 of 6.
    z[1, 1, 4].pow(2).sum().backward()
    seen = images.grad.abs().sum(1)
    assert seen[0].sum() == 0
    around = torch.zeros(48, 48)
    around[1:16, 25:40] = 1  # 15 x 15 pixels
    assert (seen[1] * around).sum() / around.sum() > 5 * (seen[1] * (1 - around)).sum() / (1 - around).sum()


def test_equal_pictures_in_different_slots_give_different_cells():
    """Without the channels of places, the middle of an even picture would be the same everywhere."""
    z = captioning.Eye()(torch.full((1, 3, 48, 48), 0.5))[0]
    assert (z[2, 2] - z[3, 3]).abs().max() > 1e-3


def test_one_pass_with_the_true_words_gives_greedy_decodings_exact_match(model):
    vocab, batch, right = captioning.source().vocab, captioning.held_out(12, 1, 5), 0
    for i in range(12):
        words, _ = captioning.write(model, batch.images[i])
        if i % 2 and words[-1] == STOP and 1 < len(words) <= batch.ids.shape[1] and len(vocab.decode(
                vocab.ids[w] for w in words)) == len(words) - 1:  # for some scenes, what it writes becomes the truth
            batch.ids[i] = vocab.encode([words[:-1], ["red"] * batch.ids.shape[1]])[0][0]
            batch.lengths[i] = len(words) - 1
        right += words == [*(vocab.tokens[int(k)] for k in batch.ids[i, : batch.lengths[i]]), STOP]
    assert 0 < right < 12
    assert captioning.exact_match(model, batch) == pytest.approx(right / 12)


@pytest.mark.parametrize("name", captioning.MODELS)
def test_a_run_reports_every_number_of_objects_and_can_be_used_again(name):
    run = captioning.train(name, updates=3, counts=(1, 2), scenes=4, batch=2)
    assert (run.name, run.counts, run.updates, len(run.exact)) == (name, (1, 2), 3, 2)
    assert all(0 <= x <= 1 for x in run.exact)
    again = captioning.load(run)
    assert tuple(captioning.exact_match(again, captioning.held_out(4, n, n)) for n in (1, 2)) == run.exact
    lines = captioning.table([run, run]).splitlines()
    assert [line.split()[0] for line in lines] == ["objects", "1", "2", "updates", "seconds"]
    assert [list(line.get_xdata()) for line in captioning.picture([run]).axes[0].lines] == [[1, 2]]


def test_both_models_are_trained_on_the_same_scenes_and_never_on_those_that_they_are_tested_on(monkeypatch):
    drawn_seeds, batch = [], captioning.Scenes.batch
    monkeypatch.setattr(captioning.Scenes, "batch", lambda self, n, seed, *more: drawn_seeds.append((n, seed)) or batch(
        self, n, seed, *more))
    for name in captioning.MODELS:
        captioning.train(name, updates=2, counts=(1, 2), scenes=3, batch=2)
    half = len(drawn_seeds) // 2
    assert drawn_seeds[:half] == drawn_seeds[half:]
    trained, tested = ({seed for n, seed in drawn_seeds if n == size} for size in (2, 3))
    assert len(trained) == 2 and len(tested) == 2 and not trained & tested
    assert max(captioning.UPDATES.values()) < min(tested)


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="no model 'lstm': choose one of one vector, attention"):
        captioning.train("lstm", updates=1)


def test_maps_are_those_of_the_words_and_are_scored_where_they_belong(model):
    batch = captioning.held_out(5, 2, 2)
    maps = captioning.maps_of(model, batch)
    assert maps.shape == (5, 5, 6, 6)
    torch.testing.assert_close(maps.sum((2, 3)), torch.ones(5, 5))
    found = captioning.scores(model, batch)
    on, uniform = captioning.source().map_score(maps, batch)
    assert (found["on"], found["uniform"]) == (on, uniform)
    # With two objects, the next one of the second is the first: the words' boxes are exchanged.
    swapped = replace(batch, boxes=batch.boxes.roll(2, 1))
    with pytest.raises(ValueError, match="two objects"):
        captioning.scores(model, captioning.held_out(3, 1, 1))
    assert found["other"] == captioning.source().map_score(maps, swapped)[0]


def test_examples_are_the_first_without_a_mistake_and_then_the_first_with_one():
    batch = captioning.held_out(10, 2, 4)
    targets = captioning.tokens(batch)[1]

    def told(images, inputs):
        """Right, but for one word in every third scene; what it says at padding does not count."""
        logits = torch.nn.functional.one_hot(targets, 15).float()
        logits[::3, 2] = logits[::3, 2].roll(1, -1)
        logits[targets == Vocab.pad] = torch.eye(15)[7]
        return logits, None

    assert captioning.examples(told, batch) == [1, 2, 4, 5, 0, 3]
    assert captioning.examples(told, batch, right=1, wrong=3) == [1, 0, 3, 6]
    some = captioning.take(batch, [4, 0])
    assert len(some) == 2 and torch.equal(some.images[0], batch.images[4]) and some.scenes[1] == batch.scenes[0]


def test_a_cell_sees_the_pixels_that_the_page_counts():
    """By the gradient of the convolutions alone; the normalisation sees everything."""
    eye = torch.nn.Sequential(*(layer for layer in captioning.Eye(8).layers if isinstance(layer, torch.nn.Conv2d)))
    for k in range(6):
        image = torch.zeros(1, 5, 48, 48, requires_grad=True)
        eye(image)[0, :, k, 2].sum().backward()
        rows = image.grad.abs().sum((0, 1, 3)).nonzero().flatten()
        assert (int(rows[0]), int(rows[-1])) == (max(8 * k - 7, 0), min(8 * k + 7, 47))


def test_training_on_with_the_penalty_lowers_it():
    run = captioning.train("attention", updates=3, counts=(1, 2), scenes=4, batch=2)
    without, strong = (captioning.tune(run, lam, updates=40, batch=4, lr=1e-2)[0] for lam in (0, 100))
    assert strong < without - 1e-4


def test_beam_search_of_width_one_is_greedy_and_wider_ones_report_their_score(model):
    batch = captioning.held_out(4, 2, 2)
    greedy = captioning.search(model, batch, 1)
    for i, (right, score) in enumerate(greedy):
        words, _ = captioning.write(model, batch.images[i])
        ids = [captioning.source().vocab.ids[w] for w in words]
        with torch.no_grad():
            logits, _ = model.captioner(torch.tensor([[Vocab.start, *ids[:-1]]]), model.eye(batch.images)[i : i + 1])
        gains = [row[k].item() for row, k in zip(logits[0].log_softmax(-1), ids, strict=True)]
        assert score == pytest.approx(sum(gains), abs=1e-3)
        assert right is (tuple(words) == (*batch.scenes[i].caption, STOP))
    assert len(captioning.search(model, batch, 3)) == 4


def test_the_parts_come_from_the_completed_assignments():
    parts = answers.load("02_captioning_rnn")
    assert {"AttentionCaptioner", "caption_loss", "beam_search"} <= set(vars(parts))
    assert type(captioning.Attentive().captioner).__name__ == "AttentionCaptioner"


# ---- the figures


@pytest.mark.parametrize("levels", [256, 32])
def test_a_png_is_the_picture(levels):
    image = captioning.source().batch(1, 3).images[0]
    stored = Image.open(io.BytesIO(base64.b64decode(drawn.png(image, levels).removeprefix("data:image/png;base64,"))))
    pixels = torch.tensor(list(stored.tobytes())).reshape(48, 48, 3).permute(2, 0, 1) / 255
    assert (pixels - image).abs().max() <= 0.5 / (levels - 1) + 0.5 / 255 + 1e-6


@pytest.fixture(scope="module")
def interactive(model):
    batch = captioning.source().batch(6, 5, 3, 5)
    fine = captioning.Scenes(slot=32).batch(6, 5, 3, 5).images
    return drawn.maps(batch, fine, [captioning.write(model, each) for each in batch.images])


def test_the_figure_stands_without_scripts_and_is_small(interactive):
    page = interactive._repr_html_()
    still, data = page.split('<script type="application/json">')
    assert still.count("<svg") == still.count('role="img"') == 1
    scenes = json.loads(data.split("</script>")[0])["scenes"]
    assert all(f">{word}</text>" in still for word in scenes[0]["words"])
    assert still.count("<use ") == len(scenes[0]["words"]) and repr(interactive) in page
    assert len(gzip.compress(page.encode())) < 40_000


def test_a_strip_is_dark_where_nobody_looked_and_has_a_box_where_a_word_has_one():
    maps = torch.zeros(3, 2, 4)
    maps[0, 0, 1] = maps[1, 1, 2] = 1
    maps[2] = 1 / 8
    strip = drawn.strip(torch.rand(3, 8, 16), ["red", "star", STOP], maps, [(0, 0, 0.5, 0.5), None, None])
    html = strip._repr_html_()
    assert html.count('fill-opacity="0.60"') == 14 and html.count("s2v-truth") == 1
    assert "red at row 1 of 2, column 2 of 4" in repr(strip) and "star at row 2 of 2, column 3 of 4" in repr(strip)


def test_a_scene_shows_a_cell_and_what_it_sees():
    html = drawn.scene(torch.rand(3, 8, 8), "A picture", (6, 6), sees=[(17, 31), (1, 15)], side=48)._repr_html_()
    assert '<rect x="8" y="24" width="8" height="8" class="s2v-maps-own"/>' in html
    assert '<rect x="1" y="17" width="15" height="15" class="s2v-maps-window"/>' in html
    assert "row 4, column 2" in html


def test_drawings_have_words_and_ids_of_their_own():
    sketches = [drawn.unrolled(), drawn.unrolled([[0.5, 0.5, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]]),
                drawn.strip(torch.rand(3, 4, 4), ["red"], torch.ones(1, 2, 2)),
                drawn.scene(torch.rand(3, 4, 4), "A picture", (2, 2))]
    for sketch in sketches:
        assert repr(sketch) and f'aria-label="{repr(sketch)}"' in sketch._repr_html_()
        assert "<script" not in sketch._repr_html_()
    ids = [found for sketch in sketches for found in re.findall(r'\bid="([^"]+)"', sketch._repr_html_())]
    assert len(ids) == len(set(ids)) == 3
