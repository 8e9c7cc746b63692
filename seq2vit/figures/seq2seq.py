"""Chapter 1's figures: the two networks unrolled, and the alignment of a date that the reader picks."""

import datetime
import zlib
from collections.abc import Sequence

from seq2vit.data import dates
from seq2vit.figures.drawing import Interactive, arrow, box, packed, svg, text


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
    return [t for piece in found["order"] for t in (piece if isinstance(piece, list) else fields.get(piece, ()))]


def alignment(translator, shown: dates.DatePair, first: str = "1950-01-01", last: str = "2049-12-31") -> Interactive:
    """Chapter 1's figure: pick a date and a language, and see where each written token looked.

    The network itself goes into the page (round it first: `round_to_bytes`) and runs in the reader's browser.

    Args:
        translator: a `seq2vit.experiments.translating.Translator`.
        shown: the date, with its source tokens and true alignment, that the still shows.
        first, last: the dates that the reader can pick from, as YYYY-MM-DD.
    """
    code = next(code for code in translator.tasks if translator.tag(code) == shown.source[-1])
    data = {
        "source": grammar("en") | {"tokens": translator.source.tokens},
        "target": {"tokens": translator.target.tokens},
        "languages": {code: grammar(code) | {"name": translator.names[code], "tag": translator.tag(code)}
                      for code in translator.tasks},
        "encoder": packed(translator.encoder), "decoder": packed(translator.decoder),
        "date": shown.date.isoformat(), "language": code, "first": first, "last": last,
    }
    written, weights = translator.write(shown.source)
    truth = shown.links if tuple(written) == shown.target else [()] * len(written)
    still = _lines(shown.source, written, weights.tolist()) + _matrix(shown.source, written, weights.tolist(), truth)
    text = (f"From “{' '.join(shown.source)}” the network writes “{' '.join(written)}”. A line leads from each written "
            "token to the source tokens that it looked at, and rings mark the true ones.")
    return Interactive("alignment", data, still, text)


def unrolled(weights: Sequence[Sequence[float]] | None = None) -> Interactive:
    """The network drawn step by step, for three source tokens: one context for all steps, or one for each.

    Args:
        weights: (T, 3), the attention weights of each step, or None for the decoder with one fixed context.
    """
    low = "₁₂₃₄₅₆₇₈₉"
    steps = len(weights) if weights else 3
    left, right = [26 + 54 * i for i in range(3)], [248 + 54 * t for t in range(steps)]
    parts = ['<defs><marker id="s2v-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
             'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>']
    for i, x in enumerate(left):
        parts += [text(x, 16, f"x{low[i]}", "middle"), arrow(x, 22, x, 44), box(x, 58, f"h{low[i]}"),
                  arrow(x + 18, 58, (left + right)[i + 1] - 18, 58)]
    parts += [text(192, 16, "[START]", "middle"), arrow(203, 22, 235, 44, dashed=True)]
    for t, x in enumerate(right):
        parts += [box(x, 58, f"s{low[t]}"), arrow(x, 44, x, 24), text(x, 16, f"y{low[t]}", "middle")]
        if t + 1 < steps:
            parts += [arrow(x + 18, 58, x + 36, 58), arrow(x + 9, 21, x + 42, 43, dashed=True)]
        parts.append(arrow(x, 138 if weights else 106, x, 74))
        if weights:
            parts.append(box(x, 152, f"c{low[t]}"))
            parts += [f'<line x1="{left[i]}" y1="72" x2="{x - 9}" y2="138" stroke="currentColor" '
                      f'stroke-width="{0.5 + 4 * w:.1f}" stroke-opacity="{0.25 + 0.75 * w:.2f}"/>'
                      for i, w in enumerate(weights[t])]
    words = "The encoder's states h₁, h₂ and h₃ are made from x₁, x₂ and x₃, each also from the one before. "
    if weights:
        words += ("Each decoder step has a context of its own, connected to all three states by lines as thick as its "
                  "attention weights. ")
    else:
        middle = (right[0] + right[-1]) / 2
        parts.append(box(middle, 120, "c = h₃", right[-1] - right[0] + 36))
        parts.append(f'<path d="M{left[-1]} 72V120H{right[0] - 20}" class="s2v-wire" marker-end="url(#s2v-tip)"/>')
        words += "The last, h₃, starts the decoder and is the context c of all its steps. "
    words += "Each written token is fed to the next step, dashed."
    still = svg(right[-1] + 26, 170 if weights else 138, words, parts)
    # An id must be the only one of its name on a page.
    return Interactive("", {}, still.replace("s2v-tip", f"s2v-tip-{zlib.crc32(still.encode()):x}"), words)


def _lines(source: Sequence[str], target: Sequence[str], weights: list, row: int = 24, left: int = 84,
           right: int = 190) -> str:
    """Source tokens on the left, target tokens on the right, a line for each weight worth seeing."""
    rows = max(len(source), len(target))
    at = [[row * (i + (rows - len(side)) / 2 + 0.5) for i in range(len(side))] for side in (source, target)]
    parts = [text(left - 8, y + 4, t, "end") for t, y in zip(source, at[0], strict=True)]
    parts += [text(right + 8, y + 4, t, "start") for t, y in zip(target, at[1], strict=True)]
    parts += [f'<line x1="{left}" y1="{at[0][i]:.0f}" x2="{right}" y2="{at[1][t]:.0f}" stroke="currentColor" '
              f'stroke-width="{1 + 2 * w:.1f}" stroke-opacity="{w:.2f}"/>'
              for t, line in enumerate(weights) for i, w in enumerate(line) if w >= 0.04]
    return svg(276, row * rows, "Lines from source tokens to target tokens", parts)


def _matrix(source: Sequence[str], target: Sequence[str], weights: list, truth: Sequence, cell: int = 20,
            left: int = 84, top: int = 84) -> str:
    """A row per target token, a column per source token, dark where the weight is large, rings where it is true."""
    parts = [text(0, 0, t, "start", f'transform="translate({left + cell * (i + 0.6):.0f} {top - 6}) rotate(-60)"')
             for i, t in enumerate(source)]
    for t, line in enumerate(weights):
        parts.append(text(left - 8, top + cell * t + 15, target[t], "end"))
        parts += [f'<rect x="{left + cell * i}" y="{top + cell * t}" width="{cell}" height="{cell}" class="s2v-cell" '
                  f'fill="currentColor" fill-opacity="{w:.2f}"/>' for i, w in enumerate(line)]
        parts += [f'<circle cx="{left + cell * (i + 0.5)}" cy="{top + cell * (t + 0.5)}" r="7" class="s2v-truth"/>'
                  for i in truth[t]]
    return svg(left + cell * len(source) + 40, top + cell * len(target) + 2, "Attention matrix", parts)
