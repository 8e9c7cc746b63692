"""Training runs that a chapter shows and does not print: loops around the answers, never the answers themselves."""
