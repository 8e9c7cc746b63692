"""The banks of assignment 1."""

from banks.a01_seq2seq.right import RIGHT as STYLES
from banks.a01_seq2seq.right_by_text import RIGHT_BY_TEXT
from banks.a01_seq2seq.wrong import EQUIVALENT, LINES, UNSHOWN
from banks.a01_seq2seq.wrong import WRONG as SPOILT
from banks.a01_seq2seq.wrong_by_text import WRONG_BY_TEXT

ASSIGNMENT = "01_seq2seq"
RIGHT = [*STYLES, *RIGHT_BY_TEXT]
WRONG = [*SPOILT, *WRONG_BY_TEXT]
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
