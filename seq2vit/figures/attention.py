"""Chapter 3's figures: a query that the reader moves among keys, and the layer with its shapes."""

import re
from collections.abc import Sequence

import torch

from seq2vit.figures.drawing import Interactive, arrow, svg, text

SIDE, REACH = 236, 3.0  # a plane's pixels and the coordinate at its edge; figures/query.js reads both from the data
ROW, TOP, BAR, MARK = 27, 30, 80, 9  # a key's row in the table of weights, the head above, the longest bar, half a symbol
LOW = "₁₂₃₄₅₆₇₈₉"


def number(x: float) -> str:
    """Two decimals with a real minus; no negative zero. `figures/query.js` writes the same."""
    return f"{x:.2f}".replace("-0.00", "0.00").replace("-", "−")


def query(keys: torch.Tensor, values: torch.Tensor, q: torch.Tensor) -> Interactive:
    """Chapter 3's figure: move a query, and see scores, weights and output.

    Args:
        keys, values: (S, 2), with entries between -3 and 3, at most nine of each.
        q: (2,), where the query starts, on a grid of 0.05.
    """
    if keys.shape != values.shape or keys.shape[1:] != q.shape or q.shape != (2,) or len(keys) > len(LOW):
        raise ValueError(f"keys {tuple(keys.shape)}, values {tuple(values.shape)} and query {tuple(q.shape)}: "
                         f"expected (S, 2), (S, 2) and (2,) with S at most {len(LOW)}")
    scores = [float(q @ k) * 2**-0.5 for k in keys]
    weights = torch.tensor(scores).softmax(0)
    mixture = sum(w * v for w, v in zip(weights, values, strict=True))
    best = int(weights.argmax())
    said = (f"The query is at {_point(q)}. Key {best + 1} gets the largest weight, {number(weights[best])}, and the "
            f"output, the weighted mean of the values, is at {_point(mixture)}.")
    data = {"keys": keys.tolist(), "values": values.tolist(), "query": q.tolist(), "reach": REACH, "side": SIDE}
    still = (_keys(keys.tolist(), q.tolist(), weights.tolist()) + _bars(scores, weights.tolist())
             + _values(values.tolist(), mixture.tolist(), weights.tolist()))
    return Interactive("query", data, still, said)


def _point(p: torch.Tensor) -> str:
    return f"({number(p[0])}, {number(p[1])})"


def _place(p: Sequence[float]) -> tuple[float, float]:
    """Pixels of a point of the plane; the second axis points up."""
    return (p[0] / REACH + 1) * SIDE / 2, (1 - p[1] / REACH) * SIDE / 2


def _line(a: Sequence[float], b: Sequence[float], kind: str, more: str = "") -> str:
    (x1, y1), (x2, y2) = _place(a), _place(b)
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}" {more}/>'


def beside(p: Sequence[float], others: Sequence[Sequence[float]]) -> tuple[int, int]:
    """Where the letter of a spot goes, in pixels from it: the first place that meets no symbol, no letter and no edge."""
    (x, y), taken = _place(p), [(a + shift, b - shift) for a, b in map(_place, others) for shift in (0, 16)]
    for dx, dy in ((18, 19), (-18, 19), (-18, -9), (18, -9), (26, 5), (-26, 5)):
        at = x + dx, y + dy - 5
        if all(12 < z < SIDE - 12 for z in at) and all(max(abs(at[0] - a), abs(at[1] - b)) > 15 for a, b in taken):
            return dx, dy
    return 18, 19


def _axes() -> list[str]:
    return [_line((-REACH, 0), (REACH, 0), "s2v-axis"), _line((0, -REACH), (0, REACH), "s2v-axis")]


def _keys(keys: list, q: list, weights: list) -> str:
    """The query as an arrow, the keys with their weight inside, and the foot of each key on the query's line."""
    length = max((q[0] ** 2 + q[1] ** 2) ** 0.5, 1e-9)
    u = [x / length for x in q]
    parts = [text(0, 12, "keys and q", "start"), *_axes(),
             _line([-2 * REACH * x for x in u], [2 * REACH * x for x in u], "s2v-ray", 'stroke-dasharray="2 4"')]
    for k in keys:
        along = k[0] * u[0] + k[1] * u[1]
        parts.append(_line(k, [along * x for x in u], "s2v-foot"))
    for i, (k, w) in enumerate(zip(keys, weights, strict=True)):
        x, y = _place(k)
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" class="{kind}"/>'
                  for r, kind in ((MARK, "s2v-ring"), (MARK * w**0.5, "s2v-key"))]
        parts.append(text(x + 12, y - 11, f"k{LOW[i]}", "start"))
    (x, y), (dx, dy) = _place(q), beside(q, keys)
    parts += [_line((0, 0), q, "s2v-query"), f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" class="s2v-spot"/>',
              text(x + dx, y + dy, "q", "middle", 'class="s2v-loud"')]
    return svg(SIDE, SIDE, "Plane with the query and the keys", parts)


