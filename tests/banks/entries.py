"""What a bank holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """A wrong answer: the reference with one idea spoilt, or a whole answer.

    Attributes:
        question: where it must lose its points.
        name: the wrong idea in a few words.
        edits: (old, new) pairs on the reference answer, or on
        base: another right answer; or
        source: the whole answer.
        slug: the misconception that the feedback must name, an anchor of the chapter; "" for an idea not in the list.
        breaks: questions that cannot be judged with this answer in place (it raises an error when they call it).
    """

    question: str
    name: str
    edits: tuple[tuple[str, str], ...] = ()
    source: str = ""
    slug: str = ""
    base: str = ""
    breaks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.question}-{self.name.replace(' ', '-')}"


@dataclass(frozen=True)
class Right:
    """A right answer in another style. `before` is a cell that the student added in front of it."""

    question: str
    name: str
    source: str
    before: str = ""

    def __str__(self) -> str:
        return f"{self.question}-{self.name.replace(' ', '-')}"
