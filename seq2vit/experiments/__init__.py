"""Training runs that a chapter shows and does not print: loops around the answers, never the answers themselves."""

from collections.abc import Sequence


def aligned(lines: Sequence[Sequence[str]], gap: str = "  ") -> str:
    """A table as text: all lines have as many words as the first, and each column ends where its longest word does."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(gap.join(word.rjust(width) for word, width in zip(line, widths, strict=True)) for line in lines)
