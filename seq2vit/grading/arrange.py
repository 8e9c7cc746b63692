"""The order in which a rebuilt notebook runs: the student's, but tests wait for the answers they test, and given cells
come before what needs them."""

import re
from dataclasses import dataclass, field

from seq2vit.grading.original import WORDS, Known

SENTENCES = 50


@dataclass(eq=False)
class Item:
    """A cell of the notebook in the making. `known` is None for a student's own."""

    known: Known | None
    type: str
    source: str
    demo: bool = False
    attachments: dict = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.known.kind if self.known else "demo" if self.demo else "extra"

    @classmethod
    def of(cls, known: Known) -> "Item":
        """The instructor's cell, as students got it."""
        return cls(known, known.type, known.released)


class Restored:
    """The sentences for the instructor and the student; nothing of the student's is quoted in them."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}
        self._closed = False

    def say(self, known: Known, what: str) -> None:
        self.note(f"the {WORDS[known.kind]} {known.id} {what}")

    def note(self, sentence: str) -> None:
        if not self._closed:
            self._sentences[sentence] = None

    def only(self, sentence: str) -> None:
        """One sentence instead of one for each cell."""
        self._sentences, self._closed = {sentence: None}, True

    def sentences(self) -> list[str]:
        found = list(self._sentences)
        return found if len(found) <= SENTENCES else [*found[:SENTENCES - 1], f"and {len(found) - SENTENCES + 1} more"]


def arrange(items: list[Item], plan: list[Known], lost: bool, restored: Restored) -> None:
    """Move the cells of `items` that stand where they cannot run, and put back those that are missing.

    Args:
        plan: the instructor's cells.
        lost: no cell carries nbgrader's metadata, so that nothing says where an answer is: all tests run last.
    """
    for known in plan:
        if known.kind == "test":
            _place_test(items, known, plan, lost, restored)
    for known in plan:
        if known.kind == "given":
            _place_given(items, known, restored)
    present = {item.known for item in items}
    for known in plan:
        if known in present:
            continue
        if known.locked and known.kind != "demo":
            items.insert(_after_neighbour(items, known), Item.of(known))
            restored.say(known, "was missing: the instructor's was put back")
        elif known.graded:  # by hand: nbgrader's pages need it
            items.insert(_after_neighbour(items, known), Item.of(known))
            restored.say(known, "was missing: it was put back empty")
        elif known.kind == "answer":
            restored.say(known, "was missing: its test ran on what other cells define")


def _place_test(items: list[Item], test: Known, plan: list[Known], lost: bool, restored: Restored) -> None:
    """Where the student had it if its answer is there by then, otherwise where the answer is."""
    stood = [place for place, item in enumerate(items) if item.known is test]
    gaps = [place - earlier for earlier, place in enumerate(stood)]  # without the test in the list
    items[:] = [item for item in items if item.known is not test]
    gap = len(items) if lost else _gap(items, gaps, test, plan)
    if not gaps:
        restored.say(test, "was missing: the instructor's was put back")
    elif gap not in gaps:
        restored.say(test, "stood before what it tests: it ran after it")
    items.insert(gap, Item.of(test))


def _gap(items: list[Item], gaps: list[int], test: Known, plan: list[Known]) -> int:
    before = [known for known in plan if known.kind == "answer" and known.index < test.index]
    previous = max((known.index for known in plan if known.kind == "test" and known.index < test.index), default=-1)
    own = {known for known in before if known.index > previous or known.id == f"{test.id}_answer"} or set(before[-1:])
    places: dict[Known | None, list[int]] = {}
    for place, item in enumerate(items):
        places.setdefault(item.known, []).append(place)
    # Earlier answers, too: a later question may build on them. Of one that is there twice the first is enough.
    low = max((places[known][0] + 1 for known in before if known in places and known not in own), default=0)
    answered = [places[known][-1] for known in own if known in places] or _defined(items, own)
    if own and not answered:
        return _before_next_answer(items, max([low, *gaps[:1]]), test)
    low = max([low, *(place + 1 for place in answered)])
    if fitting := [gap for gap in gaps if gap >= low]:
        return fitting[0]
    while low < len(items) and items[low].known is None:  # helpers that the student wrote below the answer
        low += 1
    return low


def _before_next_answer(items: list[Item], low: int, test: Known) -> int:
    """Its answer is gone, and so can be in any of the student's cells up to there."""
    end = next((place for place in range(low, len(items))
                if items[place].kind == "answer" and items[place].known.index > test.index), len(items))
    return max((place + 1 for place in range(low, end) if items[place].kind == "extra" and items[place].type == "code"),
               default=low)


def _defined(items: list[Item], answers: set[Known]) -> list[int]:
    """The student's cells that define what the missing answers define."""
    names = "|".join(name for known in answers for name in known.names)
    if not names:
        return []
    defines = re.compile(rf"^(?:(?:async\s+def|def|class)\s+(?:{names})\b|(?:{names})\s*=(?!=))", re.MULTILINE)
    return [place for place, item in enumerate(items)
            if item.type == "code" and item.kind in ("extra", "answer") and defines.search(item.source)]


def _place_given(items: list[Item], given: Known, restored: Restored) -> None:
    """Before all that follows it in the instructor's notebook and runs."""
    stood = next((place for place, item in enumerate(items) if item.known is given), None)
    end = next((place for place, item in enumerate(items)
                if item.known and item.known.runs and item.known.index > given.index), len(items))
    if stood is not None and stood < end:
        return
    if stood is None:
        restored.say(given, "was missing: the instructor's was put back")
    else:
        restored.say(given, "stood after a cell that needs it: it ran before it")
        del items[stood]
    items.insert(_after_neighbour(items[:end], given), Item.of(given))


def _after_neighbour(items: list[Item], known: Known) -> int:
    """The place after the nearest earlier cell of the instructor's that is there."""
    earlier = [(item.known.index, place) for place, item in enumerate(items) if item.known and item.known.index < known.index]
    return max(earlier)[1] + 1 if earlier else 0
