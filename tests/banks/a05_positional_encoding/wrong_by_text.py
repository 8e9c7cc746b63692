"""More wrong answers to assignment 5, written from the task's text alone."""

WRONG_BY_TEXT = []
