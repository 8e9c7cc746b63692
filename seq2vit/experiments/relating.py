"""Chapter 4's experiments: what a self-attention block adds to a CNN, and what a self-attention layer costs.

The layer and the block come from a completed notebook through `seq2vit.answers`. What stands here are the pictures, in
which a grey shape is to be coloured like its twin; the small CNN around the block, with two rivals in the block's place;
and a stopwatch.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from seq2vit import answers, plots
from seq2vit.experiments import aligned, side_by_side
from seq2vit.train import fit

HEIGHT, WIDTH = 16, 64  # pixels of a picture
SLOT = 8  # pixels of a slot: a shape stands in the middle of it
STRIDE = 4  # pixels of a cell of the grid on which the network works
PAIRS, GLYPH = 4, 5
COLOURS = ("red", "green", "blue", "yellow")
RGB = torch.tensor([[0.85, 0.20, 0.15], [0.15, 0.60, 0.25], [0.20, 0.35, 0.85], [0.90, 0.75, 0.10], [0.55, 0.55, 0.55]])
SHAPES = torch.tensor([[[c == "#" for c in row] for row in shape.split()] for shape in (
    "..#.. ..#.. ##### ..#.. ..#..",  # a plus
    "#...# .#.#. ..#.. .#.#. #...#",  # a cross
    "##### #...# #...# #...# #####",  # a frame
    "..#.. .#.#. #...# .#.#. ..#..",  # a diamond
    "##### ..#.. ..#.. ..#.. ..#..",  # a T
    "#...# #...# #...# #...# #####",  # a U
)]).float()


@dataclass(frozen=True)
class Boards:
    """Pictures with four pairs of twins: of each pair, one is grey and the other has the colour that is asked."""

    images: torch.Tensor  # (B, 3, HEIGHT, WIDTH), values around 0 to 1, white ground
    grey: torch.Tensor  # (B, PAIRS, 2), row and column of each grey shape's middle, in pixels
    twin: torch.Tensor  # (B, PAIRS, 2), the same for its coloured twin
    colour: torch.Tensor  # (B, PAIRS), the twin's colour, a number in COLOURS

    def cells(self, places: torch.Tensor) -> torch.Tensor:
        """The number of the grid cell, row by row, of places in pixels."""
        return places[..., 0] // STRIDE * (WIDTH // STRIDE) + places[..., 1] // STRIDE

    @property
    def apart(self) -> torch.Tensor:
        """How many slots the twins are apart: the larger of their distances by row and by column. (B, PAIRS)"""
        return (self.grey - self.twin).abs().amax(-1) // SLOT


def boards(n: int, generator: torch.Generator) -> Boards:
    """Draw n pictures. Colours are independent of shapes and of each other: only the twin tells."""
    rows, columns, shown = HEIGHT // SLOT, WIDTH // SLOT, 2 * PAIRS
    slot = torch.rand(n, rows * columns, generator=generator).argsort(1)[:, :shown]
    corner = torch.stack([slot // columns, slot % columns], -1) * SLOT + (SLOT - GLYPH) // 2  # (n, shown, 2)
    shape = torch.rand(n, len(SHAPES), generator=generator).argsort(1)[:, :PAIRS].repeat(1, 2)
    colour = torch.randint(len(COLOURS), (n, PAIRS), generator=generator)
    ink = RGB[torch.cat([torch.full_like(colour, len(COLOURS)), colour], 1)] - 1  # what it takes away from white
    stamp = ink[:, :, :, None, None] * SHAPES[shape][:, :, None]  # (n, shown, 3, GLYPH, GLYPH)
    images = torch.ones(n, 3, HEIGHT, WIDTH)
    y = corner[..., 0, None, None, None] + torch.arange(GLYPH)[:, None]
    x = corner[..., 1, None, None, None] + torch.arange(GLYPH)
    images.index_put_((torch.arange(n)[:, None, None, None, None], torch.arange(3)[:, None, None], y, x), stamp,
                      accumulate=True)
    images += 0.03 * torch.randn(images.shape, generator=generator)
    middle = corner + GLYPH // 2
    return Boards(images, middle[:, :PAIRS], middle[:, PAIRS:], colour)


class OneMoreConvolution(nn.Module):
    """What a CNN would have in the block's place."""

    def __init__(self, C: int, d: int):
        super().__init__()
        self.conv = nn.Conv2d(C, C, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(x)


class MeanOfAllPlaces(nn.Module):
    """Every place gets the same: the mean over the whole grid, through two matrices with a ReLU between them."""

    def __init__(self, C: int, d: int):
        super().__init__()
        self.down, self.up = nn.Conv2d(C, C, 1), nn.Conv2d(C, C, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.up(torch.relu(self.down(x).mean((2, 3), keepdim=True)))


BLOCKS = ("convolution", "mean", "attention")


class Painter(nn.Module):
    """Convolutions, a block, a convolution, and a vote for a colour at each place of the grid."""

    def __init__(self, block: str, C: int = 32, d: int = 16):
        super().__init__()
        if block not in BLOCKS:
            raise ValueError(f"no block {block!r}: choose one of {', '.join(BLOCKS)}")
        self.see = nn.Sequential(nn.Conv2d(3, C, 6, stride=STRIDE, padding=1), nn.ReLU(),
                                 nn.Conv2d(C, C, 3, padding=1), nn.ReLU())
        makers = {"convolution": OneMoreConvolution, "mean": MeanOfAllPlaces}
        self.block = makers[block](C, d) if block in makers else answers.load("04_self_attention").SelfAttention2d(C, d)
        self.say = nn.Sequential(nn.ReLU(), nn.Conv2d(C, C, 3, padding=1), nn.ReLU(), nn.Conv2d(C, len(COLOURS), 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.say(self.block(self.see(1 - images)))  # (B, colours, grid_h, grid_w)


def votes(painter: nn.Module, data: Boards) -> torch.Tensor:
    """The painter's scores of the colours where the grey shapes stand: (B, PAIRS, colours)."""
    everywhere = painter(data.images).flatten(2).transpose(1, 2)  # (B, cells, colours)
    return everywhere.gather(1, data.cells(data.grey)[..., None].expand(-1, -1, len(COLOURS)))


@dataclass(frozen=True)
class Run:
    """One trained painter: how many grey shapes it colours right, by distance, and what it took."""

    name: str
    right: float
    by_distance: dict[int, float]  # slots between the twins -> share of them that are right
    parameters: int
    updates: int
    seconds: float  # of processor time
    weights: dict[str, torch.Tensor]  # of the painter

    def painter(self) -> Painter:
        """The trained network."""
        painter = Painter(self.name)
        painter.load_state_dict(self.weights)
        return painter.eval()


def train(name: str, *, updates: int, batch: int = 64, lr: float = 8e-3, seed: int = 0, held_out: int = 1000) -> Run:
    """Train one painter on fresh pictures; report the best of its last three evaluations on held-out ones."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    painter = Painter(name)
    draw = torch.Generator().manual_seed(seed + 1)
    test = boards(held_out, torch.Generator().manual_seed(seed + 2))
    seen = []

    def loss_of(_: int) -> torch.Tensor:
        data = boards(batch, draw)
        return F.cross_entropy(votes(painter, data).flatten(0, 1), data.colour.flatten())

    def evaluate() -> float:
        with torch.no_grad():
            seen.append((votes(painter, test).argmax(-1) == test.colour).float())
        return seen[-1].mean().item()

    history = fit(loss_of, painter.parameters(), updates=updates, lr=lr, evaluate=evaluate, evaluations=20,
                  clock=time.process_time)
    best = max(seen[-3:], key=torch.mean)
    by_distance = {n: best[test.apart == n].mean().item() for n in sorted(set(test.apart.flatten().tolist()))}
    return Run(name, best.mean().item(), by_distance, sum(p.numel() for p in painter.parameters()), history.updates,
               history.seconds, painter.state_dict())


def race(updates: int = 700, workers: int = 2, **options) -> dict[str, Run]:
    """Train the painter with each block: the same data, number of updates and falling rate, each in its own process."""
    order = BLOCKS[::-1]  # the longest first, so that both cores have work to the end
    runs = dict(zip(order, side_by_side(train, order, workers=workers, updates=updates, **options), strict=True))
    return {name: runs[name] for name in BLOCKS}


def table(runs: dict[str, Run]) -> str:
    """The runs as text: a line for each."""
    lines = [["block", "right", "parameters", "updates", "seconds"]]
    lines += [[run.name, f"{run.right:.2f}", str(run.parameters), str(run.updates), f"{run.seconds:.0f}"]
              for run in runs.values()]
    return aligned(lines)


def picture(runs: dict[str, Run]) -> Figure:
    """Share of grey shapes coloured right, by the distance of the twins."""
    figure = plots.curve({name: list(run.by_distance.values()) for name, run in runs.items()},
                         x=list(next(iter(runs.values())).by_distance), xlabel="slots between the twins",
                         ylabel="coloured right", ylim=(0, 1.05))
    figure.axes[0].axhline(1 / len(COLOURS), color=plots.INK, lw=0.8, ls=":")
    figure.axes[0].legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.92))
    return figure


def look(painter: Painter, image: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    """Where one place of one picture looks: weights over the grid, (grid_h, grid_w), from the block's own matrices."""
    with torch.no_grad():
        grid = painter.see(1 - image[None])[0]  # (C, grid_h, grid_w)
        asks, answers_to = (W.weight[:, :, 0, 0] for W in (painter.block.W_q, painter.block.W_k))  # (d, C)
        row, column = (place // STRIDE).tolist()
        question = asks @ grid[:, row, column]  # (d,)
        fits = torch.einsum("d,dc,chw->hw", question, answers_to, grid) * len(question) ** -0.5
        return fits.flatten().softmax(0).reshape(fits.shape)


def looked_at(painter: Painter, data: Boards) -> dict[str, float]:
    """The weight that a grey shape gives to one slot, on average: that of its twin, its own, and one of the other shapes."""
    total = dict.fromkeys(("its twin", "itself", "another colour", "another grey"), 0.0)
    for image, greys, twins in zip(data.images, data.grey, data.twin, strict=True):
        for asking, grey in enumerate(greys):
            slots = look(painter, image, grey).unflatten(0, (HEIGHT // SLOT, -1)).unflatten(2, (WIDTH // SLOT, -1)).sum((1, 3))
            for places, own, other in ((twins, "its twin", "another colour"), (greys, "itself", "another grey")):
                found = slots[tuple((places // SLOT).T)].tolist()  # one for each pair
                total[own] += found.pop(asking)
                total[other] += sum(found) / len(found)
    return {slot: weight / data.grey.shape[:2].numel() for slot, weight in total.items()}


def show(data: Boards, painter: Painter | None = None, number: int = 0) -> Figure:
    """A picture; with a painter, below it where each grey shape (ringed) looks, its twin in a ring of the accent colour."""
    image, greys, twins = data.images[number].clamp(0, 1), data.grey[number], data.twin[number]
    rows = 1 + (PAIRS if painter else 0)
    with rc_context(plots.STYLE):
        figure = plots.Picture(figsize=(5.6, 1.5 * rows), layout="constrained")
        axes = figure.subplots(rows, 1, squeeze=False)[:, 0]
    for ax, grey, twin in zip(axes, [None, *greys.tolist()], [None, *twins.tolist()], strict=False):
        ax.imshow(image.permute(1, 2, 0).numpy(), interpolation="nearest", extent=(0, WIDTH, HEIGHT, 0))
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(True)
            spine.set_color(plots.FAINT)
        if grey:
            seen = look(painter, data.images[number], torch.tensor(grey))
            ax.imshow(seen.numpy(), cmap="Purples", vmin=0, vmax=max(0.5, float(seen.max())), alpha=0.75,
                      interpolation="nearest", extent=(0, WIDTH, HEIGHT, 0))
            ring = {"mfc": "none", "ms": 36, "mew": 2}
            ax.plot(grey[1] + 0.5, grey[0] + 0.5, "o", mec=plots.INK, **ring)
            ax.plot(twin[1] + 0.5, twin[0] + 0.5, "o", mec=plots.ACCENT, linestyle="none", **ring)
    return figure


def stopwatch(layers: dict[str, nn.Module], lengths: Sequence[int], D: int, repeats: int = 7) -> dict[str, list[float]]:
    """Seconds of one forward pass on one sequence (1, N, D), for each length N.

    Processor time of one thread, the least of some repeats, which the layers make in turn: whatever else the machine
    does slows all of them alike.
    """
    seconds, threads = {name: [] for name in layers}, torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            for N in lengths:
                x = torch.randn(1, N, D)
                turns = [[_seconds(layer, x) for layer in layers.values()] for _ in range(repeats)]
                for row, times in zip(seconds.values(), zip(*turns, strict=True), strict=True):
                    row.append(min(times))
    finally:
        torch.set_num_threads(threads)
    return seconds


def _seconds(layer: Callable, x: torch.Tensor) -> float:
    began = time.process_time()
    layer(x)
    return time.process_time() - began


def cost_picture(lengths: Sequence[int], seconds: dict[str, list[float]]) -> Figure:
    """Milliseconds by length, on two logarithmic axes: a straight line is a power of the length."""
    figure = plots.curve({name: [1000 * s for s in row] for name, row in seconds.items()}, x=list(lengths),
                         xlabel="tokens N", ylabel="milliseconds")
    ax = figure.axes[0]
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(list(lengths), labels=[str(n) for n in lengths])
    ax.minorticks_off()
    return figure


class Along(nn.Module):
    """A 1-D convolution over tokens (B, N, D): moves the channels to where PyTorch wants them, and back."""

    def __init__(self, D: int, width: int = 3):
        super().__init__()
        self.conv = nn.Conv1d(D, D, width, padding=width // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(x.transpose(1, 2)).transpose(1, 2)
