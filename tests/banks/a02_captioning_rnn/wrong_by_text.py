"""Wrong answers to assignment 2, written from the text of its tasks alone."""

from banks.entries import Wrong

WRONG_BY_TEXT: list[Wrong] = []
