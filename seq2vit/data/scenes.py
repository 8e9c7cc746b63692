"""Little pictures whose caption and places are known: coloured shapes in the slots of a grid.

The caption names every object, colour first, in reading order: row by row, from left to right. Since the place of each
object is known, a map of attention can be scored as well as looked at. The same seed gives the same scenes at any size
of the picture, so that a model can learn from small ones and a reader look at large ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

from seq2vit.data.vocab import Vocab

COLOURS = {"red": (214, 58, 48), "orange": (240, 138, 36), "yellow": (244, 205, 60), "green": (62, 156, 84),
           "blue": (52, 112, 200), "purple": (138, 82, 170)}
SHAPES = ("circle", "square", "triangle", "star", "heart", "ring")
PAPERS = ((250, 246, 236), (238, 245, 250), (244, 240, 250), (240, 248, 240), (252, 240, 238))
VARIANTS = 24  # drawings of one object: sizes, tilts and places within its slot


@dataclass(frozen=True)
class Thing:
    """One object. Its `box` is (top, left, bottom, right), as fractions of the picture."""

    colour: str
    shape: str
    row: int
    column: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """The objects of one picture in reading order."""

    objects: tuple[Thing, ...]

    @property
    def caption(self) -> tuple[str, ...]:
        """Two words an object, as a captioner writes them: `("red", "star", "blue", "ring")`."""
        return tuple(word for thing in self.objects for word in (thing.colour, thing.shape))

    @property
    def sentence(self) -> str:
        """The caption for people: "a red star and a blue ring"."""
        named = [f"{'an' if thing.colour[0] in 'aeiou' else 'a'} {thing.colour} {thing.shape}" for thing in self.objects]
        return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


@dataclass(frozen=True)
class SceneBatch:
    """`n` scenes as tensors: what a captioner is trained on, and what its maps are scored by.

    Attributes:
        images: (n, 3, height, width) float32, 0 to 1.
        ids: (n, L) int64, captions without [START] and [STOP], padded on the right with 0.
        lengths: (n,) int64, words in each caption.
        counts: (n,) int64, objects in each scene.
        boxes: (n, L, 4) float32, for each word the box of its object: top, left, bottom, right as fractions of the
            picture; zeros at padding.
        places: (n, K, 5) int64, for each object its colour, shape, row, column and drawing; -1 beyond `counts`.
    """

    images: torch.Tensor
    ids: torch.Tensor
    lengths: torch.Tensor
    counts: torch.Tensor
    boxes: torch.Tensor
    places: torch.Tensor = field(repr=False)

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def scenes(self) -> tuple[Scene, ...]:
        """The same scenes in words."""
        names = list(COLOURS)
        return tuple(
            Scene(tuple(Thing(names[c], SHAPES[s], row, column, tuple(self.boxes[i, 2 * j].tolist()))
                        for j, (c, s, row, column, _) in enumerate(self.places[i, : int(self.counts[i])].tolist())))
            for i in range(len(self)))


class Scenes:
    """A source of scenes.

    Args:
        rows, columns: slots. Objects never leave their slot, so they never overlap.
        slot: side of a slot in pixels.

    Raises:
        ValueError: fewer than one slot, or slots of fewer than 8 pixels.
    """

    def __init__(self, rows: int = 3, columns: int = 3, slot: int = 16):
        if rows < 1 or columns < 1 or slot < 8:
            raise ValueError(f"scenes need slots of at least 8 pixels, got {rows} x {columns} slots of {slot}")
        self.rows, self.columns, self.slot = rows, columns, slot
        self.height, self.width = rows * slot, columns * slot
        self.vocab = Vocab([*COLOURS, *SHAPES])
        self._sprites, self._extents = _drawings(slot)

    def batch(self, n: int, seed: int, low: int = 1, high: int = 5) -> SceneBatch:
        """`n` scenes with `low` to `high` objects each. The same seed gives the same scenes, at any size of the slots.

        Raises:
            ValueError: more objects than slots, or fewer than one.
        """
        if not 1 <= low <= high <= self.rows * self.columns:
            raise ValueError(f"{self.rows} x {self.columns} slots hold 1 to {self.rows * self.columns} objects, "
                             f"got low={low}, high={high}")
        draw = np.random.default_rng(seed)
        counts = draw.integers(low, high + 1, n)
        order = draw.random((n, self.rows * self.columns)).argsort(1)
        colours = draw.integers(len(COLOURS), size=order.shape)
        shapes = draw.integers(len(SHAPES), size=order.shape)
        variants = draw.integers(VARIANTS, size=order.shape)
        paper = np.asarray(PAPERS, dtype=np.float32)[draw.integers(len(PAPERS), size=n)] / 255
        filled = order.argsort(1) < counts[:, None]  # (n, slots): the first `counts` of a random order
        # Reading order: the filled slots first, from the first slot to the last.
        reading = np.argsort(~filled, axis=1, kind="stable")[:, :high]
        real = np.arange(high) < counts[:, None]
        places = np.stack([np.take_along_axis(a, reading, 1) for a in (colours, shapes)]
                          + [reading // self.columns, reading % self.columns, np.take_along_axis(variants, reading, 1)], -1)
        places = np.where(real[..., None], places, -1)
        return SceneBatch(self._paint(filled, colours, shapes, variants, paper), *self._words(places, real, counts),
                          torch.from_numpy(places))

    def _paint(self, filled, colours, shapes, variants, paper) -> torch.Tensor:
        """Lay the drawing of each filled slot on the paper."""
        light = 1 - 0.05 * np.linspace(0, 1, self.height, dtype=np.float32)  # the paper darkens a little to its foot
        canvas = paper[:, None, None, :] * light[:, None, None]  # (n, height, 1, 3)
        canvas = np.broadcast_to(canvas, (len(paper), self.height, self.width, 3))
        tiles = self._sprites[colours, shapes, variants] * filled[..., None, None, None]  # (n, slots, slot, slot, 4)
        tiles = tiles.reshape(-1, self.rows, self.columns, self.slot, self.slot, 4)
        tiles = tiles.transpose(0, 1, 3, 2, 4, 5).reshape(-1, self.height, self.width, 4)
        images = canvas * (1 - tiles[..., 3:]) + tiles[..., :3]  # colours are premultiplied
        return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32)).clamp(0, 1)

    def _words(self, places, real, counts) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Captions, their lengths, the counts, and the box of each word."""
        first = len(Vocab.specials)
        colour, shape, row, column, variant = places.transpose(2, 0, 1)
        ids = np.stack([colour + first, shape + first + len(COLOURS)], -1)  # (n, K, 2)
        ids = np.where(real[..., None], ids, Vocab.pad).reshape(len(counts), 2 * places.shape[1])
        inner = self._extents[shape, variant]  # (n, K, 4), fractions of the slot
        corner = np.stack([row, column, row, column], -1)
        boxes = (inner + corner) / np.array([self.rows, self.columns] * 2)
        boxes = np.where(real[..., None], boxes, 0).repeat(2, axis=1)  # two words an object
        lengths = torch.from_numpy(2 * counts)
        longest = int(lengths.max()) if len(counts) else 0
        return (torch.from_numpy(ids)[:, :longest], lengths, torch.from_numpy(counts),
                torch.from_numpy(boxes.astype(np.float32))[:, :longest])

    def map_score(self, maps: torch.Tensor, batch: SceneBatch) -> tuple[float, float]:
        """How much of each word's map lies on the object that the word names, and how much of a uniform map would.

        A cell of the grid is the object's if the object's box covers at least a quarter of it.

        Args:
            maps: (n, T, grid_h, grid_w), each summing to 1; T at least the longest caption's words, further ones are
                left out.

        Returns:
            the mean over all words of the mass on the object's cells; and the mean share of the grid that these are.

        Raises:
            ValueError: maps of another batch, or fewer maps than words.
        """
        n, longest = batch.ids.shape
        if maps.ndim != 4 or maps.shape[0] != n or maps.shape[1] < longest:
            raise ValueError(f"maps are {tuple(maps.shape)}: expected ({n}, T, grid_h, grid_w) with T at least {longest}")
        on = covered(batch.boxes, *maps.shape[2:]) >= 0.25  # (n, L, grid_h, grid_w)
        words = torch.arange(longest) < batch.lengths[:, None]
        mass = (maps[:, :longest].detach().cpu() * on).sum((2, 3))
        return mass[words].mean().item(), on.float().mean((2, 3))[words].mean().item()


