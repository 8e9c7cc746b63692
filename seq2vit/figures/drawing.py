"""What all figures share: HTML that stands on its own, pieces of SVG, and networks small enough to travel in a page.

Everything is drawn in `currentColor`, so it follows the page from light to dark. Without scripts, and on paper, the
still remains.
"""

import base64
import html
import itertools
import json
from collections.abc import Sequence

import torch


class Interactive:
    """What a cell shows: HTML in a browser, one line of text elsewhere."""

    def __init__(self, kind: str, data: dict, still: str, text: str):
        self.kind, self.data, self.still, self.text = kind, data, still, text

    def _repr_html_(self) -> str:
        if not self.kind:  # a drawing, with nothing to do in it
            return f'<div class="s2v-figure-sketch">{self.still}</div>'
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


def box(x: float, y: float, token: str, width: float = 36) -> str:
    """A rounded box of height 28 around (x, y), with a word in it."""
    return (f'<rect x="{x - width / 2:.0f}" y="{y - 14}" width="{width}" height="28" rx="5" class="s2v-wire"/>'
            + text(x, y + 5, token, "middle"))


def arrow(x1: float, y1: float, x2: float, y2: float, dashed: bool = False) -> str:
    """An arrow. Its tip is the marker `s2v-tip`, which the drawing must define."""
    return (f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="s2v-wire" marker-end="url(#s2v-tip)"'
            f'{" stroke-dasharray=" + chr(34) + "3 3" + chr(34) if dashed else ""}/>')


def text(x: float, y: float, token: str, anchor: str, more: str = "") -> str:
    """A word whose `anchor` (start, middle, end) is at x, standing on y; `more` are further attributes."""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {more}>{html.escape(token)}</text>'


def svg(width: float, height: float, label: str, parts: Sequence[str]) -> str:
    """A drawing of this size with its alternative text."""
    return (f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
            f'aria-label="{html.escape(label)}">{"".join(parts)}</svg>')
