"""Chapter 2's experiment: caption scenes through one vector, or looking at the grid for each word, in about equal time.

The parts come from completed notebooks through `seq2vit.answers`: the decoder with one context from chapter 1's, the
captioner that looks from chapter 2's. What stands here is the network that sees, and the race.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import torch
from matplotlib.figure import Figure
from torch import nn

from seq2vit import answers, plots
from seq2vit.data import Vocab
from seq2vit.data.scenes import SceneBatch, Scenes
from seq2vit.experiments import aligned, side_by_side
from seq2vit.train import fit

COUNTS = (1, 2, 3, 4, 5)
GRID = 6  # rows and columns of the grid, two a slot
EMBEDDING, CHANNELS, WIDTH, HIDDEN = 16, 48, 64, 32  # E, C, D, A
UPDATES = {"one vector": 1100, "attention": 650}  # the first takes at least as many seconds: see `Run.seconds`


@dataclass(frozen=True)
class Run:
    """One trained captioner: what it reaches on held-out scenes, and what it took."""

    name: str
    exact: tuple[float, ...]  # share of captions without one wrong word, for each number of objects
    counts: tuple[int, ...]
    updates: int
    seconds: float  # of processor time
    weights: dict  # those that reached `exact`


class Eye(nn.Module):
    """Pictures (B, 3, 48, 48) to a grid of features (B, 6, 6, C): three convolutions, each halving the sides.

    Two more channels hold the row and the column of each pixel, from -1 to 1: attention takes the cells as a set, so a
    cell must carry its place. GroupNorm and not BatchNorm: a picture's features do not depend on its batch mates.
    """

    def __init__(self, C: int = CHANNELS):
        super().__init__()
        sizes, layers = (5, 16, 32, C), []
        for before, after in zip(sizes, sizes[1:], strict=False):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(4, after), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        rows, columns = (torch.linspace(-1, 1, n) for n in images.shape[-2:])
        place = torch.stack(torch.meshgrid(rows, columns, indexing="ij")).expand(len(images), -1, -1, -1)
        return self.layers(torch.cat([3 * (images - 0.9), place], 1)).permute(0, 2, 3, 1)


class Bottleneck(nn.Module):
    """An MLP reads the whole grid and leaves one vector: the first state, and the context of every step."""

    def __init__(self, C: int = CHANNELS, D: int = WIDTH, E: int = EMBEDDING):
        super().__init__()
        self.eye = Eye(C)
        self.f_W = nn.Sequential(nn.Flatten(), nn.Linear(GRID * GRID * C, 4 * D), nn.ReLU(), nn.Linear(4 * D, D), nn.Tanh())
        self.decoder = _first().Decoder(len(source().vocab), E, D)

    def forward(self, images: torch.Tensor, inputs: torch.Tensor) -> tuple[torch.Tensor, None]:
        c = s = self.f_W(self.eye(images))
        logits = []
        for t in range(inputs.shape[1]):
            step, s = self.decoder.step(inputs[:, t], s, c)
            logits.append(step)
        return torch.stack(logits, 1), None


class Attentive(nn.Module):
    """The same eye, and a look at its grid before every word."""

    def __init__(self, C: int = CHANNELS, D: int = WIDTH, E: int = EMBEDDING, A: int = HIDDEN):
        super().__init__()
        self.eye = Eye(C)
        self.captioner = _second().AttentionCaptioner(len(source().vocab), E, C, D, A)

    def forward(self, images: torch.Tensor, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.captioner(inputs, self.eye(images))


MODELS: dict[str, Callable] = {"one vector": Bottleneck, "attention": Attentive}


@lru_cache
def source() -> Scenes:
    """The scenes of this chapter: three by three slots of 16 pixels."""
    return Scenes()


def tokens(batch: SceneBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """What is fed and what is asked, both (n, L+1): chapter 1's teacher forcing."""
    return _first().teacher_forcing(batch.ids, batch.lengths, Vocab.start, Vocab.stop, Vocab.pad)


@lru_cache
def _first():
    return answers.load("01_seq2seq")


@lru_cache
def _second():
    return answers.load("02_captioning_rnn")


