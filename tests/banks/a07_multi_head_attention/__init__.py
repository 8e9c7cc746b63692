"""The banks of assignment 7."""

from banks.a07_multi_head_attention.right import RIGHT as STYLES
from banks.a07_multi_head_attention.right_by_text import RIGHT_BY_TEXT
from banks.a07_multi_head_attention.wrong import EQUIVALENT, LINES, UNSHOWN
from banks.a07_multi_head_attention.wrong import WRONG as SPOILT
from banks.a07_multi_head_attention.wrong_by_text import WRONG_BY_TEXT

ASSIGNMENT = "07_multi_head_attention"
RIGHT = [*STYLES, *RIGHT_BY_TEXT]
WRONG = [*SPOILT, *WRONG_BY_TEXT]
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
