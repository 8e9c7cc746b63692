"""Names of territories and of languages, from the CLDR locale data: short texts for a character language model."""

import random
import re
from collections.abc import Sequence

import torch
from babel import Locale, UnknownLocaleError

from seq2vit.data.vocab import Vocab

ALPHABET = "abcdefghijklmnopqrstuvwxyz -"
VOCAB = Vocab(ALPHABET)  # padding 0, [START] 1, [STOP] 2, then a to z, the space and the hyphen: 31 tokens
KINDS = {"territory": "territories", "language": "languages"}


def names(kind: str = "territory", languages: Sequence[str] = ("en",), longest: int = 20) -> list[str]:
    """All names of this kind that consist of the plain letters a to z, spaces and hyphens, in lower case, sorted.

    Args:
        kind: "territory" (afghanistan, africa, ...) or "language" (abkhazian, acehnese, ...).
        languages: CLDR codes of the languages in which the names are written. A name that several share comes once.
        longest: longer names are left out.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r}: choose one of {', '.join(KINDS)}")
    found = set()
    for language in languages:
        try:
            locale = Locale.parse(language)
        except (UnknownLocaleError, ValueError) as error:
            raise ValueError(f"no CLDR language {language!r}: use a code such as 'en', 'fr' or 'sv'") from error
        found.update(name.lower() for name in getattr(locale, KINDS[kind]).values())
    return sorted(name for name in found if len(name) <= longest and re.fullmatch(f"[{ALPHABET}]+", name))


def split(all_names: Sequence[str], held_out: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Names to train on, and `held_out` others to test with, drawn by `seed`."""
    if not 0 < held_out < len(all_names):
        raise ValueError(f"held_out must be from 1 to {len(all_names) - 1}, got {held_out}")
    shuffled = random.Random(seed).sample(list(all_names), len(all_names))
    return shuffled[held_out:], shuffled[:held_out]


def encode(some_names: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Names as ids: [START], a token for each character, [STOP], padded on the right with 0.

    Returns:
        ids (n, L) int64 and lengths (n,) int64, the two special tokens included; L is the longest of them.
    """
    return VOCAB.encode([["[START]", *name, "[STOP]"] for name in some_names])


def decode(ids: Sequence[int]) -> str:
    """The name that one row of ids spells, up to its first [STOP]."""
    return "".join(VOCAB.decode(ids))
