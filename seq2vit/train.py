"""One small training loop for chapters and demonstrations."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch


@dataclass
class History:
    """What a run leaves: the loss of every update, the evaluations, and what it cost."""

    losses: list[float] = field(default_factory=list)
    evaluations: list[tuple[int, float]] = field(default_factory=list)  # (updates so far, score)
    updates: int = 0
    seconds: float = 0.0

    def best(self, last: int = 3) -> float:
        """Best of the last evaluations: runs dip, and one unlucky dip should not decide a comparison."""
        if not self.evaluations:
            raise ValueError("no evaluations were made: pass evaluate= to fit")
        return max(score for _, score in self.evaluations[-last:])


def fit(
    loss_of: Callable[[int], torch.Tensor],
    parameters: Iterable[torch.nn.Parameter],
    *,
    updates: int | None = None,
    seconds: float | None = None,
    lr: float = 3e-3,
    warmup: float = 0.05,
    clip: float = 1.0,
    evaluate: Callable[[], float] | None = None,
    evaluations: int = 10,
    threads: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> History:
    """Adam with warm-up, cosine decay and gradient clipping, for a number of updates or of seconds.

    Args:
        loss_of: given the update's number, the loss of a fresh batch.
        parameters: what to train.
        updates, seconds: the budget: exactly one of the two. Seconds of evaluation do not count.
        lr: the largest learning rate.
        warmup: share of the budget over which the rate rises.
        clip: largest norm of the gradient.
        evaluate: called `evaluations` times, evenly over the budget and at its end.
        threads: CPU threads to use meanwhile. The course's models are so small that a second one costs more than it
            brings: on two cores the date translator of chapter 1 takes twice as long with two.
        clock: what `seconds` are. `time.process_time` counts those in which this process computed, so that whatever
            else a busy machine does shortens nobody's training.

    Raises:
        ValueError: both budgets or none.
        FloatingPointError: the loss is NaN or infinite.
    """
    if (updates is None) == (seconds is None):
        raise ValueError("give one budget: updates= or seconds=")
    old_threads = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return _fit(loss_of, list(parameters), updates, seconds, lr, warmup, clip, evaluate, evaluations, clock)
    finally:
        torch.set_num_threads(old_threads)


def _fit(loss_of, parameters, updates, seconds, lr, warmup, clip, evaluate, evaluations, clock) -> History:
    optimizer = torch.optim.Adam(parameters, lr=lr)
    history, spent, progress, next_evaluation = History(), 0.0, 0.0, 1
    while progress < 1:
        began = clock()
        rate = min(1, progress / warmup if history.updates else 1e-2) * 0.5 * (1 + math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = lr * rate
        loss = loss_of(history.updates)
        if not torch.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss.item()} at update {history.updates}: try a smaller lr")
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        history.updates += 1
        history.losses.append(loss.item())
        spent += clock() - began
        progress = history.updates / updates if updates is not None else spent / seconds
        if evaluate is not None and progress >= min(1, next_evaluation / evaluations):
            history.evaluations.append((history.updates, evaluate()))
            next_evaluation += 1
    history.seconds = spent
    return history
