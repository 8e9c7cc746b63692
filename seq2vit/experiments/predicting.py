"""Chapter 6's experiments: which masks leak, what predicting all tokens at once costs, and a language model of names.

The layers, the mask and the loss come from completed notebooks through `seq2vit.answers`. What stands here is the small
network around them, three wrong ways to mask, the baselines, and a stopwatch.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from matplotlib.figure import Figure
from torch import nn

from seq2vit import answers, plots
from seq2vit.data import names
from seq2vit.experiments import aligned, side_by_side
from seq2vit.train import fit

DIGITS, LENGTH = 10, 16  # of the leak detector: independent digits, all equally likely
FLOOR = math.log(DIGITS)  # nobody who does not look ahead can get below it
RULES = ("correct mask", "one ahead", "after softmax", "no mask")


class Attend(nn.Module):
    """Self-attention of tokens (B, N, D) under one of the `RULES`: the right mask, or a wrong one."""

    def __init__(self, rule: str, D: int, d: int):
        super().__init__()
        if rule not in RULES:
            raise ValueError(f"no rule {rule!r}: choose one of {', '.join(RULES)}")
        self.rule, self.parts = rule, answers.load("06_masked_self_attention")
        maker = self.parts.MaskedSelfAttention if rule == "correct mask" else answers.load("04_self_attention").SelfAttention
        self.layer = maker(D, d, D)

    def forward(self, x: torch.Tensor, keep: torch.Tensor | None = None) -> torch.Tensor:
        if self.rule == "correct mask":
            return self.layer(x, keep)[0]
        N = x.shape[1]
        real = torch.ones(N, dtype=torch.bool) if keep is None else keep[:, None]  # wrong rules leave out padding, too
        if self.rule == "one ahead":  # rows 1, 2, ... of a larger triangle: each token sees the one after it too
            return self.layer(x, self.parts.causal_mask(N + 1)[1:, :N] & real)[0]
        y, weights = self.layer(x, real.expand(N, N) if keep is None else real.expand(-1, N, N))
        if self.rule == "after softmax":
            y = (weights * self.parts.causal_mask(N)) @ self.layer.W_v(x)
        return y


class Stack(nn.Module):
    """Layers that attend, each followed by a two-layer network for each token: (B, N, D) to (B, N, D).

    Each of them adds to what it was given, so that it may also do nothing. It is not yet the block of a transformer.
    """

    def __init__(self, rules: Sequence[str], D: int, d: int, dropout: float = 0.0):
        super().__init__()
        self.attend = nn.ModuleList(Attend(rule, D, d) for rule in rules)
        self.think = nn.ModuleList(nn.Sequential(nn.Linear(D, 4 * D), nn.ReLU(), nn.Linear(4 * D, D)) for _ in rules)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, keep: torch.Tensor | None = None) -> torch.Tensor:
        for attend, think in zip(self.attend, self.think, strict=True):
            x = x + self.drop(attend(x, keep))
            x = x + self.drop(think(x))
        return x


class Predictor(nn.Module):
    """Scores of the next token at every place: embeddings, a learned vector for each place, a stack, and a last matrix."""

    def __init__(self, vocab_size: int, max_len: int, D: int, d: int, rules: Sequence[str], dropout: float = 0.0):
        super().__init__()
        self.emb, self.place = nn.Embedding(vocab_size, D), nn.Parameter(0.3 * torch.randn(max_len, D))
        self.stack, self.drop, self.out = Stack(rules, D, d, dropout), nn.Dropout(dropout), nn.Linear(D, vocab_size)

    def forward(self, tokens: torch.Tensor, keep: torch.Tensor | None = None) -> torch.Tensor:
        x = self.drop(self.emb(tokens) + self.place[: tokens.shape[1]])  # (B, N, D)
        return self.out(self.stack(x, keep))  # (B, N, vocab_size)


# ---- the leak detector


@dataclass(frozen=True)
class Leak:
    """One network on digits that cannot be predicted: its cross-entropy on fresh ones, and what it took."""

    rule: str
    loss: float
    right: float  # share of next digits that it names
    curve: tuple[tuple[int, float], ...]  # (updates, cross-entropy)
    seconds: float


def detect(rule: str, *, updates: int, batch: int = 64, D: int = 32, d: int = 16, lr: float = 4e-3, seed: int = 0,
           held_out: int = 500) -> Leak:
    """Train one network on fresh random digits; report the best of its last three evaluations on others."""
    torch.set_num_threads(1)
    loss_on = answers.load("06_masked_self_attention").next_token_loss
    torch.manual_seed(seed)
    model = Predictor(DIGITS, LENGTH, D, d, [rule])
    draw = torch.Generator().manual_seed(seed + 1)
    test = torch.randint(DIGITS, (held_out, LENGTH), generator=torch.Generator().manual_seed(seed + 2))
    right = []

    def loss_of(tokens: torch.Tensor) -> torch.Tensor:
        logits = model(tokens)
        right.append((logits[:, :-1].argmax(-1) == tokens[:, 1:]).float().mean().item())
        return loss_on(logits, tokens, torch.ones_like(tokens, dtype=torch.bool))

    def evaluate() -> float:
        with torch.no_grad():
            return -loss_of(test).item()

    history = fit(lambda _: loss_of(torch.randint(DIGITS, (batch, LENGTH), generator=draw)), model.parameters(),
                  updates=updates, lr=lr, evaluate=evaluate, evaluations=12, clock=time.process_time)
    return Leak(rule, -history.best(), right[-1], tuple((n, -score) for n, score in history.evaluations), history.seconds)


def detector(updates: int = 540, workers: int = 2, **options) -> dict[str, Leak]:
    """Train with each of the `RULES`: the same digits, number of updates and falling rate, each in its own process."""
    return dict(zip(RULES, side_by_side(detect, RULES, workers=workers, updates=updates, **options), strict=True))


def leak_table(runs: dict[str, Leak]) -> str:
    """The runs as text: a line for each."""
    lines = [["mask", "cross-entropy", "right"]]
    lines += [[run.rule, f"{run.loss:.3f}", f"{run.right:.2f}"] for run in runs.values()]
    lines += [["floor", f"{FLOOR:.3f}", f"{1 / DIGITS:.2f}"]]
    return aligned(lines)


def leak_picture(runs: dict[str, Leak]) -> Figure:
    """Cross-entropy on fresh digits by updates, with the floor that no honest network gets below."""
    figure = plots.curve({run.rule: [loss for _, loss in run.curve] for run in runs.values()},
                         x=[updates for updates, _ in next(iter(runs.values())).curve], xlabel="updates",
                         ylabel="cross-entropy", ylim=(-0.05, 2.6))
    figure.axes[0].axhline(FLOOR, color=plots.INK, lw=0.8, ls=":")
    figure.axes[0].legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.42))
    return figure


# ---- a language model of names


def count_model(train: Sequence[str], test: Sequence[str], n: int) -> float:
    """Cross-entropy for each token of the test names, [STOP] included, of a table that looks at n - 1 tokens before.

    n = 0 is uniform over the alphabet and [STOP]. A table of counts falls back on the next smaller one where it has
    seen little: (count + weight * smaller) / (total + weight), with the weight that does best on the test names, so that
    nobody can say that the tables were made weak.
    """
    size = len(names.ALPHABET) + 1  # and [STOP]
    tables = [Counter() for _ in range(n + 1)]  # by length of the beginning: (beginning, token) and (beginning, None)
    for name in train:
        for before, token in _places(name, n):
            for k in range(n):
                tables[k][before[len(before) - k :], token] += 1
                tables[k][before[len(before) - k :], None] += 1

    def surprise(weight: float) -> float:
        total = count = 0
        for name in test:
            for before, token in _places(name, n):
                chance = 1 / size
                for k in range(n):
                    seen = before[len(before) - k :]
                    chance = (tables[k][seen, token] + weight * chance) / (tables[k][seen, None] + weight)
                total, count = total - math.log(chance), count + 1
        return total / count

    return min(map(surprise, (0.3, 1, 3, 10, 30)))


def _places(name: str, n: int) -> list[tuple[str, str]]:
    """For each token to predict: the n - 1 signs before it (^ stands before the first), and itself ($ is [STOP])."""
    signs = "^" * max(0, n - 1) + name + "$"
    return [(signs[i - n + 1 : i] if n > 1 else "", signs[i]) for i in range(max(0, n - 1), len(signs))]


@dataclass(frozen=True)
class Writer:
    """A trained language model of names."""

    rule: str
    model: Predictor
    train: list[str]
    test: list[str]
    loss: float  # cross-entropy for each token of the held-out names
    train_loss: float
    updates: int
    seconds: float

    def write(self, n: int, temperature: float, seed: int = 0) -> list[str]:
        """Sample n names, token after token, all at the same time. [START] and padding are never written."""
        draw = torch.Generator().manual_seed(seed)
        longest = len(self.model.place)
        tokens = torch.full((n, 1), names.VOCAB.start)
        with torch.no_grad():
            while tokens.shape[1] < longest:
                logits = self.model(tokens)[:, -1] / temperature
                logits[:, [names.VOCAB.pad, names.VOCAB.start]] = -torch.inf
                tokens = torch.cat([tokens, torch.multinomial(logits.softmax(-1), 1, generator=draw)], 1)
        return [names.decode(row) for row in tokens.tolist()]


def language_model(rule: str = "correct mask", updates: int = 400, batch: int = 64, layers: int = 2, D: int = 64, d: int = 32,
                   lr: float = 3e-3, dropout: float = 0.3, held_out: int = 100, seed: int = 0) -> Writer:
    """Train on names of languages; the loss is the best of the last three evaluations, the model the last state."""
    loss_on = answers.load("06_masked_self_attention").next_token_loss
    train, test = names.split(names.names("language"), held_out)
    (ids, lengths), (test_ids, test_lengths) = names.encode(train), names.encode(test)
    longest = max(ids.shape[1], test_ids.shape[1])
    torch.manual_seed(seed)
    model = Predictor(len(names.VOCAB), longest, D, d, [rule] * layers, dropout)
    draw = torch.Generator().manual_seed(seed + 1)

    def loss_of(tokens: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
        tokens = tokens[:, : int(sizes.max())]
        keep = torch.arange(tokens.shape[1]) < sizes[:, None]
        return loss_on(model(tokens, keep), tokens, keep)

    def step(_: int) -> torch.Tensor:
        chosen = torch.randint(len(ids), (batch,), generator=draw)
        return loss_of(ids[chosen], lengths[chosen])

    def evaluate(*data: torch.Tensor) -> float:
        model.eval()
        with torch.no_grad():
            loss = loss_of(*data).item()
        model.train()
        return loss

    history = fit(step, model.parameters(), updates=updates, lr=lr, evaluate=lambda: -evaluate(test_ids, test_lengths),
                  clock=time.process_time)
    train_loss = evaluate(ids, lengths)
    return Writer(rule, model.eval(), train, test, -history.best(), train_loss, history.updates, history.seconds)


def _written(job: tuple[str, int], **options) -> tuple[Writer, int, dict]:
    """A Writer to send to another process: its layers come from a notebook, so only their numbers can travel."""
    writer = language_model(*job, **options)
    numbers = {name: value.tolist() for name, value in writer.model.state_dict().items()}
    return replace(writer, model=None), len(writer.model.place), numbers


def language_models(updates: dict[str, int], workers: int = 2, layers: int = 2, D: int = 64, d: int = 32,
                    **options) -> dict[str, Writer]:
    """The same model under each of these rules, trained for so many updates, each in its own process."""
    found, options = {}, {"layers": layers, "D": D, "d": d, **options}
    for writer, longest, numbers in side_by_side(_written, updates.items(), workers=workers, **options):
        model = Predictor(len(names.VOCAB), longest, D, d, [writer.rule] * layers)
        model.load_state_dict({name: torch.tensor(value) for name, value in numbers.items()})
        found[writer.rule] = replace(writer, model=model.eval())
    return found


# ---- the stopwatch


def learning(layer: nn.Module) -> Callable[[torch.Tensor], None]:
    """One pass forward and backward through a layer, for a stopwatch: what training makes of one sequence."""

    def once(x: torch.Tensor) -> None:
        with torch.enable_grad():
            y = layer(x)
            (y if isinstance(y, torch.Tensor) else y[0]).square().mean().backward()

    return once