def _bars(scores: list, weights: list) -> str:
    """A row for each key: its score, a bar as long as its weight, the weight."""
    parts = [text(72, 18, "score", "end"), text(86, 18, "weight", "start")]
    for i, (e, w) in enumerate(zip(scores, weights, strict=True)):
        y = TOP + ROW * i
        parts += [text(0, y + 17, f"k{LOW[i]}", "start"), text(72, y + 17, number(e), "end"),
                  f'<rect x="86" y="{y + 4}" width="{BAR}" height="17" class="s2v-track"/>',
                  f'<rect x="86" y="{y + 4}" width="{BAR * w:.1f}" height="17" class="s2v-bar"/>',
                  text(86 + BAR + 8, y + 17, number(w), "start")]
    return svg(86 + BAR + 44, TOP + ROW * len(scores), "Score and weight of each key", parts)


def _values(values: list, mixture: list, weights: list) -> str:
    """The values, the region that their mixtures fill, and the output, tied to each value by a line as its weight."""
    corners = " ".join("{:.1f},{:.1f}".format(*_place(p)) for p in hull(values))
    parts = [text(0, 12, "values and y", "start"), *_axes(), f'<polygon points="{corners}" class="s2v-hull"/>']
    for i, (v, w) in enumerate(zip(values, weights, strict=True)):
        x, y = _place(v)
        parts += [_line(mixture, v, "s2v-tie", f'stroke-width="{0.5 + 7 * w:.1f}" stroke-opacity="{0.2 + 0.6 * w:.2f}"'),
                  *(f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" class="{kind}"/>'
                    for r, kind in ((MARK, "s2v-ring"), (MARK * w**0.5, "s2v-key"))),
                  text(x + 12, y - 11, f"v{LOW[i]}", "start")]
    (x, y), (dx, dy) = _place(mixture), beside(mixture, values)
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" class="s2v-spot"/>',
              text(x + dx, y + dy, "y", "middle", 'class="s2v-loud"')]
    return svg(SIDE, SIDE, "Plane with the values and the output", parts)


def hull(points: Sequence[Sequence[float]]) -> list:
    """The corners of the smallest convex region around the points, in order (Andrew's monotone chain)."""
    def chain(ordered):
        out: list = []
        for p in ordered:
            while len(out) > 1 and ((out[-1][0] - out[-2][0]) * (p[1] - out[-2][1])
                                    <= (out[-1][1] - out[-2][1]) * (p[0] - out[-2][0])):
                out.pop()
            out.append(p)
        return out[:-1]

    ordered = sorted(map(list, points))
    return chain(ordered) + chain(ordered[::-1])


def _low(words: str) -> str:
    """The letter behind an underscore set low and small."""
    return re.sub(r"_(\w)", r'<tspan dy="4" font-size="10">\1</tspan>', words)


def layer() -> Interactive:
    """The whole layer as blocks, each as high as it has rows and as wide as it has columns."""
    u = 11
    blocks = {  # name: (left, top, rows, columns, shape)
        "queries": (8, 34, 3, 6, "T × D_q"), "inputs": (8, 148, 5, 7, "S × D_x"),
        "Q": (158, 34, 3, 4, "T × d"), "K": (158, 110, 5, 4, "S × d"), "V": (158, 212, 5, 3, "S × d_v"),
        "weights": (264, 66, 3, 5, "T × S"), "output Y": (376, 132, 3, 3, "T × d_v"),
    }
    parts = ['<defs><marker id="s2v-tip-layer" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
             'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>']
    for name, (x, y, rows, columns, shape) in blocks.items():
        w, h = u * columns, u * rows
        parts += [f'<rect x="{x}" y="{y}" width="{w}" height="{h}" class="s2v-wire"/>',
                  *([f'<rect x="{x}" y="{y + u}" width="{w}" height="{u}" fill="currentColor" fill-opacity="0.35"/>']
                    if rows == 3 else []),
                  *(f'<path d="M{x + u * j} {y}v{h}" class="s2v-axis"/>' for j in range(1, columns)),
                  *(f'<path d="M{x} {y + u * i}h{w}" class="s2v-axis"/>' for i in range(1, rows)),
                  text(x + w / 2, y - 8, name, "middle"), _low(text(x + w / 2, y + h + 16, shape, "middle"))]
    for x1, y1, x2, y2, label, lx, ly in (
        (78, 50, 152, 50, "W_q", 114, 44), (90, 170, 152, 140, "W_k", 112, 146), (90, 185, 152, 236, "W_v", 108, 226),
        (206, 52, 258, 74, "", 0, 0), (206, 132, 258, 94, "", 0, 0), (322, 88, 370, 136, "", 0, 0),
        (194, 238, 370, 158, "", 0, 0),
    ):
        parts.append(arrow(x1, y1, x2, y2).replace("s2v-tip", "s2v-tip-layer"))
        if label:
            parts.append(_low(text(lx, ly, label, "middle")))
    parts.append(text(292, 30, "softmax(Q Kᵀ / √d)", "middle"))
    words = ("The queries become Q by W_q; the inputs become K by W_k and V by W_v. Q and K give the weights, a row for "
             "each query and a column for each input. The weights mix the rows of V into the output Y, a row for each "
             "query. The row of one query is shaded from block to block.")
    return Interactive("", {}, svg(430, 292, words, parts), words)
