"""The banks of assignment 3."""

from banks.a03_attention_layer.right import RIGHT as STYLES
from banks.a03_attention_layer.right_by_text import RIGHT_BY_TEXT
from banks.a03_attention_layer.wrong import EQUIVALENT, LINES, UNSHOWN
from banks.a03_attention_layer.wrong import WRONG as SPOILT
from banks.a03_attention_layer.wrong_by_text import WRONG_BY_TEXT

ASSIGNMENT = "03_attention_layer"
RIGHT = [*STYLES, *RIGHT_BY_TEXT]
WRONG = [*SPOILT, *WRONG_BY_TEXT]
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
