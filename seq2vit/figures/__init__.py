"""Interactive figures for the pages: a still drawn at build, and the data that `book/static/figures.js` brings to life.

One module a chapter; what they share is in `drawing`.
"""

from seq2vit.figures.drawing import Interactive, packed, round_to_bytes
from seq2vit.figures.seq2seq import alignment, grammar, spell, unrolled

__all__ = ["Interactive", "alignment", "grammar", "packed", "round_to_bytes", "spell", "unrolled"]
