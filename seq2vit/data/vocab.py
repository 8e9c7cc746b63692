"""Tokens to ids and back."""

from collections.abc import Iterable, Sequence

import torch


class Vocab:
    """A fixed set of tokens with three special ones in front: padding (0), [START] (1) and [STOP] (2).

    Args:
        tokens: the ordinary tokens; duplicates are dropped, order is kept.
    """

    pad, start, stop = 0, 1, 2
    specials = ("<pad>", "[START]", "[STOP]")

    def __init__(self, tokens: Iterable[str]):
        self.tokens = [*self.specials, *(t for t in dict.fromkeys(tokens) if t not in self.specials)]
        self.ids = {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, sequences: Sequence[Sequence[str]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids of a batch of token sequences, padded on the right, without [START] and [STOP].

        Returns:
            ids (B, T) int64 and lengths (B,) int64.

        Raises:
            KeyError: a token is not in the vocabulary.
        """
        lengths = [len(s) for s in sequences]
        ids = torch.full((len(sequences), max(lengths, default=0)), self.pad)
        for row, sequence in zip(ids, sequences, strict=True):
            for t, token in enumerate(sequence):
                if token not in self.ids:
                    raise KeyError(f"{token!r} is not in this vocabulary of {len(self)} tokens")
                row[t] = self.ids[token]
        return ids, torch.tensor(lengths)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Tokens of one row of ids, up to the first [STOP], without special tokens."""
        tokens = []
        for i in map(int, ids):
            if i == self.stop:
                break
            if i >= len(self.specials):
                tokens.append(self.tokens[i])
        return tokens
