"""The banks of assignment 2."""

from banks.a02_captioning_rnn.right import RIGHT as STYLES
from banks.a02_captioning_rnn.right_by_text import RIGHT_BY_TEXT
from banks.a02_captioning_rnn.wrong import EQUIVALENT, LINES, UNSHOWN
from banks.a02_captioning_rnn.wrong import WRONG as SPOILT
from banks.a02_captioning_rnn.wrong_by_text import WRONG_BY_TEXT

ASSIGNMENT = "02_captioning_rnn"
RIGHT = [*STYLES, *RIGHT_BY_TEXT]
WRONG = [*SPOILT, *WRONG_BY_TEXT]
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
