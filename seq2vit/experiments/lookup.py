"""Chapter 3's experiment: train a soft dictionary, with and without the scale, and with an additive score.

An example is a small dictionary: `ENTRIES` words, each with a digit. The keys are words of one language, the questions
words of another, and nothing says which word means which: the layer has to learn it. A word is known by a fixed code, a
random vector with entries of variance one. The parts (layer, scores, softmax) come from a completed notebook through
`seq2vit.answers`; what stands here is the task and the race around them.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import nn

from seq2vit import answers, plots
from seq2vit.experiments import aligned, side_by_side
from seq2vit.train import fit

WORDS, CODE, DIGITS, ENTRIES = 64, 64, 10, 16
RATES = (3e-3, 1e-2, 3e-2)


@dataclass(frozen=True)
class Run:
    """One trained model.

    Attributes:
        name, width, lr: the model, its width d (or hidden width A), its largest learning rate.
        accuracy: share of held-out questions with the right digit: best of the last three evaluations.
        on_key: mean weight on the right key, at the end.
        milliseconds: of processor time for one update.
        weights: of the first held-out dictionary, (T, S), its questions in the order of their right entries.
        places: the right entry of each of these questions, (T,).
    """

    name: str
    width: int
    lr: float
    accuracy: float
    on_key: float
    updates: int
    milliseconds: float
    weights: list[list[float]]
    places: list[int]


class Task:
    """Dictionaries to ask.

    Args:
        seed: of the codes and of the meaning: word number `meaning[i]` of the questions' language is word i of the keys'.
    """

    def __init__(self, seed: int = 0):
        generator = torch.Generator().manual_seed(seed)
        self.key_codes = torch.randn(WORDS, CODE, generator=generator)
        self.question_codes = torch.randn(WORDS, CODE, generator=generator)
        self.meaning = torch.randperm(WORDS, generator=generator)

    def batch(self, n: int, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Draw n dictionaries and ask each as many questions as it has entries.

        Returns:
            questions (n, T, CODE), entries (n, S, CODE + DIGITS), right digits (n, T), right entries (n, T); T = S.
        """
        words = torch.rand(n, WORDS, generator=generator).argsort(1)[:, :ENTRIES]  # no word twice
        digits = torch.randint(DIGITS, (n, ENTRIES), generator=generator)
        asked = torch.randint(ENTRIES, (n, ENTRIES), generator=generator)
        entries = torch.cat([self.key_codes[words], F.one_hot(digits, DIGITS).float()], -1)
        return self.question_codes[self.meaning[words.gather(1, asked)]], entries, digits.gather(1, asked), asked


