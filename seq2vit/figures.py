"""Interactive figures for the pages: a still drawn at build, and the data that `book/static/figures.js` brings to life.

A figure is HTML that stands on its own: without scripts, and on paper, the still remains. Everything is drawn in
`currentColor`, so it follows the page from light to dark.
"""

import base64
import datetime
import html
import itertools
import json
from collections.abc import Sequence

import torch

from seq2vit.data import dates


class Interactive:
    """What a cell shows: HTML in a browser, one line of text elsewhere."""

    def __init__(self, kind: str, data: dict, still: str, text: str):
        self.kind, self.data, self.still, self.text = kind, data, still, text

    def _repr_html_(self) -> str:
        # "</" would end the script element early.
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        return (f'<div class="s2v-figure" data-figure="{self.kind}"><div class="s2v-drawing">{self.still}</div>'
                f'<p class="s2v-state">{html.escape(self.text)}</p>'
                f'<script type="application/json">{data}</script></div>')

    def __repr__(self) -> str:
        return self.text


def round_to_bytes(*modules: torch.nn.Module) -> None:
    """Round every weight, in place, to one of 255 steps between -max and max of its tensor.

    So a page can carry a small network in a few kilobytes, and what it measures is the network that it carries.
    """
    with torch.no_grad():
        for parameter in itertools.chain(*(m.parameters() for m in modules)):
            scale = parameter.abs().max().clamp_min(1e-12) / 127
            parameter.copy_((parameter / scale).round() * scale)


def packed(module: torch.nn.Module) -> dict:
    """The weights by name: `[scale, shape, bytes in base64]`, a weight being scale times a signed byte."""
    out = {}
    for name, value in module.state_dict().items():
        scale = float(value.abs().max().clamp_min(1e-12) / 127)
        steps = (value / scale).round().to(torch.int8).cpu()
        out[name] = [scale, list(steps.shape), base64.b64encode(steps.numpy().tobytes()).decode()]
    return out


def grammar(language: str) -> dict:
    """How CLDR writes a date in this language, as data: the order of its pieces, and the names of days and months.

    Returns:
        `order`: fields ("E" weekday, "M" month, "d" day, "y" year) and literal tokens as `[token]`;
        `E`, `M`: seven (from Monday) and twelve lists of tokens. Days and years are written digit by digit.

    Raises:
        ValueError: the language does something else (numerals that are not 0 to 9, say).
    """
    year = [datetime.date(2021, 1, 1) + datetime.timedelta(days=i) for i in range(365)]
    tokens, marks = dates.write(year[0], language)
    pieces = [[t] if not m else m[0] for t, m in zip(tokens, marks, strict=True)]
    found = {"order": [p for i, p in enumerate(pieces) if isinstance(p, list) or p not in pieces[:i]],
             "E": [[] for _ in range(7)], "M": [[] for _ in range(12)]}
    for day in year:
        tokens, marks = dates.write(day, language)
        found["E"][day.weekday()] = [t for t, m in zip(tokens, marks, strict=True) if m[:1] == "E"]
        found["M"][day.month - 1] = [t for t, m in zip(tokens, marks, strict=True) if m[:1] == "M"]
    for day in year:
        if spell(day, found) != list(dates.write(day, language)[0]):
            raise ValueError(f"dates in {language!r} do not follow one order of pieces: choose another language")
    return found


def spell(day: datetime.date, found: dict) -> list[str]:
    """A date's tokens by a `grammar`; `figures/alignment.js` does the same."""
    fields = {"E": found["E"][day.weekday()], "M": found["M"][day.month - 1], "d": str(day.day), "y": str(day.year)}
    return [t for piece in found["order"] for t in (piece if isinstance(piece, list) else fields[piece])]


def alignment(encoder: torch.nn.Module, decoder: torch.nn.Module, source_vocab, target_vocab,
              languages: dict[str, tuple[str, str]], shown: dict, source: str = "en",
              first: str = "1950-01-01", last: str = "2049-12-31") -> Interactive:
    """Chapter 1's figure: pick a date and a language, and see where each written token looked.

    The network itself goes into the page (round it first: `round_to_bytes`) and runs in the reader's browser.

    Args:
        encoder, decoder: an `Encoder` and an `AttentionDecoder`.
        languages: code -> (name, the source token that asks for this language).
        shown: what the still shows: `date`, `language`, `source` and `target` (tokens), `weights` (T, S), and
            `truth`: the true source positions of each target token.
        first, last: the dates that the reader can pick from, as YYYY-MM-DD.
    """
    data = {
        "source": grammar(source) | {"tokens": source_vocab.tokens},
        "target": {"tokens": target_vocab.tokens},
        "languages": {code: grammar(code) | {"name": name, "tag": tag} for code, (name, tag) in languages.items()},
        "encoder": packed(encoder), "decoder": packed(decoder),
        "date": shown["date"].isoformat(), "language": shown["language"], "first": first, "last": last,
    }
    text = (f"From “{' '.join(shown['source'])}” the network writes “{' '.join(shown['target'])}”. "
            "A line leads from each written token to the source tokens that it looked at, and rings mark the true ones.")
    return Interactive("alignment", data, _lines(shown) + _matrix(shown), text)


def _text(x: float, y: float, token: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {more}>{html.escape(token)}</text>'


def _svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    return (f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
            f'aria-label="{html.escape(label)}">{"".join(parts)}</svg>')


def _lines(shown: dict, row: int = 24, left: int = 92, right: int = 212) -> str:
    """Source tokens on the left, target tokens on the right, a line for each weight worth seeing."""
    source, target, weights = shown["source"], shown["target"], shown["weights"].tolist()
    rows = max(len(source), len(target))
    at = [[row * (i + (rows - len(side)) / 2 + 0.5) for i in range(len(side))] for side in (source, target)]
    parts = [_text(left - 8, y + 4, t, "end") for t, y in zip(source, at[0], strict=True)]
    parts += [_text(right + 8, y + 4, t, "start") for t, y in zip(target, at[1], strict=True)]
    parts += [f'<line x1="{left}" y1="{at[0][i]:.0f}" x2="{right}" y2="{at[1][t]:.0f}" stroke="currentColor" '
              f'stroke-width="{1 + 2 * w:.1f}" stroke-opacity="{w:.2f}"/>'
              for t, line in enumerate(weights) for i, w in enumerate(line) if w >= 0.04]
    return _svg(304, row * rows, "Lines from source tokens to target tokens", parts)


def _matrix(shown: dict, cell: int = 21, left: int = 92, top: int = 84) -> str:
    """A row per target token, a column per source token, dark where the weight is large."""
    source, target, weights = shown["source"], shown["target"], shown["weights"].tolist()
    parts = [_text(0, 0, t, "start", f'transform="translate({left + cell * (i + 0.6):.0f} {top - 6}) rotate(-60)"')
             for i, t in enumerate(source)]
    for t, line in enumerate(weights):
        parts.append(_text(left - 8, top + cell * t + 15, target[t], "end"))
        parts += [f'<rect x="{left + cell * i}" y="{top + cell * t}" width="{cell}" height="{cell}" class="s2v-cell" '
                  f'fill="currentColor" fill-opacity="{w:.2f}"/>' for i, w in enumerate(line)]
        parts += [f'<circle cx="{left + cell * (i + 0.5)}" cy="{top + cell * (t + 0.5)}" r="7" class="s2v-truth"/>'
                  for i in shown["truth"][t]]
    return _svg(left + cell * len(source) + 44, top + cell * len(target) + 2, "Attention matrix", parts)
