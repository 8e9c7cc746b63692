"""More right answers to assignment 5, written from the task's text alone."""

RIGHT_BY_TEXT = []
