"""Chapter 6's figures: all predictions at once, masks as grids, who influences whom, and a mask that the reader draws."""

import math
from collections.abc import Callable, Sequence

import torch
from matplotlib import rc_context
from matplotlib.figure import Figure

from seq2vit import plots
from seq2vit.figures.drawing import Interactive, box, svg, text

# Measures of the drawing; figures/mask.js has the same.
CELL, LEFT, TOP, RIGHT = 38, 46, 48, 48

# Where the reader can start: words, and whether token i may look at token j.
PRESETS: dict[str, tuple[str, Callable[[int, int], bool]]] = {
    "causal": ("causal: nobody looks ahead", lambda i, j: j <= i),
    "open": ("everybody looks at everybody", lambda i, j: True),
    "padding": ("causal, as if the first two were padding", lambda i, j: 2 <= j <= i),
    "window": ("a window: oneself and the one before", lambda i, j: i - 1 <= j <= i),
    "prefix": ("a prefix: the first three see each other", lambda i, j: j <= max(i, 2)),
    "texts": ("two texts of three tokens, one after the other", lambda i, j: j <= i and i // 3 == j // 3),
}
_HATCH = ('<defs><pattern id="{0}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
          '<line x1="0" y1="0" x2="0" y2="7" stroke="currentColor" stroke-width="2"/></pattern></defs>')


def all_at_once(tokens: Sequence[str]) -> Interactive:
    """Tokens below, what each place has to say above: solid lines to what it may use, a dashed one to what it may not."""
    step, targets = 78, [*tokens[1:], "?"]
    marks = ('<defs><marker id="s2v-once" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
             '<path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>')
    parts = [marks]
    for t, (token, target) in enumerate(zip(tokens, targets, strict=True)):
        x = 44 + step * t
        parts += [box(x, 150, token, 62), text(x, 40, target, "middle", 'font-weight="600"'), box(x, 84, "", 30),
                  f'<line x1="{x}" y1="69" x2="{x}" y2="48" class="s2v-wire" marker-end="url(#s2v-once)"/>']
        parts += [f'<line x1="{44 + step * s}" y1="136" x2="{x}" y2="100" class="s2v-wire" stroke-opacity="0.75"/>'
                  for s in range(t + 1)]
        if t + 1 < len(tokens):
            parts.append(f'<line x1="{x + step}" y1="136" x2="{x + 8}" y2="100" class="s2v-wire s2v-mask-cheat"/>')
    said = (f"The tokens {' '.join(tokens)} in a row, above each a place that has to say the next one. Lines lead to each "
            "place from its own token and all before it; a dashed one from the next token, which is just what it has to say.")
    return Interactive("", {}, svg(step * (len(tokens) - 1) + 88, 172, said, parts), said)


def grids(masks: dict[str, Sequence[Sequence[bool]]], words: Sequence[str]) -> Interactive:
    """Masks side by side, a row for each token that looks: filled where it may, hatched where it may not."""
    cell, left, top = 28, 38, 42
    drawn, N = [], len(words)
    for number, (title, mask) in enumerate(masks.items()):
        parts = [_HATCH.format(f"s2v-grid-{number}"), text(left + cell * N / 2, 14, title, "middle", 'font-weight="600"')]
        for i, word in enumerate(words):
            parts += [text(left - 7, top + cell * (i + 0.5) + 5, word, "end"),
                      text(left + cell * (i + 0.5), top - 8, word, "middle")]
            parts += [f'<rect x="{left + cell * j}" y="{top + cell * i}" width="{cell}" height="{cell}" class="s2v-cell" '
                      + ('fill="currentColor" fill-opacity="0.55"/>' if may else
                         f'fill="url(#s2v-grid-{number})" fill-opacity="0.35"/>') for j, may in enumerate(mask[i])]
        rows = [f"{word}: {', '.join(w for w, may in zip(words, mask[i], strict=True) if may) or 'nobody'}"
                for i, word in enumerate(words)]
        drawn.append(svg(left + cell * N + 4, top + cell * N + 6, f"{title}. Who may look at whom: {'; '.join(rows)}.", parts))
    return Interactive("", {}, "".join(drawn), f"Masks as grids: {', '.join(masks)}.")


def influence_picture(found: dict[str, torch.Tensor]) -> Figure:
    """Matrices of influence side by side: row t is an output, column s an input; a ring where an input is a later one.

    Args:
        found: name -> (N, N), how strongly output t depends on input s; zero where it does not at all.
    """
    rows = math.ceil(len(found) / 2)
    with rc_context(plots.STYLE):
        figure = plots.Picture(figsize=(5, 2.6 * rows), layout="constrained")
        axes = figure.subplots(rows, 2, squeeze=False)
    for ax, (name, matrix) in zip(axes.flat, found.items(), strict=False):
        N = len(matrix)
        share = (matrix / matrix.max()).sqrt()  # the square root lets small influences be seen
        ax.imshow(share.numpy(), cmap="Blues", vmin=0, vmax=1.15)
        late = [(s, t) for t in range(N) for s in range(t + 1, N) if matrix[t, s] > 0]
        if late:
            ax.plot(*zip(*late, strict=True), "o", mfc="none", mec=plots.ACCENT, mew=1.6, ms=9)
        ax.set(title=name, xlabel="input", xticks=range(N), yticks=range(N), xticklabels=range(1, N + 1),
               yticklabels=range(1, N + 1))
        ax.tick_params(length=0, labelsize=8)
        for spine in ax.spines.values():
            spine.set_visible(True)
            spine.set_color(plots.FAINT)
    for row in axes:
        row[0].set_ylabel("output")
    return figure


def mask(words: Sequence[str], scores: torch.Tensor) -> Interactive:
    """A mask to draw: its weights, its empty rows, what looks ahead, and how far tokens hear through several layers.

    Args:
        words: N tokens, all different.
        scores: (N, N), row i the scores of token i.
    """
    N = len(words)
    if scores.shape != (N, N) or len(set(words)) < N:
        raise ValueError(f"the figure needs N different words and scores (N, N): {N} words, scores {tuple(scores.shape)}")
    presets = {name: [said, ["".join("01"[may(i, j)] for j in range(N)) for i in range(N)]]
               for name, (said, may) in PRESETS.items()}
    said = (f"The mask of the tokens {', '.join(words)}, a row for each that looks, a column for each that is looked at. Here "
            "it is causal: each looks at itself and at those before it; the weights stand in the cells, and forbidden cells "
            "are hatched.")
    data = {"words": list(words), "presets": presets,
            "scores": [[round(e, 4) for e in row] for row in scores.tolist()]}
    return Interactive("mask", data, _still(words, scores, said), said)


def _still(words: Sequence[str], scores: torch.Tensor, said: str) -> str:
    N = len(words)
    parts = [_HATCH.format("s2v-mask-still"), text(LEFT + CELL * N / 2, 14, "weights", "middle", 'font-weight="600"')]
    for i, word in enumerate(words):
        y = TOP + CELL * i
        parts += [text(LEFT - 7, y + CELL / 2 + 5, word, "end"), text(LEFT + CELL * (i + 0.5), TOP - 9, word, "middle")]
        for j, weight in enumerate(scores[i, : i + 1].softmax(0).tolist() + [None] * (N - i - 1)):
            x = LEFT + CELL * j
            fill = 'fill="url(#s2v-mask-still)" fill-opacity="0.3"' if weight is None else (
                f'fill="currentColor" fill-opacity="{0.5 * weight:.3f}"')
            parts.append(f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" class="s2v-cell" {fill}/>')
            if weight is not None:
                parts.append(text(x + CELL / 2, y + CELL / 2 + 5, f"{weight:.2f}".lstrip("0"), "middle"))
    return svg(LEFT + CELL * N + RIGHT, TOP + CELL * N + 6, said, parts)
