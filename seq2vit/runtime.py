"""Where a notebook runs, and whether its demonstrations should."""

import os

import torch


def device() -> torch.device:
    """The device to train on: CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def demos_on() -> bool:
    """Should the ungraded "See it work" cells train?

    No while nbgrader runs the notebook (it sets `NBGRADER_EXECUTION`) and no with `SEQ2VIT_DEMO=0`: a grade never
    waits for a training run and never depends on one.
    """
    return not os.environ.get("NBGRADER_EXECUTION") and os.environ.get("SEQ2VIT_DEMO", "1") != "0"
