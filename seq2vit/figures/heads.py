"""Chapter 7's figures: the layer as a drawing, and a row of letters in which the reader switches heads on and off."""

import html

import torch

from seq2vit.experiments.neighbours import LETTERS, N, Neighbours
from seq2vit.figures.drawing import Interactive, arrow, box, packed, svg, text

# Measures of the drawing; figures/heads.js has the same.
LEFT, STEP, MIDDLE, SIZE, END = 46, 36, 70, 28, 8
WIDTH, HEIGHT = LEFT + STEP * N + END, 194
CELL, EDGE, TOP = 12, 18, 30
DASHES = ("", "7 4", "2 3", "9 3 2 3")


def split_and_joined() -> Interactive:
    """Four numbers of a token go to two heads, which attend by themselves; their outputs stand side by side again."""
    words = ("Three matrices project the tokens to queries, keys and values of width D, which are cut into two halves. "
             "Each half goes to a head that attends by itself. The two outputs, of width D over two, stand side by side "
             "again and pass through W o.")
    tip = ('<defs><marker id="s2v-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
           'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>')

    def strip(x: float, y: float, head: int) -> str:
        return "".join(f'<rect x="{x + 18 * i}" y="{y}" width="18" height="18" class="s2v-heads-{head}" fill-opacity="0.3"/>'
                       for i in range(2))

    def matrix(x: float, y: float, index: str) -> str:
        name = f'<text x="{x}" y="{y + 5}" text-anchor="middle">W<tspan dy="4" font-size="10">{index}</tspan></text>'
        return box(x, y, "", 40) + name

    parts = [tip, text(200, 14, "tokens: width D", "middle"), arrow(200, 20, 200, 34),
             *(matrix(200 + 50 * i, 50, index) for i, index in zip((-1, 0, 1), "qkv", strict=True)),
             arrow(200, 66, 200, 80), strip(164, 84, 0), strip(200, 84, 1),
             text(246, 98, "queries, keys, values", "start"), arrow(176, 106, 110, 132), arrow(224, 106, 290, 132),
             box(99, 148, "head 0: softmax, mean", 194), box(301, 148, "head 1: softmax, mean", 194),
             arrow(99, 164, 99, 186), arrow(301, 164, 301, 186), strip(81, 190, 0), strip(283, 190, 1),
             text(200, 204, "width d = D/2", "middle"), arrow(107, 212, 167, 236), arrow(293, 212, 233, 236),
             strip(164, 240, 0), strip(200, 240, 1), text(246, 254, "side by side: width D", "start"),
             arrow(200, 262, 200, 276), matrix(200, 292, "o"), arrow(200, 308, 200, 322),
             text(200, 338, "output: width D", "middle")]
    return Interactive("", {}, svg(400, 346, words, parts), words)


def heads(models: dict[str, Neighbours], letters: str, first: str = "two heads", chosen: int = 4) -> Interactive:
    """Where each head looks, and what the model says without some of them.

    Args:
        models: by name; their weights travel with the page as bytes.
        letters: the row at first, N letters.
        first: the model that is shown first, and in the still.
        chosen: the letter whose arcs are drawn first.
    """
    if len(letters) != N or any(len(model.layers) != 1 or model.mlp is not None for model in models.values()):
        raise ValueError(f"the figure draws {N} letters and models with one attention layer, and nothing behind it")
    model = models[first]
    with torch.no_grad():
        votes, weights = model.look(torch.tensor([[LETTERS.index(letter) for letter in letters]]))
    said = [[LETTERS[i] for i in side] for side in votes[0].argmax(-1).T.tolist()]  # left and right, N each
    data = {"letters": letters, "first": first, "chosen": chosen,
            "models": {name: {"H": model.H, "weights": packed(model)} for name, model in models.items()}}
    ink = [str(h % 4) for h in range(model.H)]
    looks = ", ".join(f"head {h} mostly at {letters[int(row[chosen].argmax())]}" for h, row in enumerate(weights[0]))
    words = (f"The letters {' '.join(letters)} in a row, and a model with {first}. Arcs show where {letters[chosen]} "
             f"looks: {looks}. Below, the neighbours that the model names for each letter; and a map of weights for each head.")
    return Interactive("heads", data, _row(letters, weights[0], chosen, said, words) + "".join(
        _map(h, letters, weights[0, h], ink[h]) for h in range(model.H)), words)


def at(place: int) -> float:
    """The middle of a place in the row."""
    return LEFT + STEP * (place + 0.5)


def arc(head: int, start: int, end: int) -> str:
    """The path of an arc: even heads above the row, odd ones below, later heads further out; a loop to oneself."""
    up = -1 if head % 2 == 0 else 1
    y, far = MIDDLE + up * (SIZE / 2 + 2), 20 + 22 * (head // 2)
    if start == end:
        half = 6 + 5 * (head // 2)
        return f"M{at(start) - half:g} {y:g}c-12 {up * far:g} {2 * half + 12:g} {up * far:g} {2 * half:g} 0"
    high = y + up * (far + 3 * abs(start - end))
    return f"M{at(start):g} {y:g}C{at(start):g} {high:g} {at(end):g} {high:g} {at(end):g} {y:g}"


def _row(letters: str, weights: torch.Tensor, chosen: int, said: list[list[str]], words: str) -> str:
    parts = []
    for h, row in enumerate(weights[:, chosen].tolist()):
        parts += [f'<path d="{arc(h, chosen, j)}" class="s2v-heads-arc s2v-heads-{h}" stroke-width="{1 + 6 * w:.1f}" '
                  f'stroke-dasharray="{DASHES[h]}"/>' for j, w in enumerate(row) if w > 0.03]
    for i, letter in enumerate(letters):
        parts += [f'<rect x="{at(i) - SIZE / 2:g}" y="{MIDDLE - SIZE / 2:g}" width="{SIZE}" height="{SIZE}" rx="5" '
                  f'class="s2v-wire"/>', text(at(i), MIDDLE + 5, letter, "middle")]
    for side, name in enumerate(("left", "right")):
        parts.append(text(LEFT - 4, HEIGHT - 34 + 26 * side, name, "end"))
        parts += [text(at(i), HEIGHT - 34 + 26 * side, said[side][i], "middle") for i in range(1, N - 1)]
    return svg(WIDTH, HEIGHT, words, parts)


def _map(head: int, letters: str, weights: torch.Tensor, ink: str) -> str:
    columns = "".join(f'<text x="{EDGE + CELL * (j + 0.5):g}" y="{TOP - 4}" text-anchor="middle" font-size="10">'
                      f'{html.escape(letter)}</text>' for j, letter in enumerate(letters))
    parts = [text(EDGE + CELL * N / 2, 13, f"head {head}", "middle"), columns]
    for i, row in enumerate(weights.tolist()):
        parts += [f'<text x="{EDGE - 4}" y="{TOP + CELL * (i + 1) - 2}" text-anchor="end" font-size="10">'
                  f'{html.escape(letters[i])}</text>']
        parts += [f'<rect x="{EDGE + CELL * j}" y="{TOP + CELL * i}" width="{CELL}" height="{CELL}" '
                  f'class="s2v-cell s2v-heads-{ink}" fill-opacity="{w:.2f}"/>' for j, w in enumerate(row)]
    return svg(EDGE + CELL * N + 2, TOP + CELL * N + 2, f"Weights of head {head}: a row for each letter that asks, a column "
               "for each that is asked", parts)
