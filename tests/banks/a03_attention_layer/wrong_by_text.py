"""Wrong answers to assignment 3 that were written from the tasks' text alone."""

from banks.entries import Wrong

WRONG_BY_TEXT: list[Wrong] = []
