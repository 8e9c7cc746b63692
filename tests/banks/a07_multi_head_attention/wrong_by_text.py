"""More wrong answers to assignment 7, written from the task's text alone, without sight of the reference or its tests."""

from banks.entries import Wrong

WRONG_BY_TEXT: list[Wrong] = []
