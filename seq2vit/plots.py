"""The course's plots: one look, readable in print, on a phone and in dark mode; no prose inside a picture.

Each function returns the `Figure` and shows nothing by itself. Text that belongs to the reader's language stays outside
of the picture: in the caption and in the alternative text.
"""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure

INK, ACCENT, SECOND, FAINT = "#1c2530", "#b5330c", "#1f5fa8", "#c9ced6"
CYCLE = (SECOND, ACCENT, "#2e7d32", "#6a3d9a", "#8a6d00")
STYLE = {
    "font.size": 10, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "figure.facecolor": "white",
    "savefig.facecolor": "white", "axes.titlesize": 10, "figure.dpi": 110,
}


class Picture(Figure):
    """A figure that shows itself at the end of a cell, as SVG: sharp on every screen, the same on every build."""

    def _repr_svg_(self) -> str:
        with rc_context({"svg.hashsalt": "seq2vit"}):
            text = io.StringIO()
            self.savefig(text, format="svg", metadata={"Date": None})
        return text.getvalue()


def _axes(width: float, height: float, columns: int = 1):
    """A figure in the course's style with a row of axes. No pyplot: nothing is shown twice, nothing stays open."""
    with rc_context(STYLE):
        figure = Picture(figsize=(width, height), layout="constrained")
        axes = figure.subplots(1, columns, squeeze=False)[0]
    return figure, axes


def _array(values) -> np.ndarray:
    """A float array from a tensor (on any device, with or without gradient), an array or nested lists."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return np.asarray(values, dtype=float)


def drawable(tokens: Sequence[str]) -> list[str]:
    """The tokens as matplotlib can draw them: those with characters that its font lacks become "token 7".

    Chinese characters, for one, are missing from the font that matplotlib brings, and on most machines from all.
    """
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    known = font.get_charmap()
    return [t if all(ord(c) in known for c in t) else f"token {i}" for i, t in enumerate(tokens)]


def heatmap(values, rows: Sequence, columns: Sequence, title: str = "", xlabel: str = "", ylabel: str = "",
            numbers: bool = True, cell: tuple[float, float] = (0.72, 0.26)) -> Figure:
    """A table of numbers from 0 to 1 as shades, each number written in its cell.

    Args:
        values: (R, C).
        rows, columns: R and C labels.
        cell: width and height of a cell in inches. Few columns and many rows can be read on a phone.
    """
    values = _array(values)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"values are {values.shape}, but there are {len(rows)} rows and {len(columns)} columns")
    figure, (ax,) = _axes(0.8 + cell[0] * len(columns), 0.8 + cell[1] * len(rows))
    ax.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(columns)), labels=[str(c) for c in columns])
    ax.set_yticks(range(len(rows)), labels=[str(r) for r in rows])
    ax.tick_params(length=0)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if numbers:
        for (i, j), value in np.ndenumerate(values):
            text = f"{value:.2f}".lstrip("0") if value < 0.995 else "1"
            ax.text(j, i, text, ha="center", va="center", fontsize=8, color="white" if value > 0.6 else INK)
    return figure


def alignment(weights, src_tokens: Sequence[str], tgt_tokens: Sequence[str],
              truth: Sequence[Sequence[int]] | None = None) -> Figure:
    """An attention matrix: a row per target token, a column per source token, dark where the weight is large.

    Args:
        weights: (T, S), each row summing to 1. Rows and columns beyond the tokens (padding, [STOP]) are cut off.
        truth: for each target token the true source positions; they get a ring.
    """
    weights = _array(weights)
    if weights.ndim != 2 or weights.shape[0] < len(tgt_tokens) or weights.shape[1] < len(src_tokens):
        raise ValueError(f"weights are {weights.shape}: expected (T, S) with at least T={len(tgt_tokens)} rows and "
                         f"S={len(src_tokens)} columns")
    weights = weights[: len(tgt_tokens), : len(src_tokens)]
    figure, (ax,) = _axes(1.5 + 0.36 * len(src_tokens), 1.0 + 0.34 * len(tgt_tokens))
    ax.imshow(weights, cmap="Greys", vmin=0, vmax=1)
    ax.set_xticks(range(len(src_tokens)), labels=drawable(src_tokens), rotation=60, ha="left", rotation_mode="anchor")
    ax.set_yticks(range(len(tgt_tokens)), labels=drawable(tgt_tokens))
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_color(FAINT)
    for t, positions in enumerate(truth or ()):
        ax.plot(list(positions), [t] * len(positions), "o", mfc="none", mec=ACCENT, mew=1.8, ms=10)
    return figure


def curve(series: dict[str, Sequence], x: Sequence | None = None, xlabel: str = "", ylabel: str = "",
          title: str = "", ylim: tuple[float, float] | None = None) -> Figure:
    """Lines over a common x, told apart by colour, dash and marker, so that no reader depends on colour.

    Args:
        series: name -> values.
        x: common x values (0, 1, 2, ... by default).
    """
    figure, (ax,) = _axes(6.2, 3.2)
    for (name, values), color, dash, mark in zip(series.items(), CYCLE * 2, ["-", "--", "-.", ":"] * 3, "os^Dv" * 2,
                                                 strict=False):
        values = _array(values)
        ax.plot(range(len(values)) if x is None else x, values, dash, color=color, label=name, lw=1.8,
                marker=mark if len(values) <= 40 else None, ms=4)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.grid(True, axis="y", color=FAINT, lw=0.6)
    if ylim:
        ax.set_ylim(*ylim)
    if len(series) > 1:
        ax.legend(frameon=False)
    return figure
