"""Chapter 4's figures: the layer with queries from elsewhere and from its own inputs, and tokens that the reader moves."""

import re
from collections.abc import Sequence

import torch

from seq2vit.figures.drawing import Interactive, arrow, box, svg, text

# Measures of the drawing with tokens that move; figures/permute.js has the same.
ROW, TOP, INPUTS, MATRIX, BAR = 36, 44, 52, 110, 15
OUTPUTS, END = 14, 118  # from the right edge of the matrix

EDITS = {
    "none": "nothing: self-attention as it is",
    "first": "something added to whoever stands first",
    "positions": "a position added to every place",
    "causal": "a mask: look only up the list",
    "hide": "a mask: nobody may look at “again”",
    "mean": "the mean of all outputs in every place",
}


def side_by_side() -> Interactive:
    """The attention layer with queries from elsewhere, and with queries from its own inputs."""
    tip = ('<defs><marker id="s2v-tip-{0}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
           'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>')
    columns = {"q": (50, "W_q", "Q"), "k": (150, "W_k", "K"), "v": (250, "W_v", "V")}
    middle = [box(150, 66, "softmax(QKᵀ/√d) V", 240)]
    for x, weight, name in columns.values():
        middle += [box(x, 134, weight, 52), arrow(x, 120, x, 82), text(x + 8, 106, name, "start")]
    general = [tip.format("general"), *middle, box(50, 208, "T queries", 92), box(200, 208, "S inputs", 152),
               arrow(50, 194, 50, 150), arrow(150, 194, 150, 150), arrow(250, 194, 250, 150),
               arrow(150, 52, 150, 26), text(150, 18, "T outputs", "middle")]
    own = [tip.format("own"), *middle, box(150, 208, "N inputs", 252),
           *(arrow(x, 194, x, 150) for x, *_ in columns.values()),
           arrow(150, 52, 150, 26), text(150, 18, "N outputs", "middle")]
    general, own = ([re.sub(">W_(.)<", r'>W<tspan dy="4" font-size="75%">\1</tspan><', part) for part in parts]
                    for parts in (general, own))
    words = ("In the general layer, T queries pass through W q, and S inputs through W k and W v; out come T outputs.",
             "In self-attention the same N inputs pass through W q, W k and W v; out come N outputs.")
    drawn = [svg(302, 226, said, parts).replace("#s2v-tip)", f"#s2v-tip-{name})")
             for said, parts, name in zip(words, (general, own), ("general", "own"), strict=True)]
    return Interactive("", {}, "".join(drawn), " ".join(words))


def permute(names: Sequence[str], x: torch.Tensor, W_q: torch.Tensor, W_k: torch.Tensor, W_v: torch.Tensor,
            PE: torch.Tensor) -> Interactive:
    """Tokens to move about: inputs, weights and outputs move along, until an edit ties something to the places.

    Args:
        names: N words, all different; the last is the one that the edit "hide" hides.
        x: (N, 3); W_q, W_k: (d, 3); W_v: (3, 3); PE: (N, 3), what the edits add to the places.
    """
    if x.shape != (len(names), 3) or W_v.shape != (3, 3) or PE.shape != x.shape:
        raise ValueError(f"the figure draws N tokens of width 3 in and 3 out: x is {tuple(x.shape)}")
    weights = ((x @ W_q.T) @ (x @ W_k.T).T * len(W_q) ** -0.5).softmax(-1)  # (N, N)
    y = weights @ x @ W_v.T  # (N, 3)
    tables = {"x": x, "W_q": W_q, "W_k": W_k, "W_v": W_v, "PE": PE}
    data = {"names": list(names), "edits": EDITS} | {name: value.tolist() for name, value in tables.items()}
    said = (f"The tokens {', '.join(names)}. From left to right: the three numbers of each token as bars, the weights with "
            "which it looks at the others, filled the more the larger, and the three numbers of its output.")
    return Interactive("permute", data, _still(names, x, weights, y, said), said)


def _bars(values: Sequence[float], x: float, y: float, most: float) -> str:
    """Bars up and down from a line in the middle of a row."""
    parts = [f'<line x1="{x}" y1="{y + ROW / 2}" x2="{x + BAR * len(values)}" y2="{y + ROW / 2}" class="s2v-wire"/>']
    for i, value in enumerate(values):
        height = abs(value) / most * (ROW / 2 - 2)
        parts.append(f'<rect x="{x + BAR * i + 2}" y="{y + ROW / 2 - (height if value > 0 else 0):.1f}" '
                     f'width="{BAR - 4}" height="{height:.1f}" fill="currentColor"/>')
    return "".join(parts)


def _still(names: Sequence[str], x: torch.Tensor, weights: torch.Tensor, y: torch.Tensor, said: str) -> str:
    N, right = len(names), MATRIX + ROW * len(names)
    most = [max(0.1, float(table.abs().max())) for table in (x, y)]
    parts = [text(INPUTS + 1.5 * BAR, 14, "inputs", "middle"), text((MATRIX + right) / 2, 14, "weights", "middle"),
             text(right + OUTPUTS + 1.5 * BAR, 14, "outputs", "middle")]
    for i, name in enumerate(names):
        top = TOP + ROW * i
        parts += [text(INPUTS - 8, top + ROW / 2 + 4, name, "end"), _bars(x[i].tolist(), INPUTS, top, most[0]),
                  text(MATRIX + ROW * (i + 0.5), TOP - 10, name, "middle"),
                  _bars(y[i].tolist(), right + OUTPUTS, top, most[1])]
        parts += [f'<rect x="{MATRIX + ROW * j}" y="{top}" width="{ROW}" height="{ROW}" class="s2v-cell" '
                  f'fill="currentColor" fill-opacity="{w:.2f}"/>' for j, w in enumerate(weights[i].tolist())]
    return svg(right + END, TOP + ROW * N + 6, said, parts)