class Dot(nn.Module):
    """The layer of the assignment: its output's numbers are the logits of the digit.

    The layer divides scores by sqrt(d). Questions multiplied by sqrt(d) undo exactly that: projections have no bias.
    """

    def __init__(self, parts, width: int, scaled: bool):
        super().__init__()
        self.layer = parts.AttentionLayer(CODE, CODE + DIGITS, width, DIGITS)
        self.gain = 1.0 if scaled else width**0.5

    def forward(self, questions: torch.Tensor, entries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.layer(self.gain * questions, entries)


class Additive(nn.Module):
    """The same with the score of chapters 1 and 2."""

    def __init__(self, parts, width: int):
        super().__init__()
        self.parts = parts
        self.W_q = nn.Linear(CODE, width, bias=False)
        self.W_k = nn.Linear(CODE + DIGITS, width, bias=False)
        self.W_v = nn.Linear(CODE + DIGITS, DIGITS, bias=False)
        self.v = nn.Parameter(width**-0.5 * torch.randn(width))

    def forward(self, questions: torch.Tensor, entries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scores = self.parts.additive_scores(questions, entries, self.W_q.weight, self.W_k.weight, self.v)
        weights = self.parts.stable_softmax(scores, -1)
        return weights @ self.W_v(entries), weights


MODELS: dict[str, Callable] = {
    "scaled": partial(Dot, scaled=True), "unscaled": partial(Dot, scaled=False), "additive": Additive,
}


def build(name: str, width: int, seed: int = 0) -> nn.Module:
    """A model whose projections keep the variance of a code: weights of variance 1 / CODE."""
    if name not in MODELS:
        raise ValueError(f"no model {name!r}: choose one of {', '.join(MODELS)}")
    torch.manual_seed(seed)
    model = MODELS[name](answers.load("03_attention_layer"), width)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            nn.init.normal_(parameter, std=CODE**-0.5)
    return model


def train(job: tuple[str, int, float], *, updates: int = 300, batch: int = 32, held_out: int = 64, seed: int = 0) -> Run:
    """Train one model. All jobs see the same batches.

    Args:
        job: a name in `MODELS`, the width, the largest learning rate.
        held_out: dictionaries for the evaluations.
    """
    name, width, lr = job
    torch.set_num_threads(1)
    model, task = build(name, width, seed), Task(seed)
    draw = torch.Generator().manual_seed(seed + 1)
    *test, digits, asked = task.batch(held_out, torch.Generator().manual_seed(seed + 2))
    on_key, table = 0.0, []
    places, order = asked[0].sort()

    def loss_of(_: int) -> torch.Tensor:
        questions, entries, right, _ = task.batch(batch, draw)
        return F.cross_entropy(model(questions, entries)[0].flatten(0, 1), right.flatten())

    def evaluate() -> float:
        nonlocal on_key, table
        with torch.no_grad():
            logits, weights = model(*test)
        on_key, table = weights.gather(2, asked[..., None]).mean().item(), weights[0, order].tolist()
        return (logits.argmax(-1) == digits).float().mean().item()

    history = fit(loss_of, model.parameters(), updates=updates, lr=lr, evaluate=evaluate, clock=time.process_time)
    return Run(name, width, lr, history.best(), on_key, history.updates, 1000 * history.seconds / history.updates, table,
               places.tolist())


def counting(held_out: int = 64, seed: int = 0) -> float:
    """What needs no look: the share of held-out questions answered by their dictionary's commonest digit."""
    _, entries, digits, _ = Task(seed).batch(held_out, torch.Generator().manual_seed(seed + 2))
    commonest = entries[..., CODE:].sum(1).argmax(-1, keepdim=True)  # (n, 1)
    return (commonest == digits).float().mean().item()


def race(widths: Sequence[int] = (4, 16, 64, 256), additive: Sequence[int] = (64,), rates: Sequence[float] = RATES,
         workers: int = 2, **options) -> list[Run]:
    """Train each model at each width with each rate, two at a time; return the best rate's run of each.

    One rate for all would suit one of them: the unscaled gradients are of another size.
    """
    jobs = [(name, width, lr) for width in widths for name in ("scaled", "unscaled") for lr in rates]
    jobs += [("additive", width, lr) for width in additive for lr in rates]
    best = {}
    for run in sorted(side_by_side(train, jobs, workers=workers, **options), key=lambda run: run.accuracy):
        best[run.name, run.width] = run
    return sorted(best.values(), key=lambda run: (list(MODELS).index(run.name), run.width))


def table(runs: Sequence[Run]) -> str:
    """The runs as text, a line for each."""
    lines = [["score", "width", "accuracy", "on key", "best rate", "ms an update"]]
    lines += [[r.name, str(r.width), f"{r.accuracy:.2f}", f"{r.on_key:.2f}", f"{r.lr:g}", f"{r.milliseconds:.1f}"]
              for r in runs]
    return aligned(lines)


def picture(runs: Sequence[Run], counted: float) -> Figure:
    """Accuracy by width, a line for each score that was trained at several widths, and a line for `counting`."""
    names = list(dict.fromkeys(run.name for run in runs))
    series = {name: [run for run in runs if run.name == name] for name in names}
    series = {name: line for name, line in series.items() if len(line) > 1}
    widths = [str(run.width) for run in next(iter(series.values()))]
    lines = {name: [run.accuracy for run in line] for name, line in series.items()}
    return plots.curve({**lines, "counting digits": [counted] * len(widths)}, widths,
                       xlabel="width d of queries and keys", ylabel="accuracy", ylim=(0, 1.05))


def picture_of_sizes(sizes: dict[str, Sequence[float]], widths: Sequence[int]) -> Figure:
    """The size of the softmax derivative by width, on a logarithmic axis."""
    figure = plots.curve(sizes, [str(width) for width in widths], "width d", "size of the derivative")
    figure.axes[0].set_yscale("log")
    return figure


def picture_of_weights(runs: Sequence[Run], width: int) -> Figure:
    """The weights of the scaled and the unscaled layer of this width, side by side, with a ring on each right key."""
    shown = {run.name: run for run in runs if run.width == width and run.name != "additive"}
    with rc_context(plots.STYLE):
        figure = plots.Picture(figsize=(6.2, 3.3), layout="constrained")
        for ax, (name, run) in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown.items(), strict=True):
            ax.imshow(run.weights, cmap="Greys", vmin=0, vmax=1)
            ax.plot(run.places, range(len(run.places)), "o", mfc="none", mec=plots.ACCENT, mew=1.4, ms=9)
            ax.set(title=name, xlabel="key", ylabel="question", xticks=[], yticks=[])
    return figure


def milliseconds(work: Callable[[], object], seconds: float = 0.3) -> float:
    """Time of one call: the fastest of those that fit into `seconds`, and of three at least."""
    times, began = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)
