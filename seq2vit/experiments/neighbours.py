"""Chapter 7's experiment: who stands to your left, and who to your right? A task that asks for two places at once.

Multi-head attention comes from a completed notebook through `seq2vit.answers`. What stands here are the rows of letters,
the small network around the layer, and the runs that are compared.
"""

import copy
import string
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from seq2vit import answers, plots
from seq2vit.experiments import aligned, side_by_side
from seq2vit.figures.drawing import round_to_bytes
from seq2vit.train import fit

LETTERS = string.ascii_lowercase
N, D = 10, 32  # letters in a row; width of the model
SIDES = ("left", "right")

# All have the same width but the wide one; all meet the same data for the same number of updates.
MODELS = {
    "one head": {"H": 1},
    "two heads": {"H": 2},
    "four heads": {"H": 4},
    "one wide head": {"H": 1, "width": 2 * D},
    "two layers": {"H": 1, "layers": 2},
    "one head, MLP": {"H": 1, "mlp": 2 * D},
}
SEEDS = {"one head": 2, "two heads": 2, "one head, MLP": 2}  # how many runs; one of each other model


def rows(n: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """n rows of N letters as numbers, and what is asked: the two neighbours of every letter that has two.

    Returns:
        letters (n, N), drawn independently; neighbours (n, N - 2, 2), left and right.
    """
    letters = torch.randint(len(LETTERS), (n, N), generator=generator)
    return letters, torch.stack([letters[:, :-2], letters[:, 2:]], 2)


class Neighbours(nn.Module):
    """Letters and learned positions, attention with a way around it, and a linear vote for each side."""

    def __init__(self, H: int, width: int = D, layers: int = 1, mlp: int = 0):
        super().__init__()
        self.symbol, self.place = nn.Embedding(len(LETTERS), width), nn.Embedding(N, width)
        layer = answers.load("07_multi_head_attention").MultiHeadAttention
        self.layers = nn.ModuleList(layer(width, H) for _ in range(layers))
        self.mlp = nn.Sequential(nn.Linear(width, mlp), nn.ReLU(), nn.Linear(mlp, width)) if mlp else None
        self.left, self.right = nn.Linear(width, len(LETTERS)), nn.Linear(width, len(LETTERS))
        self.H = H

    def look(self, letters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Votes of all letters (B, N, 2, 26), and the weights of the last attention layer (B, H, N, N)."""
        x = self.symbol(letters) + self.place.weight  # (B, N, width)
        for layer in self.layers:
            y, weights = layer(x, x, x)
            x = x + y
        if self.mlp is not None:
            x = x + self.mlp(x)
        return torch.stack([self.left(x), self.right(x)], 2), weights

    def forward(self, letters: torch.Tensor) -> torch.Tensor:
        return self.look(letters)[0][:, 1:-1]  # (B, N - 2, 2, 26)


def without(model: Neighbours, heads: Sequence[int]) -> Neighbours:
    """A copy in which what these heads found is thrown away: their columns of the last W_o are zero."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        for head in heads:
            model.layers[-1].W_o.weight.unflatten(1, (model.H, -1))[:, head] = 0
    return model


def correct(model: Neighbours, letters: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
    """Which names are correct: a boolean (B, N - 2, 2)."""
    with torch.no_grad():
        return model(letters).argmax(-1) == asked


@dataclass(frozen=True)
class Run:
    """One trained network, with its weights rounded to bytes, and the share of correct pairs on the way."""

    name: str
    seed: int
    pairs: float  # both neighbours correct, best of the last three evaluations
    history: list[tuple[int, float]]  # updates so far, share of pairs
    parameters: int
    seconds: float  # of processor time
    weights: dict[str, torch.Tensor]

    def model(self) -> Neighbours:
        """The trained network."""
        model = Neighbours(**MODELS[self.name])
        model.load_state_dict(self.weights)
        return model.eval()


def train(job: tuple[str, int], *, updates: int, batch: int = 32, lr: float = 5e-3, held_out: int = 500) -> Run:
    """Train one model on fresh rows and test it on others, the same for all."""
    name, seed = job
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = Neighbours(**MODELS[name])
    draw = torch.Generator().manual_seed(1000 + seed)
    test = rows(held_out, torch.Generator().manual_seed(99))

    def loss_of(_: int) -> torch.Tensor:
        letters, asked = rows(batch, draw)
        return F.cross_entropy(model(letters).flatten(0, 2), asked.flatten())

    history = fit(loss_of, model.parameters(), updates=updates, lr=lr, evaluations=20, clock=time.process_time,
                  evaluate=lambda: correct(model, *test).all(-1).float().mean().item())
    round_to_bytes(model)
    return Run(name, seed, history.best(), history.evaluations, sum(p.numel() for p in model.parameters()),
               history.seconds, model.state_dict())


def race(updates: int = 1000, workers: int = 2, **options) -> dict[str, list[Run]]:
    """Train all models, in processes of their own: the same rows, updates and falling learning rate for each seed."""
    jobs = [(name, seed) for name in reversed(MODELS) for seed in range(SEEDS.get(name, 1))]
    runs = side_by_side(train, jobs, workers=workers, updates=updates, **options)
    return {name: [run for run in runs if run.name == name] for name in MODELS}


def table(runs: dict[str, list[Run]]) -> str:
    """The runs as text: a line for each model, its parameters, and the share of correct pairs in each run."""
    most = max(map(len, runs.values()))
    lines = [["model", "parameters", *(f"run {i + 1}" for i in range(most))]]
    for name, own in runs.items():
        shares = [f"{run.pairs:.2f}" for run in own]
        lines.append([name, str(own[0].parameters), *shares, *[""] * (most - len(own))])
    return aligned(lines)


def picture(runs: dict[str, list[Run]]) -> Figure:
    """Share of correct pairs over the updates, by model: the first run, and the second as a thin line."""
    shown = {name: own[0].history for name, own in runs.items() if name != "four heads"}
    updates = [done for done, _ in next(iter(shown.values()))]
    figure = plots.curve({name: [share for _, share in history] for name, history in shown.items()}, x=updates,
                         xlabel="updates", ylabel="correct pairs", ylim=(0, 1.05))
    for name, line in zip(shown, list(figure.axes[0].lines), strict=True):
        for run in runs[name][1:]:
            figure.axes[0].plot(*zip(*run.history, strict=True), line.get_linestyle(), color=line.get_color(), lw=0.8)
    figure.axes[0].legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.55))
    return figure


def shares(model: Neighbours, heads: Sequence[int] = (), n: int = 500) -> tuple[float, float]:
    """The share of correct names of left and of right neighbours on held-out rows, without what these heads found."""
    test = rows(n, torch.Generator().manual_seed(99))
    return tuple(correct(without(model, heads), *test).float().mean((0, 1)).tolist())


def removed(model: Neighbours) -> str:
    """Those shares as text: by the whole model, and without each head."""
    asked = {"whole": [], **{f"without head {h}": [h] for h in range(model.H)}}
    return aligned([["", *SIDES], *[[said, *(f"{share:.2f}" for share in shares(model, heads))]
                                    for said, heads in asked.items()]])