def exact_match(model: Callable, batch: SceneBatch) -> float:
    """Share of captions without one wrong word, [STOP] included, for greedy decoding.

    One pass with the true words is enough: greedy decoding is right if and only if, after each true beginning, the
    likeliest word is the true one.
    """
    inputs, targets = tokens(batch)
    with torch.no_grad():
        logits, _ = model(batch.images, inputs)
    return ((logits.argmax(-1) == targets) | (targets == Vocab.pad)).all(1).float().mean().item()


def held_out(n: int = 200, low: int = COUNTS[0], high: int = COUNTS[-1]) -> SceneBatch:
    """`n` scenes from seeds that training never uses."""
    return source().batch(n, 1_000_000 + 10 * low + high, low, high)


def train(name: str, *, updates: int | None = None, counts: Sequence[int] = COUNTS, scenes: int = 200, batch: int = 32,
          lr: float = 3e-3, seed: int = 0) -> Run:
    """Train one captioner; keep the best of its last three evaluations (by their mean).

    Every update sees new scenes, and update number n the same ones for both models.

    Args:
        name: one of `MODELS`.
        updates: `UPDATES[name]` if not given.
        scenes: held-out scenes for each number of objects.

    Raises:
        ValueError: there is no model of this name.
    """
    if name not in MODELS:
        raise ValueError(f"no model {name!r}: choose one of {', '.join(MODELS)}")
    torch.set_num_threads(1)
    updates = UPDATES[name] if updates is None else updates
    torch.manual_seed(seed)
    model = MODELS[name]()
    tests = [held_out(scenes, count, count) for count in counts]
    found: list[tuple[tuple[float, ...], dict]] = []

    def loss_of(update: int) -> torch.Tensor:
        drawn = source().batch(batch, update + 1, min(counts), max(counts))
        inputs, targets = tokens(drawn)
        return _first().sequence_loss(model(drawn.images, inputs)[0], targets, Vocab.pad)

    def evaluate() -> float:
        exact = tuple(exact_match(model, each) for each in tests)
        found.append((exact, {key: value.clone() for key, value in model.state_dict().items()}))
        return sum(exact) / len(exact)

    seconds = fit(loss_of, model.parameters(), updates=updates, lr=lr, evaluate=evaluate, evaluations=20,
                  clock=time.process_time).seconds
    exact, weights = max(found[-3:], key=lambda one: sum(one[0]))
    return Run(name, exact, tuple(counts), updates, seconds, weights)


def race(**options) -> list[Run]:
    """Train the models of `MODELS` side by side, each in a process of its own with one thread."""
    return side_by_side(train, MODELS, workers=len(MODELS), **options)


def table(runs: Sequence[Run]) -> str:
    """Exact match as text: a line for each number of objects, a column for each run."""
    lines = [["objects", *(run.name for run in runs)]]
    lines += [[str(n), *(f"{run.exact[i]:.2f}" for run in runs)] for i, n in enumerate(runs[0].counts)]
    lines += [["updates", *(str(run.updates) for run in runs)], ["seconds", *(f"{run.seconds:.0f}" for run in runs)]]
    return aligned(lines)


def picture(runs: Sequence[Run]) -> Figure:
    """The same numbers as curves."""
    figure = plots.curve({run.name: run.exact for run in runs}, x=runs[0].counts, xlabel="objects in the scene",
                         ylabel="captions without a mistake", ylim=(-0.03, 1.03))
    figure.axes[0].set_xticks(runs[0].counts)
    return figure


def load(run: Run) -> nn.Module:
    """The model that a run ended with."""
    model = MODELS[run.name]()
    model.load_state_dict(run.weights)
    return model.eval()


def write(model: Attentive, image: torch.Tensor, longest: int = 2 * COUNTS[-1] + 2) -> tuple[list[str], torch.Tensor]:
    """Greedy decoding of one picture: the words, with [STOP] if it was written, and the map of each, (T, 6, 6)."""
    ids = [Vocab.start]
    with torch.no_grad():
        while ids[-1] != Vocab.stop and len(ids) <= longest:
            logits, maps = model(image[None], torch.tensor([ids]))
            ids.append(int(logits[0, -1].argmax()))
    return [source().vocab.tokens[i] for i in ids[1:]], maps[0]


