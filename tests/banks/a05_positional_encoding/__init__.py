"""The banks of assignment 5."""

from banks.a05_positional_encoding.right import RIGHT as STYLES
from banks.a05_positional_encoding.right_by_text import RIGHT_BY_TEXT
from banks.a05_positional_encoding.wrong import EQUIVALENT, LINES, UNSHOWN
from banks.a05_positional_encoding.wrong import WRONG as SPOILT
from banks.a05_positional_encoding.wrong_by_text import WRONG_BY_TEXT

ASSIGNMENT = "05_positional_encoding"
RIGHT = [*STYLES, *RIGHT_BY_TEXT]
WRONG = [*SPOILT, *WRONG_BY_TEXT]
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
