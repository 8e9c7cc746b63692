"""Chapter 5's figures: the hands of the encoding as clocks, and its tables as pictures."""

import math
from collections.abc import Sequence

from matplotlib import rc_context
from matplotlib.figure import Figure

from seq2vit import plots
from seq2vit.figures.drawing import Interactive, svg, text

# Measures of the clocks and of the curve beside them; figures/clock.js has the same.
ACROSS, CELL, TALL, RADIUS, FIRST = 4, 78, 100, 29, 34
BAR, WIDE, HIGH, FOOT, REACH = 26, 312, 210, 176, 40


def clock(frequencies: Sequence[float], place: int = 20, further: int = 5) -> Interactive:
    """A clock for each frequency, its hand at the angle frequency times position, and a second hand `further` places on.

    Args:
        frequencies: radians by which each hand turns from one position to the next.
        place, further: where the figure begins.
    """
    if not all(f > 0 for f in frequencies):
        raise ValueError("a hand turns by more than nothing: frequencies are positive")
    said = (f"{len(frequencies)} clocks, whose hands turn the slower the further down. The solid hands stand at "
            f"position {place}, the dashed ones {further} further. Below, the encoding of both positions as bars: the sine and "
            "the cosine of each clock. Beside them, the dot product of the two encodings by their offset.")
    data = {"frequencies": list(frequencies), "place": place, "further": further}
    return Interactive("clock", data, _clocks(frequencies, place, further) + _curve(frequencies, further), said)


def spelled(wavelength: float) -> str:
    """Positions for one turn, short."""
    return f"{wavelength:.1f}" if wavelength < 10 else f"{wavelength:.0f}"


def _clocks(frequencies: Sequence[float], place: int, further: int) -> str:
    parts, n = [], len(frequencies)
    rows = math.ceil(n / ACROSS)
    middle, bar = FIRST + rows * TALL + BAR - 18, WIDE / (2 * n)
    parts.append(f'<line x1="0" y1="{middle}" x2="{WIDE}" y2="{middle}" class="s2v-wire"/>')
    for i, f in enumerate(frequencies):
        x, y = CELL * (i % ACROSS + 0.5), FIRST + TALL * (i // ACROSS)
        parts += [f'<circle cx="{x}" cy="{y}" r="{RADIUS}" class="s2v-clock-face"/>',
                  text(x, y + RADIUS + 17, f"clock {i}", "middle"),
                  text(x, y + RADIUS + 32, spelled(2 * math.pi / f), "middle", 'class="s2v-clock-small"')]
        for t, kind in ((place + further, "there"), (place, "here")):
            tip = (math.sin(f * t), math.cos(f * t))
            parts.append(f'<line x1="{x}" y1="{y}" x2="{x + tip[0] * (RADIUS - 3):.1f}" '
                         f'y2="{y - tip[1] * (RADIUS - 3):.1f}" class="s2v-clock-hand s2v-clock-{kind}"/>')
            for j, value in enumerate(tip):
                parts.append(f'<rect x="{bar * (2 * i + j) + 3:.1f}" y="{middle - max(0, value) * BAR:.1f}" '
                             f'width="{bar - 6:.1f}" height="{abs(value) * BAR:.1f}" class="s2v-clock-bar s2v-clock-{kind}"/>')
    parts += [text(bar * (2 * i + 1), middle + BAR + 14, str(i), "middle") for i in range(n)]
    said = f"Clocks at position {place} and at position {place + further}, and the two encodings as bars"
    return svg(WIDE, middle + BAR + 20, said, parts)


def _curve(frequencies: Sequence[float], further: int) -> str:
    dots = [sum(math.cos(f * k) for f in frequencies) for k in range(-REACH, REACH + 1)]
    low = min(0.0, *dots)
    at = [(WIDE / 2 + k * (WIDE / 2 - 14) / REACH, FOOT - (dot - low) / (len(frequencies) - low) * (FOOT - 34))
          for k, dot in enumerate(dots, -REACH)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    x, y = at[max(-REACH, min(REACH, further)) + REACH]
    parts = [text(WIDE / 2, 16, "dot product of the two, by offset", "middle"),
             f'<line x1="0" y1="{FOOT}" x2="{WIDE}" y2="{FOOT}" class="s2v-wire"/>',
             f'<polyline points="{line}" class="s2v-wire"/>',
             f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="s2v-clock-point"/>']
    parts += [text(WIDE / 2 + 12, 38, f"{len(frequencies)}", "start"), text(0, FOOT - 4, f"{low:.0f}", "start")]
    parts += [text(WIDE / 2 + k * (WIDE / 2 - 14) / REACH, FOOT + 18, str(k), "middle") for k in (-40, -20, 0, 20, 40)]
    return svg(WIDE, HIGH, "The dot product of the encodings of two positions, by their offset: highest at zero", parts)


def _panels(width: float, height: float, rows: int, columns: int) -> tuple:
    with rc_context(plots.STYLE):
        figure = plots.Picture(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(rows, columns)


def _shades(ax, values, title: str, low: float, colours: str) -> None:
    ax.imshow(values, cmap=colours, vmin=low, vmax=1, aspect="auto", interpolation="nearest")
    ax.set_title(title)
    ax.tick_params(length=0)


def counter_picture(bits, sines) -> Figure:
    """A binary counter and the sines side by side: a row for each position, a column for each bit or sine, fastest first."""
    figure, axes = _panels(4.6, 4.2, 1, 2)
    for ax, values, title, low, colours in zip(axes, (bits, sines), ("bits", "sines"), (0, -1), ("Blues", "PuOr_r"),
                                               strict=True):
        _shades(ax, values, title, low, colours)
        ax.set_xticks(range(len(values[0])))
        ax.set_xlabel("pair" if low else "bit")
    axes[0].set_ylabel("position")
    return figure


def grid_picture(maps: dict, cell: tuple[int, int]) -> Figure:
    """For each encoding of a grid, how alike one cell (ringed) is to every other: (grid_h, grid_w), one for itself.

    Each map has its own scale, from its least similar cell to 1.
    """
    figure, axes = _panels(4.2, 2.5 * len(maps), len(maps), 1)
    for ax, (title, values) in zip(axes, maps.items(), strict=True):
        _shades(ax, values.numpy(), title, float(values.min()), "Blues")
        ax.set_aspect("equal")
        ax.plot(cell[1], cell[0], "o", mfc="none", mec=plots.ACCENT, mew=1.8, ms=11)
    return figure
