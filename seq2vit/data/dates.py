"""Dates in many languages, with the true alignment: the translation task of chapter 1.

The Unicode CLDR locale data (in the package `babel`) writes one date in hundreds of languages, each with its own word
order. A pattern such as "EEEE, MMMM d, y" says which piece of the text stands for which field, so we know which source
tokens each target token comes from. No other translation data small enough for a laptop has that.
"""

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, tokenize_pattern

from seq2vit.data.vocab import Vocab


@dataclass(frozen=True)
class DatePair:
    """One date in two languages. `links[t]` holds the source positions that target token `t` comes from: none for a
    separator, the digit's own position for a digit."""

    date: datetime.date
    source: tuple[str, ...]
    target: tuple[str, ...]
    links: tuple[tuple[int, ...], ...]


def write(date: datetime.date, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of a date in CLDR's full format, and for each the field that it belongs to.

    A number is one token a digit, a name is one token, a separator is one token without its spaces.

    Returns:
        tokens, and marks: "E" (weekday), "M" (month), "d0", "d1" (day digits), "y0" to "y3" (year digits), "" (none).
    """
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"no CLDR language {language!r}: use a code such as 'fr', 'hu' or 'zh'") from error
    tokens, marks = [], []
    for kind, value in _pattern(language):
        if kind == "chars":
            if value.strip():
                tokens.append(value.strip())
                marks.append("")
            continue
        letter, width = value
        text = format_date(date, letter * width, locale=locale)
        letter = {"L": "M", "c": "E"}.get(letter, letter)  # the stand-alone forms of month and weekday
        if text.isdecimal():
            tokens.extend(text)
            marks.extend(f"{letter}{i}" for i in range(len(text)))
        else:
            tokens.append(text)
            marks.append(letter)
    return tuple(tokens), tuple(marks)


@lru_cache
def _pattern(language: str) -> tuple:
    merged = []
    for kind, value in tokenize_pattern(Locale.parse(language).date_formats["full"].pattern):
        if kind == "chars" and merged and merged[-1][0] == "chars":  # babel cuts ". 'gada' " in several pieces
            merged[-1] = (kind, merged[-1][1] + value)
        else:
            merged.append((kind, value))
    return tuple(merged)


def pair(date: datetime.date, source: str, target: str) -> DatePair:
    """One date in two languages, with its true alignment."""
    source_tokens, source_marks = write(date, source)
    target_tokens, target_marks = write(date, target)
    links = []
    for mark in target_marks:
        exact = [i for i, m in enumerate(source_marks) if mark and m == mark]
        # A name may be written with digits in the other language (3月 for March): same field, whatever the digit.
        same_field = [i for i, m in enumerate(source_marks) if mark and m and m[0] == mark[0]]
        links.append(tuple(exact or same_field))
    return DatePair(date, source_tokens, target_tokens, tuple(links))


class Dates:
    """Dates from one language to another, split into training and held-out dates that never meet.

    Args:
        target, source: CLDR language codes.
        first_year, last_year: the years to draw from, both included.
        held_out: how many dates are kept for testing.
        seed: of the split.
    """

    def __init__(self, target: str = "hu", source: str = "en", first_year: int = 1950, last_year: int = 2049,
                 held_out: int = 500, seed: int = 0):
        if first_year > last_year:
            raise ValueError(f"first_year {first_year} is after last_year {last_year}")
        self.source, self.target = source, target
        first = datetime.date(first_year, 1, 1).toordinal()
        days = list(range(first, datetime.date(last_year, 12, 31).toordinal() + 1))
        random.Random(seed).shuffle(days)
        self._held_out, self._train = days[:held_out], days[held_out:]
        # Seven weekdays, twelve months and ten digits all occur within a year of dates and the years' own digits.
        year = [datetime.date.fromordinal(first + i) for i in range(366)]
        digits = [str(i) for i in range(10)]
        self.source_vocab = Vocab([*digits, *sorted({t for d in year for t in write(d, source)[0]})])
        self.target_vocab = Vocab([*digits, *sorted({t for d in year for t in write(d, target)[0]})])

    def train(self, n: int, seed: int) -> list[DatePair]:
        """`n` training pairs, drawn with replacement."""
        draw = random.Random(seed)
        return [self.pair(self._train[draw.randrange(len(self._train))]) for _ in range(n)]

    def test(self, n: int | None = None) -> list[DatePair]:
        """The first `n` held-out pairs (all of them by default)."""
        return [self.pair(day) for day in self._held_out[:n]]

    def pair(self, day: int | datetime.date) -> DatePair:
        """The pair of one date (or of its ordinal day number)."""
        date = day if isinstance(day, datetime.date) else datetime.date.fromordinal(day)
        return pair(date, self.source, self.target)

    def encode(self, pairs: Sequence[DatePair]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """src (B, S), source lengths (B,), y (B, T), target lengths (B,): int64, padded on the right with 0."""
        return (*self.source_vocab.encode([p.source for p in pairs]), *self.target_vocab.encode([p.target for p in pairs]))


def alignment_score(weights: torch.Tensor, pairs: Sequence[DatePair], tolerance: int = 1) -> float:
    """Share of the target tokens whose largest attention weight falls on a true source position, or at most
    `tolerance` positions beside it (recurrent states may point one early or late while every answer is right).

    Args:
        weights: (B, T, S), row t made while predicting target token t.
        pairs: the B pairs, for their links; target tokens without a true source position do not count.
    """
    hits = total = 0
    for best, p in zip(weights.argmax(-1).tolist(), pairs, strict=True):
        for t, link in enumerate(p.links):
            if link:
                total += 1
                hits += any(abs(best[t] - i) <= tolerance for i in link)
    return hits / max(total, 1)
