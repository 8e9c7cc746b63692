"""Chapter 1's translator: one small network with attention that writes an English date in any of a few languages.

The last source token, such as [hu], asks for the language (after Johnson et al. 2017, arXiv:1611.04558). It comes last,
so that the encoder reads a date in the same way whatever the language, and every source token keeps its place.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from seq2vit import answers
from seq2vit.data import Vocab
from seq2vit.data.dates import DatePair, Dates, alignment_score
from seq2vit.train import fit

LANGUAGES = {"fr": "French", "tr": "Turkish", "hu": "Hungarian", "zh": "Chinese"}


@dataclass(frozen=True)
class Scores:
    """What held-out dates show. Shares, from 0 to 1."""

    exact_match: float  # dates written without one wrong token
    on: float           # target tokens whose largest weight is on a true source position
    near: float         # ... or at most one position beside it
    chance: float       # `near` of a largest weight that falls anywhere, evenly
    by_language: dict[str, float]  # `near`, language by language


class Translator:
    """The data, and the two parts to train. E=16, D=A=32: 23 thousand weights with the default languages."""

    def __init__(self, languages: Sequence[str] = tuple(LANGUAGES), E: int = 16, D: int = 32, A: int = 32,
                 seed: int = 0):
        self.parts = answers.load("01_seq2seq")
        self.names = {code: LANGUAGES.get(code, code) for code in languages}
        self.tasks = {code: Dates(code) for code in languages}
        first = next(iter(self.tasks.values()))
        special = len(Vocab.specials)
        self.source = Vocab([*first.source_vocab.tokens[special:], *map(self.tag, languages)])
        self.target = Vocab([t for task in self.tasks.values() for t in task.target_vocab.tokens[special:]])
        torch.manual_seed(seed)
        self.encoder = self.parts.Encoder(len(self.source), E, D)
        self.decoder = self.parts.AttentionDecoder(len(self.target), E, D, A)

    @staticmethod
    def tag(code: str) -> str:
        """The source token that asks for a language."""
        return f"[{code}]"

    def pair(self, date: datetime.date, code: str) -> DatePair:
        """One date, with the token that asks for the language at the end of its source."""
        return self._tagged(self.tasks[code].pair(date), code)

    def _tagged(self, pair: DatePair, code: str) -> DatePair:
        return replace(pair, source=(*pair.source, self.tag(code)))

    def _run(self, src: torch.Tensor, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mask = src != Vocab.pad
        h, s0 = self.encoder(src, mask)
        return self.decoder(inputs, s0, h, mask)

    def train(self, updates: int = 650, pairs: int = 4000, batch: int = 32, lr: float = 1e-2, seed: int = 0) -> float:
        """Train on `pairs` dates, an equal share a language. Returns the seconds that it took."""
        share = pairs // len(self.tasks)
        data = [self._tagged(p, code) for code, task in self.tasks.items() for p in task.train(share, seed=seed)]
        src, _ = self.source.encode([p.source for p in data])
        y, lengths = self.target.encode([p.target for p in data])
        draw = torch.Generator().manual_seed(seed)

        def loss_of(_: int) -> torch.Tensor:
            rows = torch.randint(len(src), (batch,), generator=draw)
            inputs, targets = self.parts.teacher_forcing(y[rows], lengths[rows], Vocab.start, Vocab.stop, Vocab.pad)
            return self.parts.sequence_loss(self._run(src[rows], inputs)[0], targets, Vocab.pad)

        weights = [*self.encoder.parameters(), *self.decoder.parameters()]
        return fit(loss_of, weights, updates=updates, lr=lr).seconds

    def write(self, source: Sequence[str], longest: int = 24) -> tuple[list[str], torch.Tensor]:
        """Greedy decoding of one date: the tokens without [STOP], and a row of attention weights for each, (T, S)."""
        src, _ = self.source.encode([source])
        ids = [Vocab.start]
        with torch.no_grad():
            while len(ids) <= longest:
                logits, weights = self._run(src, torch.tensor([ids]))
                ids.append(int(logits[0, -1].argmax()))
                if ids[-1] == Vocab.stop:
                    break
        tokens = self.target.decode(ids)
        return tokens, weights[0, : len(tokens)]

    def test(self, dates: int = 250) -> Scores:
        """Score the first held-out dates of each language, written greedily."""
        near, all_pairs, all_rows, right = {}, [], [], 0
        for code, task in self.tasks.items():
            pairs = [self._tagged(p, code) for p in task.test(dates)]
            src, _ = self.source.encode([p.source for p in pairs])
            y, lengths = self.target.encode([p.target for p in pairs])
            inputs, targets = self.parts.teacher_forcing(y, lengths, Vocab.start, Vocab.stop, Vocab.pad)
            with torch.no_grad():
                logits, weights = self._run(src, inputs)
            # Greedy decoding is right if and only if each token is, given the true ones before it.
            right += int(((logits.argmax(-1) == targets) | (targets == Vocab.pad)).all(1).sum())
            near[code] = alignment_score(weights, pairs, tolerance=1)
            all_pairs += pairs
            all_rows += list(weights)
        longest = max(w.shape[0] for w in all_rows), max(w.shape[1] for w in all_rows)
        stacked = torch.zeros(len(all_rows), *longest)
        for to, w in zip(stacked, all_rows, strict=True):
            to[: w.shape[0], : w.shape[1]] = w
        return Scores(right / len(all_pairs), alignment_score(stacked, all_pairs, tolerance=0),
                      alignment_score(stacked, all_pairs, tolerance=1), _chance(all_pairs), near)


def _chance(pairs: Sequence[DatePair]) -> float:
    """`near` if every position were as likely to get the largest weight."""
    shares = []
    for p in pairs:
        for link in filter(None, p.links):
            covered = {j for i in link for j in (i - 1, i, i + 1) if 0 <= j < len(p.source)}
            shares.append(len(covered) / len(p.source))
    return sum(shares) / max(len(shares), 1)