def examples(model: Attentive, batch: SceneBatch, right: int = 4, wrong: int = 2) -> list[int]:
    """Which scenes a page shows: the first of the batch that are captioned without a mistake, then the first with one."""
    inputs, targets = tokens(batch)
    with torch.no_grad():
        words = model(batch.images, inputs)[0].argmax(-1)
    good = ((words == targets) | (targets == Vocab.pad)).all(1)
    return [*good.nonzero().flatten().tolist()[:right], *(~good).nonzero().flatten().tolist()[:wrong]]


def take(batch: SceneBatch, rows: Sequence[int]) -> SceneBatch:
    """These scenes of a batch."""
    return SceneBatch(*(getattr(batch, each.name)[list(rows)] for each in fields(batch)))


def maps_of(model: Attentive, batch: SceneBatch) -> torch.Tensor:
    """The map of each word and of [STOP], (n, L+1, 6, 6), after the true words."""
    with torch.no_grad():
        return model(batch.images, tokens(batch)[0])[1]


def scores(model: Attentive, batch: SceneBatch) -> dict[str, float]:
    """What the maps of scenes with two objects show.

    Returns:
        the mass `on` the named object, what a `uniform` map has there, and the mass on the `other` object.

    Raises:
        ValueError: a scene has not two objects.
    """
    if (batch.counts != 2).any():
        raise ValueError("the other object is that of scenes with two objects")
    maps = maps_of(model, batch)
    on, uniform = source().map_score(maps, batch)
    other, _ = source().map_score(maps, replace(batch, boxes=batch.boxes.roll(2, 1)))
    return {"on": on, "uniform": uniform, "other": other}


def tune(run: Run, lam: float, updates: int = 60, batch: int = 16, lr: float = 1e-3) -> tuple[float, float, float]:
    """Train on with the doubly stochastic penalty at weight `lam`: what it does to the maps of held-out scenes.

    Returns:
        the penalty, without `lam`; the mass on the named object; and the share of captions without a mistake.
    """
    model = load(run).train()
    loss = _second().caption_loss

    def loss_of(update: int) -> torch.Tensor:
        drawn = source().batch(batch, 500_000 + update)
        inputs, targets = tokens(drawn)
        logits, maps = model(drawn.images, inputs)
        return loss(logits, targets, maps, Vocab.pad, lam)

    fit(loss_of, model.parameters(), updates=updates, lr=lr)
    test = held_out()
    inputs, targets = tokens(test)
    with torch.no_grad():
        logits, maps = model(test.images, inputs)
    penalty = loss(logits, targets, maps, Vocab.pad, 1.0) - loss(logits, targets, maps, Vocab.pad, 0.0)
    return penalty.item(), source().map_score(maps, test)[0], exact_match(model, test)


def search(model: Attentive, batch: SceneBatch, width: int, longest: int = 2 * COUNTS[-1] + 2) -> list[tuple]:
    """For each scene what beam search finds: (is every word right, the caption's summed log-probability).

    The captioner is run from [START] again for every word, so the "state" that the search carries along with each beam
    is all that was written: how many words, then their ids.
    """
    beam_search, found = _second().beam_search, []
    with torch.no_grad():
        for z, ids, length in zip(model.eye(batch.images), batch.ids, batch.lengths, strict=True):
            def cell(y: torch.Tensor, s: torch.Tensor, z: torch.Tensor = z) -> tuple[torch.Tensor, torch.Tensor]:
                n, said, s = len(y), int(s[0, 0]), s.clone()
                s[:, 0], s[:, said + 1] = said + 1, y.to(s.dtype)
                logits, _ = model.captioner(s[:, 1 : said + 2].long(), z.expand(n, *z.shape))
                return logits[:, -1], s

            written, score = beam_search(cell, torch.zeros(1, longest + 2), Vocab.start, Vocab.stop, width, longest)
            found.append((written.tolist() == [*ids[: int(length)].tolist(), Vocab.stop], float(score)))
    return found
