"""Draw book/readme.svg, the README's picture: one date in two languages and what each token comes from.

Run it after changing it: python tools/readme_picture.py. The lines are the true alignment that the CLDR patterns give
(seq2vit.data.dates), not a drawing of what a model should find. The picture has a background of its own, so that it
reads the same on a light and on a dark page.
"""

import datetime
from html import escape
from pathlib import Path

from seq2vit.data.dates import pair

OUT = Path(__file__).resolve().parent.parent / "book" / "readme.svg"
WIDTH, HEIGHT = 800, 270
PAPER, INK, FAINT, BLUE = "#f6f8fa", "#1f2328", "#d1d9e0", "#0a58ca"
TOP, BOTTOM = 62, 224  # baselines of the two rows of tokens
CELL, MATRIX_X, MATRIX_Y = 17, 610, 88


def row(tokens, left, width, gap=12, letter=12):
    """The middle of each token, for tokens set one after the other and centred in `width`."""
    widths = [letter * max(len(token), 1) for token in tokens]
    x = left + (width - sum(widths) - gap * (len(tokens) - 1)) / 2
    middles = []
    for w in widths:
        middles.append(x + w / 2)
        x += w + gap
    return middles


def text(x, y, words, anchor="middle", size=20):
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{INK}" font-size="{size}">{escape(words)}</text>'


def draw(dates):
    above, below = row(dates.source, 20, 480), row(dates.target, 20, 480)
    links = [(t, s) for t, sources in enumerate(dates.links) for s in sources]
    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="{PAPER}"/>']
    for t, s in links:
        a, b = TOP + 12, BOTTOM - 24
        curve = f"M{above[s]:.1f} {a}C{above[s]:.1f} {a + 60} {below[t]:.1f} {b - 60} {below[t]:.1f} {b}"
        parts.append(f'<path d="{curve}" fill="none" stroke="{BLUE}" stroke-width="2"/>')
    parts += [text(x, TOP, token) for x, token in zip(above, dates.source, strict=True)]
    parts += [text(x, BOTTOM, token) for x, token in zip(below, dates.target, strict=True)]
    for t in range(len(dates.target)):
        for s in range(len(dates.source)):
            fill = BLUE if (t, s) in links else "none"
            x, y = MATRIX_X + s * CELL, MATRIX_Y + t * CELL
            parts.append(f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{fill}" stroke="{FAINT}"/>')
    for t, token in enumerate(dates.target):
        parts.append(text(MATRIX_X - 8, MATRIX_Y + (t + 0.75) * CELL, token, "end", size=13))
    for s, token in enumerate(dates.source):
        x, y = MATRIX_X + (s + 0.75) * CELL, MATRIX_Y - 7
        parts.append(f'<g transform="rotate(-90 {x:.1f} {y})">{text(x, y, token, "start", size=13)}</g>')
    said = f"{' '.join(dates.source)} | {' '.join(dates.target)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif"><title>{escape(said)}</title>\n' + "\n".join(parts) + "\n</svg>\n"
    )


if __name__ == "__main__":
    OUT.write_text(draw(pair(datetime.date(2021, 3, 9), "en", "hu")), encoding="utf-8")
    print(f"wrote {OUT}")
