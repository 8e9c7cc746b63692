"""The banks of assignment 1."""

from banks.a01_seq2seq.right import RIGHT
from banks.a01_seq2seq.wrong import EQUIVALENT, LINES, UNSHOWN, WRONG

ASSIGNMENT = "01_seq2seq"
__all__ = ["ASSIGNMENT", "EQUIVALENT", "LINES", "RIGHT", "UNSHOWN", "WRONG"]
