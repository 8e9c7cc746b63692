"""Wrong answers to assignment 4 that were written from the task's text alone."""

from banks.entries import Wrong

WRONG_BY_TEXT: list[Wrong] = []
