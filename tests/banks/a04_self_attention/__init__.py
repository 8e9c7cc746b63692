"""The banks of assignment 4."""

from banks.a04_self_attention.right import RIGHT as STYLES
from banks.a04_self_attention.right_by_text import RIGHT_BY_TEXT
from banks.a04_self_attention.wrong import EQUIVALENT, LINES, UNSHOWN
from banks.a04_self_attention.wrong import WRONG as SPOILT
from banks.a04_self_attention.wrong_by_text import WRONG_BY_TEXT

ASSIGNMENT = "04_self_attention"
RIGHT = [*STYLES, *RIGHT_BY_TEXT]
WRONG = [*SPOILT, *WRONG_BY_TEXT]
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
