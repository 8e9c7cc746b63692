"""Chapter 1's experiment: copy digit strings through one fixed vector, or with attention, in the same time.

The parts (encoder, decoders, loss) come from a completed notebook through `seq2vit.answers`; what stands here is the
race around them. Every batch holds strings of one length, so nothing needs padding.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from torch import nn

from seq2vit import answers, plots
from seq2vit.data.digits import PAD, START, STOP, VOCAB_SIZE, copy_batch
from seq2vit.experiments import aligned, side_by_side
from seq2vit.train import fit

EMBEDDING = 16
LENGTHS = tuple(range(2, 17))


@dataclass(frozen=True)
class Run:
    """One trained model: exact match on held-out strings by length, and what it took."""

    name: str
    width: int
    exact: tuple[float, ...]  # one a length, in the order of `lengths`
    lengths: tuple[int, ...]
    updates: int
    seconds: float


class Plain(nn.Module):
    """The lecture's decoder: the same context vector, the encoder's last state, at every step."""

    def __init__(self, parts, width: int):
        super().__init__()
        self.encoder = parts.Encoder(VOCAB_SIZE, EMBEDDING, width)
        self.decoder = parts.Decoder(VOCAB_SIZE, EMBEDDING, width)

    def forward(self, src: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        h, s = self.encoder(src, torch.ones_like(src, dtype=torch.bool))
        c, logits = h[:, -1], []
        for t in range(inputs.shape[1]):
            step, s = self.decoder.step(inputs[:, t], s, c)
            logits.append(step)
        return torch.stack(logits, 1)


class Attentive(nn.Module):
    """The same encoder, and a context of its own for every step."""

    def __init__(self, parts, width: int):
        super().__init__()
        self.encoder = parts.Encoder(VOCAB_SIZE, EMBEDDING, width)
        self.decoder = parts.AttentionDecoder(VOCAB_SIZE, EMBEDDING, width, width)

    def forward(self, src: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        mask = torch.ones_like(src, dtype=torch.bool)
        h, s = self.encoder(src, mask)
        return self.decoder(inputs, s, h, mask)[0]


MODELS: dict[str, Callable] = {"plain": Plain, "attention": Attentive}


def exact_match(model: Callable, batches: Sequence[tuple]) -> tuple[float, ...]:
    """Share of strings copied without one wrong digit, [STOP] included, for each batch (src, inputs, targets).

    One pass with the true tokens is enough: greedy decoding gets a string right if and only if, at each step, the
    likeliest token after the *true* beginning is the true one.
    """
    with torch.no_grad():
        return tuple(
            (model(src, inputs).argmax(-1) == targets).all(1).float().mean().item() for src, inputs, targets in batches
        )


def _patient_clock(patience: float = 5.0) -> Callable[[], float]:
    """Seconds of processor time, so that whatever else the machine does shortens nobody's training; but on a machine
    so busy that they take more than `patience` times as long, seconds on the wall, divided by it."""
    processor, wall = time.process_time(), time.perf_counter()
    return lambda: max(time.process_time() - processor, (time.perf_counter() - wall) / patience)


def train(job: tuple[str, int], *, seconds: float, lengths: Sequence[int] = LENGTHS, strings: int = 100,
          batch: int = 32, lr: float = 6e-3, seed: int = 0) -> Run:
    """Train one model for `seconds` of processor time; keep the best of its last three evaluations (by their mean).

    Args:
        job: a name in `MODELS`, and the width D.
        strings: held-out strings a length. Strings of 2 and 3 digits also occur in training: there are few of them.
        batch, lr: chosen for the plain decoder, and used for both.
    """
    name, width = job
    if name not in MODELS:
        raise ValueError(f"no model {name!r}: choose one of {', '.join(MODELS)}")
    torch.set_num_threads(1)
    parts = answers.load("01_seq2seq")
    torch.manual_seed(seed)
    model = MODELS[name](parts, width)
    draw, held_out = torch.Generator().manual_seed(seed + 1), torch.Generator().manual_seed(seed + 2)

    def examples(length: int, n: int, generator: torch.Generator) -> tuple:
        src, sizes = copy_batch(n, length, length, generator)
        return (src, *parts.teacher_forcing(src, sizes, START, STOP, PAD))

    def loss_of(_: int) -> torch.Tensor:
        length = lengths[int(torch.randint(len(lengths), (), generator=draw))]
        src, inputs, targets = examples(length, batch, draw)
        return parts.sequence_loss(model(src, inputs), targets, PAD)

    test, rows = [examples(n, strings, held_out) for n in lengths], []

    def evaluate() -> float:
        rows.append(exact_match(model, test))
        return sum(rows[-1]) / len(rows[-1])

    history = fit(loss_of, model.parameters(), seconds=seconds, lr=lr, evaluate=evaluate, evaluations=20,
                  clock=_patient_clock())
    return Run(name, width, max(rows[-3:], key=sum), tuple(lengths), history.updates, history.seconds)


def table(runs: Sequence[Run]) -> str:
    """Exact match as text: a line for each length, a column for each run."""
    names = [f"{run.name} D={run.width}" for run in runs]
    lines = [["length", *names]]
    lines += [[str(n), *(f"{run.exact[i]:.2f}" for run in runs)] for i, n in enumerate(runs[0].lengths)]
    lines += [["updates", *(str(run.updates) for run in runs)]]
    return aligned(lines)


def picture(runs: Sequence[Run]) -> Figure:
    """The same numbers as a heat map."""
    values = [[run.exact[i] for run in runs] for i in range(len(runs[0].lengths))]
    names = [f"{run.name}\nD={run.width}" for run in runs]
    return plots.heatmap(values, runs[0].lengths, names, ylabel="length")


def race(widths: Sequence[int] = (32, 64), seconds: float = 14.0, workers: int = 2, **options) -> list[Run]:
    """Train both models at each width, two at a time, each in a process of its own with one thread.

    The two models of one width run side by side, so that whatever else the machine does slows both alike.
    """
    jobs = [(name, width) for width in widths for name in MODELS]
    runs = side_by_side(train, jobs, workers=workers, seconds=seconds, **options)
    return sorted(runs, key=lambda run: list(MODELS).index(run.name))  # by model, then by width