def covered(boxes: torch.Tensor, grid_h: int, grid_w: int) -> torch.Tensor:
    """The share of each cell of a grid that a box covers.

    Args:
        boxes: (..., 4): top, left, bottom, right as fractions of the picture.

    Returns:
        (..., grid_h, grid_w), from 0 to 1.
    """
    def along(begin, end, cells):
        edges = torch.arange(cells, dtype=boxes.dtype) / cells
        overlap = torch.minimum(end[..., None], edges + 1 / cells) - torch.maximum(begin[..., None], edges)
        return overlap.clamp(min=0) * cells

    top, left, bottom, right = boxes.unbind(-1)
    return along(top, bottom, grid_h)[..., :, None] * along(left, right, grid_w)[..., None, :]


@lru_cache(maxsize=4)
def _drawings(slot: int) -> tuple[np.ndarray, np.ndarray]:
    """All objects, drawn once: (colours, shapes, VARIANTS, slot, slot, 4) premultiplied by their opacity, and the boxes
    of shapes and variants, (shapes, VARIANTS, 4), as fractions of the slot."""
    draw = np.random.default_rng(0)
    fine = -(-96 // slot) * slot  # drawn large and made smaller, for smooth edges
    sprites = np.zeros((len(COLOURS), len(SHAPES), VARIANTS, slot, slot, 4), dtype=np.float32)
    extents = np.zeros((len(SHAPES), VARIANTS, 4))
    for s, shape in enumerate(SHAPES):
        for v in range(VARIANTS):
            radius, tilt = draw.uniform(0.32, 0.405), draw.uniform(-0.3, 0.3)
            x, y = draw.uniform(-1, 1, 2) * (0.48 - 1.12 * radius) + 0.5
            mask, box = _silhouette(shape, radius, tilt, x, y, fine)
            extents[s, v] = box
            shadow = Image.new("L", (fine, fine))
            shadow.paste(mask, (fine // 20, fine // 20))
            shadow = shadow.filter(ImageFilter.GaussianBlur(fine / 28)).resize((slot, slot), Image.Resampling.BOX)
            shade = 0.28 * np.asarray(shadow, dtype=np.float32) / 255
            cover = np.asarray(mask.resize((slot, slot), Image.Resampling.BOX), dtype=np.float32) / 255
            # Lit from above on the left.
            down, right = np.mgrid[0:1:slot * 1j, 0:1:slot * 1j].astype(np.float32)
            light = 1.1 - 0.16 * (down - y) - 0.1 * (right - x) - 0.08
            for c, colour in enumerate(COLOURS.values()):
                paint = np.clip(light[..., None] * np.float32(colour) / 255, 0, 1)
                ground = 0.25 * shade[..., None] * (1 - cover[..., None])  # the shadow's own colour, a warm grey
                sprites[c, s, v, ..., :3] = paint * cover[..., None] + ground
                sprites[c, s, v, ..., 3] = cover + shade * (1 - cover)
    return sprites, extents


def _silhouette(shape: str, radius: float, tilt: float, x: float, y: float, fine: int) -> tuple[Image.Image, Sequence[float]]:
    """One shape in black and white, `fine` pixels wide, and its box; lengths are fractions of the slot."""
    mask = Image.new("L", (fine, fine))
    pen = ImageDraw.Draw(mask)
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    if shape in ("circle", "ring"):
        outline = np.stack([np.cos(turn), np.sin(turn)], -1)
        tilt = 0.0
    elif shape == "square":
        outline = 1.18 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / np.sqrt(2)
    elif shape == "triangle":
        outline = 1.12 * np.array([(np.sin(a), -np.cos(a)) for a in (0, 2 * np.pi / 3, 4 * np.pi / 3)]) + (0, 0.16)
    elif shape == "star":
        outline = 1.08 * np.array([(r * np.sin(a), -r * np.cos(a)) for a, r in zip(np.pi / 5 * np.arange(10), [1, 0.45] * 5,
                                                                             strict=True)])
    else:  # heart: the well-known curve of sines and cosines
        outline = np.stack([16 * np.sin(turn) ** 3, -13 * np.cos(turn) + 5 * np.cos(2 * turn) + 2 * np.cos(3 * turn)
                            + np.cos(4 * turn)], -1) / 17 + (0, 0.12)
    spin = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    points = radius * outline @ spin + (x, y)
    pen.polygon([tuple(p) for p in points * fine], fill=255)
    if shape == "ring":
        pen.polygon([tuple(p) for p in (0.5 * radius * outline + (x, y)) * fine], fill=0)
    (left, top), (right, bottom) = np.clip(points.min(0), 0, 1), np.clip(points.max(0), 0, 1)
    return mask, (top, left, bottom, right)
