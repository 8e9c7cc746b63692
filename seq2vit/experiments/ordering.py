"""Chapter 5's experiment: which of A and B came first? One small model, told about positions in six ways, or not at all.

Tables and rotation come from a completed notebook through `seq2vit.answers`. What stands here is the task, the model
around them, and the test on sequences longer than those of the training.
"""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from seq2vit import answers, plots
from seq2vit.experiments import aligned, side_by_side
from seq2vit.train import fit

A, B, FILLERS = 0, 1, 8  # tokens: A, B, and the fillers after them
LONGEST = 16  # tokens in the longest sequence of the training
LENGTHS = (8, 16, 24, 32, 48, 64)  # tokens in the sequences of the test
SLOPE = 0.25  # by how much a score falls from one place to the next, in ALiBi
FAR = 8  # the learned bias has a number for each distance up to this one, on either side, and no more beyond

SCHEMES = {
    "none": "no positions",
    "table": "a learned table, added",
    "sines": "sines and cosines, added",
    "rotary": "queries and keys are turned",
    "bias": "a learned number for each distance",
    "mask": "looks back only, no positions",
    "alibi": "looks back, a line falls with distance",
}


def sequences(n: int, N: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """n sequences of N tokens (n, N), with one A and one B at two places drawn at random; and whether A comes first (n,)."""
    ids = torch.randint(2, 2 + FILLERS, (n, N), generator=generator)
    places = torch.rand(n, N, generator=generator).argsort(1)[:, :2]  # of A, of B
    ids.scatter_(1, places, torch.tensor([A, B]).expand(n, 2))
    return ids, places[:, 0] < places[:, 1]


def twins(ids: torch.Tensor) -> torch.Tensor:
    """The same sequences with A and B exchanged: the answer turns round, and the set of tokens stays what it was."""
    return torch.where(ids == A, B, torch.where(ids == B, A, ids))


class Referee(nn.Module):
    """One attention layer, then each token votes for "A came first" by what it is and what it heard; votes are averaged."""

    def __init__(self, scheme: str, D: int = 32):
        super().__init__()
        if scheme not in SCHEMES:
            raise ValueError(f"no scheme {scheme!r}: choose one of {', '.join(SCHEMES)}")
        parts = answers.load("05_positional_encoding")
        self.scheme, self.rotary = scheme, parts.rotary
        self.emb = nn.Embedding(2 + FILLERS, D)
        self.W_q, self.W_k, self.W_v = (nn.Linear(D, D, bias=False) for _ in range(3))
        self.vote = nn.Sequential(nn.Linear(2 * D, 2 * D), nn.ReLU(), nn.Linear(2 * D, 1))
        self.place = nn.Identity()
        if scheme == "table":  # with rows for the test, too: those beyond LONGEST are never trained
            self.place = parts.LearnedPositionalEncoding(max(LENGTHS), D)
        if scheme == "sines":
            self.place = parts.PositionalEncoding(D, max(LENGTHS), 0.0)
        if scheme == "bias":
            self.bias = nn.Parameter(torch.zeros(2 * FAR + 1))

    def added(self, N: int) -> torch.Tensor | None:
        """What is added to the scores: (N, N), or nothing."""
        n = torch.arange(N)
        apart = n - n[:, None]  # (N, N), how far to the right the key stands
        if self.scheme == "bias":
            return self.bias[apart.clamp(-FAR, FAR) + FAR]
        if self.scheme in ("mask", "alibi"):
            line = apart.to(self.emb.weight.dtype) * (SLOPE if self.scheme == "alibi" else 0)
            return line.masked_fill(apart > 0, -torch.inf)
        return None

    def votes(self, ids: torch.Tensor) -> torch.Tensor:
        """Each token's vote: (B, N)."""
        x = self.place(self.emb(ids))  # (B, N, D)
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        if self.scheme == "rotary":
            n = torch.arange(ids.shape[1])
            q, k = self.rotary(q, n), self.rotary(k, n)
        heard = F.scaled_dot_product_attention(q, k, v, attn_mask=self.added(ids.shape[1]))
        return self.vote(torch.cat([x, heard], -1)).squeeze(-1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.votes(ids).mean(1)  # (B,)


def accuracy(model: nn.Module, ids: torch.Tensor, first: torch.Tensor) -> float:
    """Share of right answers on these sequences and on all their twins, in double precision.

    A model without positions gives a sequence and its twin the same vote up to rounding, so one of the two is right. Votes
    are around a thousandth or more, and rounding is around 1e-16: it does not decide.
    """
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        right = [((exact(some) > 0) == answer).double() for some, answer in ((ids, first), (twins(ids), ~first))]
    return torch.cat(right).mean().item()


def who_votes(model: Referee, ids: torch.Tensor, first: torch.Tensor) -> tuple[float, float]:
    """Where A comes first: the sum of the votes of A and B, and the sum of all fillers' votes, means over sequences."""
    ids = ids[first]
    with torch.no_grad():
        votes = model.votes(ids)
    pair = votes.where(ids < 2, 0).sum(1)  # ids below 2 are A and B
    return pair.mean().item(), (votes.sum(1) - pair).mean().item()


@dataclass(frozen=True)
class Run:
    """One trained model: its accuracy by number of tokens, what it took, and `who_votes` by number of tokens."""

    scheme: str
    right: dict[int, float]
    updates: int
    seconds: float  # of processor time
    votes: dict[int, tuple[float, float]] = field(default_factory=dict)


def train(scheme: str, *, updates: int, batch: int = 64, lr: float = 5e-3, seed: int = 0, held_out: int = 200) -> Run:
    """Train on 4 to LONGEST tokens; report, of the last three evaluations, the one that is best within that range."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = Referee(scheme)
    draw, fresh = torch.Generator().manual_seed(seed + 1), torch.Generator().manual_seed(seed + 2)
    tests = {N: sequences(held_out, N, fresh) for N in LENGTHS}
    seen = []

    def loss_of(_: int) -> torch.Tensor:
        ids, first = sequences(batch, int(torch.randint(4, LONGEST + 1, (), generator=draw)), draw)
        return F.binary_cross_entropy_with_logits(model(ids), first.float())

    def within(row: dict[int, float]) -> float:
        return sum(right for N, right in row.items() if N <= LONGEST)

    def keep() -> float:
        seen.append(copy.deepcopy(model))
        return 0.0  # judged below: only the last three count

    history = fit(loss_of, model.parameters(), updates=updates, lr=lr, evaluate=keep, evaluations=20,
                  clock=time.process_time)
    rows = [{N: accuracy(last, *test) for N, test in tests.items()} for last in seen[-3:]]
    best, right = max(zip(seen[-3:], rows, strict=True), key=lambda pair: within(pair[1]))
    votes = {N: who_votes(best, *test) for N, test in tests.items()}
    return Run(scheme, right, history.updates, history.seconds, votes)


def race(updates: int = 800, workers: int = 2, **options) -> dict[str, Run]:
    """Train the model with every scheme: same data, updates and falling rate, each in its own process, two at a time."""
    return dict(zip(SCHEMES, side_by_side(train, SCHEMES, workers=workers, updates=updates, **options), strict=True))


def knows(N: int, places: int = LONGEST) -> float:
    """What a model gets right in N tokens that knows the first `places` places, and guesses if one of the two is new to it."""
    both = min(1, places * (places - 1) / (N * (N - 1)))
    return both + (1 - both) / 2


def table(runs: dict[str, Run], lengths: Sequence[int] = LENGTHS) -> str:
    """Accuracy as text: a line for each scheme, a column for each number of tokens. Beyond the training, last, `knows`."""
    rows = {name: run.right for name, run in runs.items()}
    if max(lengths) > LONGEST:
        rows["first"] = {N: knows(N) for N in lengths}
    lines = [["tokens", *map(str, lengths)]]
    return aligned(lines + [[name, *(f"{row[N]:.2f}" for N in lengths)] for name, row in rows.items()])


PANELS = {"added to the tokens": ("none", "table", "sines"), "in the scores": ("rotary", "bias", "mask", "alibi")}
# One colour, one meaning: also across the panels.
COLOURS = dict(zip(SCHEMES, ("#5c6672", plots.SECOND, plots.ACCENT, "#2e7d32", "#6a3d9a", "#8a6d00", "#b0338a"), strict=True))


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Where labels go that belong at these heights: in the same order, at least a gap from one to the next."""
    places, free = list(heights), float("-inf")
    for i in sorted(range(len(heights)), key=lambda i: heights[i]):
        places[i] = max(heights[i], free)
        free = places[i] + gap
    return places


def picture(runs: dict[str, Run]) -> Figure:
    """Accuracy by number of tokens, in two panels; a vertical line where training ended, a dotted one for `knows`."""
    with rc_context(plots.STYLE):
        figure = plots.Picture(figsize=(4.6, 5.6), layout="constrained")
        axes = figure.subplots(len(PANELS), 1, sharex=True)
    for ax, (title, names) in zip(axes, PANELS.items(), strict=True):
        lines = {name: list(runs[name].right.values()) for name in names} | {"first": [knows(N) for N in LENGTHS]}
        ends = apart([line[-1] for line in lines.values()], 0.075)
        looks = zip((*("-", "--", "-.", "-")[:len(names)], ":"), (*"os^D"[:len(names)], ""), strict=True)
        for (name, line), end, (dash, mark) in zip(lines.items(), ends, looks, strict=True):
            color = COLOURS.get(name, plots.INK)
            ax.plot(LENGTHS, line, dash, color=color, marker=mark, ms=4, lw=1.8, label=name)
            ax.annotate(name, (LENGTHS[-1], end), (8, 0), textcoords="offset points", va="center", color=color)
        ax.axvline(LONGEST, color=plots.FAINT, lw=1.5, zorder=0)
        ax.set(title=title, ylabel="right", ylim=(0.35, 1.15), xticks=LENGTHS, yticks=(0.4, 0.6, 0.8, 1.0))
        ax.tick_params(labelbottom=True)
    axes[-1].set_xlabel("tokens in the sequence")
    return figure
