"""Chapter 2's figures: a captioner drawn step by step, maps over their picture, and the caption whose words are chosen."""

import base64
import io
import zlib
from collections.abc import Sequence

import torch
from PIL import Image

from seq2vit.data.scenes import SceneBatch
from seq2vit.figures.drawing import Interactive, arrow, box, svg, text

LOW = "₀₁₂₃₄₅₆₇₈₉"
SHADE = 0.6  # over a cell that nobody looked at; `figures/maps.js` has the same


def png(image: torch.Tensor, levels: int = 128) -> str:
    """A picture (3, height, width), 0 to 1, as a data URI.

    Args:
        levels: of each colour. Fewer make a smaller file.
    """
    steps = (image.permute(1, 2, 0) * (levels - 1)).round() * (255 / (levels - 1))
    file = io.BytesIO()
    Image.fromarray(steps.round().to(torch.uint8).numpy()).save(file, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def unrolled(maps: Sequence[Sequence[float]] | None = None) -> Interactive:
    """The captioner step by step over a grid of two by three cells: one vector for all steps, or a look for each.

    Args:
        maps: (T, 6), each step's weights of the cells, row by row; None for the captioner with one vector.
    """
    cells = [(20 + 40 * (k % 3), 56 + 40 * (k // 3)) for k in range(6)]
    steps = len(maps) if maps else 3
    at = [226 + 62 * t for t in range(steps)]
    parts = ['<defs><marker id="s2v-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
             'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>']
    for k, (x, y) in enumerate(cells):
        parts += [f'<rect x="{x - 18}" y="{y - 18}" width="36" height="36" rx="3" class="s2v-wire"/>',
                  text(x, y + 5, f"z{LOW[k // 3 + 1]}{LOW[k % 3 + 1]}", "middle")]
    parts += [text(at[0] - 57, 16, "[START]", "middle"), arrow(at[0] - 40, 22, at[0] - 14, 44, dashed=True),
              box(at[0] - 62, 58, "h₀"), arrow(at[0] - 44, 58, at[0] - 18, 58), arrow(118, 58, at[0] - 80, 58)]
    for t, x in enumerate(at):
        parts += [box(x, 58, f"h{LOW[t + 1]}"), arrow(x, 44, x, 24), text(x, 16, f"y{LOW[t + 1]}", "middle")]
        if t + 1 < steps:
            parts += [arrow(x + 18, 58, x + 44, 58), arrow(x + 10, 21, x + 48, 43, dashed=True)]
        parts.append(arrow(x, 98 if maps else 112, x, 74))
        if maps:
            parts.append(f'<line x1="{x - 49}" y1="73" x2="{x - 18}" y2="148" class="s2v-wire s2v-maps-asks" '
                         'marker-end="url(#s2v-tip)"/>')  # the state before asks for the map
            parts += [box(x, 112, f"c{LOW[t + 1]}"), arrow(x, 150, x, 128)]
            parts += [f'<rect x="{x - 21 + 14 * (k % 3)}" y="{150 + 14 * (k // 3)}" width="14" height="14" class="s2v-cell" '
                      f'fill="currentColor" fill-opacity="{w:.2f}"/>' for k, w in enumerate(maps[t])]
    words = "Six cells of the image grid, in two rows of three, make the state h₀. "
    if maps:
        parts.append(f'<path d="M60 116V164H{at[0] - 28}" class="s2v-wire" marker-end="url(#s2v-tip)"/>')
        words += ("Before each word the captioner looks at the cells: every step has a map of its own, in which a cell is "
                  "the fuller, the larger its weight, and a context made with it. A thin arrow leads from each state to the "
                  "map of the next step. ")
    else:
        parts.append(box((at[0] + at[-1]) / 2, 126, "c = h₀", at[-1] - at[0] + 36))
        parts.append(f'<path d="M{at[0] - 62} 72V126H{at[0] - 20}" class="s2v-wire" marker-end="url(#s2v-tip)"/>')
        words += "The same h₀ is the context c of all steps. "
    words += "Each written word is fed to the next step, dashed."
    still = svg(at[-1] + 26, 182 if maps else 144, words, parts)
    return Interactive("", {}, _named(still, "s2v-tip"), words)


def _named(still: str, name: str) -> str:
    """The drawing with an id that no other drawing of the page has."""
    return still.replace(name, f"{name}-{zlib.crc32(still.encode()):x}")


def strip(image: torch.Tensor, words: Sequence[str], maps: torch.Tensor,
          boxes: Sequence[Sequence[float]] | None = None, columns: int = 4) -> Interactive:
    """The picture once for each word: bright where the word's map is large, dark where it is small.

    Args:
        image: (3, height, width), 0 to 1.
        maps: (T, grid_h, grid_w), a map for each word.
        boxes: for each word the box that it names, as fractions of the picture, or None where it names none.
    """
    label = "The picture once for each word, bright where the captioner looked: " + ", ".join(
        f"{word} {_where(one)}" for word, one in zip(words, maps, strict=True)) + "."
    return Interactive("", {}, _strip(image, words, maps, boxes, columns, label), label)


def _where(one: torch.Tensor) -> str:
    """A map's largest cell, in words."""
    grid_h, grid_w = one.shape
    row, column = divmod(int(one.argmax()), grid_w)
    return f"at row {row + 1} of {grid_h}, column {column + 1} of {grid_w}"


def _strip(image, words, maps, boxes, columns, label, side: int = 150) -> str:
    (grid_h, grid_w), parts = maps.shape[1:], []
    parts.append(f'<defs><image id="s2v-scene" width="{side}" height="{side}" href="{png(image)}"/></defs>')
    for t, (word, one) in enumerate(zip(words, maps, strict=True)):
        x, y = (side + 8) * (t % columns), (side + 34) * (t // columns)
        parts.append(f'<g transform="translate({x} {y})"><use href="#s2v-scene"/>')
        shade = SHADE * (1 - one / one.max())
        parts.append('<g shape-rendering="crispEdges">')  # no light lines between the cells
        parts += [f'<rect x="{side / grid_w * j:g}" y="{side / grid_h * i:g}" width="{side / grid_w:g}" '
                  f'height="{side / grid_h:g}" fill-opacity="{float(shade[i, j]):.2f}"/>'
                  for i in range(grid_h) for j in range(grid_w) if shade[i, j] > 0.02]
        parts.append("</g>")
        if boxes is not None and boxes[t] is not None:
            top, left, bottom, right = (side * float(edge) for edge in boxes[t])
            parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" '
                         'class="s2v-truth"/>')
        parts.append(text(side / 2, side + 22, word, "middle", 'class="s2v-maps-word"') + "</g>")
    rows = -(-len(words) // columns)
    return _named(svg((side + 8) * min(columns, len(words)) - 8, (side + 34) * rows, label, parts), "s2v-scene")


def maps(batch: SceneBatch, fine: torch.Tensor, told: Sequence[tuple[Sequence[str], torch.Tensor]],
         sees: Sequence[tuple[int, int]] | None = None) -> Interactive:
    """Chapter 2's figure: choose a scene and a word, and see where the captioner looked when it wrote it.

    Args:
        batch: the scenes, as the captioner saw them.
        fine: (n, 3, height, width), the same scenes drawn larger, for the eye.
        told: for each scene the words that were written, [STOP] included, and their maps (T, grid_h, grid_w).
        sees: for each row of a square grid, and each column alike, the first and the last pixel that its cells see.
    """
    scenes = []
    for i, (words, seen) in enumerate(told):
        scene, length = batch.scenes[i], int(batch.lengths[i])
        scenes.append({
            "sentence": scene.sentence, "caption": scene.caption, "words": list(words),
            "image": png(fine[i]), "small": png(batch.images[i], 32),
            # In ten-thousandths: short, and exact enough for what is shown.
            "maps": [(one * 1e4).round().int().flatten().tolist() for one in seen],
            "boxes": [[round(x, 4) for x in box] for box in batch.boxes[i, :length].tolist()],
        })
    grid = told[0][1].shape[1:]
    words, seen = told[0]
    length = int(batch.lengths[0])
    boxes = [batch.boxes[0, t] if t < length else None for t in range(len(words))]
    label = f"A scene with {batch.scenes[0].sentence}, once for each word: bright where the captioner looked, " \
            "with the true box of the object that the word names."
    still = _strip(fine[0], words, seen, boxes, 4, label)
    text = (f"The captioner writes “{' '.join(words)}”. Each copy of the picture is bright where it looked while "
            "it wrote that word; a box marks the object that the word names.")
    data = {"grid": list(grid), "scenes": scenes}
    if sees:
        data["sees"] = [[round(edge, 4) for edge in _edges(one, batch.images.shape[-1])] for one in sees]
    return Interactive("maps", data, still, text)


def _edges(pixels: tuple[int, int], side: int) -> tuple[float, float]:
    """Where these pixels, first to last, begin and end, as fractions of the picture."""
    return pixels[0] / side, (pixels[1] + 1) / side


def scene(image: torch.Tensor, words: str, grid: tuple[int, int] | None = None,
          sees: Sequence[tuple[int, int]] | None = None, seen_on: int = 48, side: int = 288) -> Interactive:
    """One picture, with the lines of a grid (rows, columns) over it if there is one.

    Args:
        sees: the first and the last row, and the first and the last column, of the pixels that one cell sees; the cell is
            the one whose upper left corner is in their middle.
        seen_on: side in pixels of the picture that they belong to.
    """
    parts = [f'<image width="{side}" height="{side}" href="{png(image)}"/>']
    if grid:
        parts += [f'<path d="M0 {side * i / grid[0]:g}H{side}" class="s2v-maps-line"/>' for i in range(1, grid[0])]
        parts += [f'<path d="M{side * j / grid[1]:g} 0V{side}" class="s2v-maps-line"/>' for j in range(1, grid[1])]
    if sees:
        (top, bottom), (left, right) = ([side * edge for edge in _edges(one, seen_on)] for one in sees)
        row, column = (sum(one) // 2 * n // seen_on for one, n in zip(sees, grid, strict=True))
        parts.append(f'<rect x="{side * column / grid[1]:g}" y="{side * row / grid[0]:g}" width="{side / grid[1]:g}" '
                     f'height="{side / grid[0]:g}" class="s2v-maps-own"/>'
                     f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" '
                     'class="s2v-maps-window"/>')
        words += f". The cell in row {row + 1}, column {column + 1} sees the part in the dashed window around it."
    return Interactive("", {}, svg(side, side, words, parts), words)
