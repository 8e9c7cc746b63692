"""The copy task: the bottleneck of one fixed vector, and nothing else."""

import torch

PAD, START, STOP, FIRST = 0, 1, 2, 3  # the ten digits have the ids 3 to 12
VOCAB_SIZE = FIRST + 10


def copy_batch(n: int, low: int, high: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Random digit strings to be copied.

    Args:
        n: how many (B).
        low, high: shortest and longest length, both included.
        generator: where the randomness comes from.

    Returns:
        src (n, S) int64, padded on the right with 0, and lengths (n,) int64. S is the longest length drawn.
    """
    if not 1 <= low <= high:
        raise ValueError(f"lengths must satisfy 1 <= low <= high, got low={low}, high={high}")
    lengths = torch.randint(low, high + 1, (n,), generator=generator)
    src = torch.randint(FIRST, VOCAB_SIZE, (n, int(lengths.max())), generator=generator)
    return src.masked_fill(torch.arange(src.shape[1]) >= lengths[:, None], PAD), lengths
