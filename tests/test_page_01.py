"""Chapter 1's page, and what it imports to measure and to draw."""

import datetime
import gzip
import re
import statistics

import pytest
import torch
from matplotlib.figure import Figure

from seq2vit import answers, figures, plots
from seq2vit.data import Vocab
from seq2vit.data.dates import DatePair, pair
from seq2vit.data.digits import PAD, START, STOP, VOCAB_SIZE
from seq2vit.experiments import copying, translating

# ---- plots


def test_an_alignment_is_cut_to_its_tokens_and_rings_the_truth():
    weights = torch.rand(6, 9).softmax(-1).requires_grad_()
    figure = plots.alignment(weights, list("abcd"), list("xyz"), truth=[(0,), (), (1, 3)])
    ax = figure.axes[0]
    assert isinstance(figure, Figure) and ax.images[0].get_array().shape == (3, 4)
    assert [list(line.get_xdata()) for line in ax.lines] == [[0], [], [1, 3]]
    assert [t.get_text() for t in ax.get_xticklabels()] == list("abcd")


def test_tokens_that_the_font_lacks_are_drawn_as_numbers():
    assert plots.drawable(["3", "月", "március"]) == ["3", "token 1", "március"]


@pytest.mark.parametrize("draw", [
    lambda: plots.alignment(torch.rand(2, 5), list("abcd"), list("xyz")),
    lambda: plots.alignment(torch.rand(5), list("ab"), list("xy")),
    lambda: plots.heatmap([[0.1, 0.2]], ["a", "b"], ["c"]),
])
def test_a_plot_of_the_wrong_shape_says_which_shape_is_right(draw):
    with pytest.raises(ValueError, match="rows"):
        draw()


def test_a_plot_shows_itself_and_is_the_same_every_time():
    first, second = (plots.curve({"a": [1, 2], "b": [2, 1]}, ylim=(0, 3))._repr_svg_() for _ in range(2))
    assert first == second and first.lstrip().startswith("<?xml")


# ---- the copying experiment


def test_one_pass_with_the_true_tokens_gives_greedy_decodings_exact_match():
    """The experiment's shortcut against the long way: write by itself, token by token, and compare."""
    torch.manual_seed(0)
    model = copying.Plain(answers.load("01_seq2seq"), 8)
    model.decoder.out.weight.data *= 8  # so that greedy outputs differ
    src = torch.randint(3, VOCAB_SIZE, (400, 1))
    inputs = torch.cat([torch.full((400, 1), START), src], 1)
    written = torch.full((400, 1), START)
    for _ in range(2):
        written = torch.cat([written, model(src, written).argmax(-1)[:, -1:]], 1)
    # Take what it writes itself as the truth for half of the rows: then some are right and some are wrong.
    targets = torch.cat([src, torch.full((400, 1), STOP)], 1)
    targets[::2] = written[::2, 1:]
    inputs[::2, 1:] = written[::2, 1:-1]
    greedy = (written[:, 1:] == targets).all(1).float().mean().item()
    assert 0.3 < greedy < 1
    assert copying.exact_match(model, [(src, inputs, targets)]) == pytest.approx((greedy,))


def test_a_run_reports_every_length():
    run = copying.train(("attention", 8), seconds=0.5, lengths=(2, 3), strings=5, batch=4)
    assert (run.name, run.width, run.lengths, len(run.exact)) == ("attention", 8, (2, 3), 2)
    assert run.updates > 0 and all(0 <= x <= 1 for x in run.exact)
    assert copying.table([run, run]).splitlines()[0].split() == ["length", "attention", "D=8", "attention", "D=8"]
    assert [t.get_text() for t in copying.picture([run]).axes[0].get_yticklabels()] == ["2", "3"]


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="no model 'lstm': choose one of plain, attention"):
        copying.train(("lstm", 8), seconds=1)


# ---- the translator


@pytest.fixture(scope="module")
def translator():
    small = translating.Translator(languages=("fr", "hu"))
    small.train(updates=120, pairs=600)
    figures.round_to_bytes(small.encoder, small.decoder)
    return small


def test_scores_are_those_of_dates_written_one_by_one(translator):
    scores = translator.test(dates=30)
    right, hits, links = 0, 0, 0
    for code in ("fr", "hu"):
        for day in translator.tasks[code].test(30):
            one = translator.pair(day.date, code)
            written, weights = translator.write(one.source)
            right += tuple(written) == one.target
            if tuple(written) == one.target:
                for row, truth in zip(weights, one.links, strict=True):
                    hits += any(abs(int(row.argmax()) - i) <= 1 for i in truth)
                    links += bool(truth)
    assert 0 < right and scores.exact_match == pytest.approx(right / 60)
    assert scores.on <= scores.near and set(scores.by_language) == {"fr", "hu"}
    # On the dates that come out right the score is the same sum; the others can move it a little.
    assert abs(scores.near - hits / links) < 0.1 + (60 - right) / 60


def test_chance_is_the_share_of_positions_that_would_count():
    one = DatePair(datetime.date(2021, 3, 9), tuple("abcde"), tuple("xyz"), ((0,), (), (2,)))
    assert translating._chance([one]) == pytest.approx(statistics.mean([2 / 5, 3 / 5]))


# ---- the figure


@pytest.mark.parametrize("language", ["en", *translating.LANGUAGES])
def test_a_grammar_spells_every_date_that_the_reader_can_pick(language):
    found = figures.grammar(language)
    for day in range(datetime.date(1950, 1, 1).toordinal(), datetime.date(2050, 1, 1).toordinal(), 17):
        date = datetime.date.fromordinal(day)
        assert figures.spell(date, found) == list(pair(date, language, language).target)


def test_a_language_that_writes_zeros_in_front_is_refused():
    with pytest.raises(ValueError, match="do not follow one order"):
        figures.grammar("en_ZA")


def test_packed_weights_are_the_rounded_weights(translator):
    import base64

    for name, (scale, shape, text) in figures.packed(translator.decoder).items():
        steps = torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.int8).reshape(shape)
        torch.testing.assert_close(scale * steps.float(), translator.decoder.state_dict()[name], rtol=0, atol=1e-6)


def test_the_figure_stands_without_scripts_and_is_small(translator):
    shown = translator.pair(datetime.date(2021, 3, 9), "hu")
    figure = figures.alignment(translator, shown)
    page = figure._repr_html_()
    still = page.split("<script", 1)[0]
    assert all(f">{token}</text>" in still for token in shown.source)
    assert still.count("<svg") == still.count('role="img"') == 2
    assert repr(figure) in page and "Tuesday" in repr(figure)
    assert page.count("</script>") == 1
    assert len(gzip.compress(page.encode())) < 40_000


def test_drawings_have_words_and_ids_of_their_own():
    plain, attentive = figures.unrolled(), figures.unrolled([[0.2, 0.3, 0.5], [1, 0, 0]])
    for drawing in (plain, attentive):
        assert repr(drawing) and f'aria-label="{repr(drawing).replace(chr(39), "&#x27;")}"' in drawing._repr_html_()
        assert "<script" not in drawing._repr_html_()
    ids = [set(re.findall(r'id="([^"]+)"', d._repr_html_())) for d in (plain, attentive)]
    assert all(ids) and not ids[0] & ids[1]
    assert Vocab.pad == PAD
