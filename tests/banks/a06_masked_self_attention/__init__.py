"""The banks of assignment 6."""

from banks.a06_masked_self_attention.right import RIGHT as STYLES
from banks.a06_masked_self_attention.right_by_text import RIGHT_BY_TEXT
from banks.a06_masked_self_attention.wrong import EQUIVALENT, LINES, UNSHOWN
from banks.a06_masked_self_attention.wrong import WRONG as SPOILT
from banks.a06_masked_self_attention.wrong_by_text import WRONG_BY_TEXT

ASSIGNMENT = "06_masked_self_attention"
RIGHT = [*STYLES, *RIGHT_BY_TEXT]
WRONG = [*SPOILT, *WRONG_BY_TEXT]
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
