"""Training runs that a chapter shows and does not print: loops around the answers, never the answers themselves."""

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial


def aligned(lines: Sequence[Sequence[str]], gap: str = "  ") -> str:
    """A table as text: all lines have as many words as the first, and each column ends where its longest word does."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(gap.join(word.rjust(width) for word, width in zip(line, widths, strict=True)) for line in lines)


def side_by_side(work: Callable, jobs: Iterable, *, workers: int = 2, **options) -> list:
    """`work(job, **options)` for each job, in processes of their own, `workers` at a time; the results in their order.

    The processes start from nothing, as on every system but Linux they must, so that `work` is a function of a module
    and prepares what it needs (threads, seed) itself.
    """
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(partial(work, **options), jobs))
