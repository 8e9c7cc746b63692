"""Chapter 7's stopwatch and scales: what attention costs in time and memory by length, spelled out, fused, and against an RNN.

All is measured in a process of its own, on one thread: the time is the least of some repeats, in processor seconds; the
memory is the most that PyTorch held at once beyond what it was given, as its profiler counts every allocation.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from seq2vit import answers, plots
from seq2vit.experiments import aligned, side_by_side

STEPS = 100  # next tokens in one call


@dataclass(frozen=True)
class Cost:
    """What one call took."""

    seconds: float
    bytes: int  # the most held at once beyond the inputs; 0 where nobody asked


def spelled_out(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """One head with all its scores in memory at once: q, k, v (N, d)."""
    return (q @ k.T * q.shape[-1] ** -0.5).softmax(1) @ v  # (N, d)


def fused(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The same by PyTorch's kernel, which wants a batch and heads."""
    return F.scaled_dot_product_attention(q[None, None], k[None, None], v[None, None])[0, 0]  # (N, d)


def most_held(call: Callable[[], object]) -> int:
    """The most bytes that PyTorch held at once during a call, beyond those held before."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        result = call()
    held = most = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            held += event.nbytes()  # negative when memory is given back
            most = max(most, held)
    del result
    return most


def cost(call: Callable[[], object], repeats: int, memory: bool = True) -> Cost:
    """The least processor time of some calls, and the memory of one more."""
    call()
    times = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return Cost(min(times), most_held(call) if memory else 0)


# ---- what is measured: each function returns the call to measure


def _plain(kind: str, N: int) -> Callable[[], object]:
    q, k, v = (torch.randn(N, 64) for _ in "qkv")
    return lambda: {"spelled out": spelled_out, "fused": fused}[kind](q, k, v)


def _training(kind: str, N: int, D: int = 64, H: int = 4) -> Callable[[], object]:
    """Forward and backward pass of one layer on one sequence of N tokens."""
    x = torch.randn(1, N, D)
    layer = nn.GRU(D, D, batch_first=True) if kind == "recurrent" else nn.MultiheadAttention(D, H, batch_first=True)
    how = {} if kind == "recurrent" else {"need_weights": kind == "spelled out"}  # it spells them out to return them

    def call() -> None:
        layer.zero_grad(set_to_none=True)
        y, _ = layer(x) if kind == "recurrent" else layer(x, x, x, **how)
        y.sum().backward()

    return call


def _next_token(kind: str, N: int, D: int = 64, H: int = 4) -> Callable[[], object]:
    """One more token after N: a step of the recurrent cell; or one query to N keys that were kept. `STEPS` times."""
    x, cell, project, W_o = torch.randn(1, D), nn.GRUCell(D, D), nn.Linear(D, 3 * D), nn.Linear(D, D)
    state, keys, values = torch.randn(1, D), torch.randn(1, H, N, D // H), torch.randn(1, H, N, D // H)

    def call() -> None:
        with torch.no_grad():
            for _ in range(STEPS):
                if kind == "recurrent":
                    cell(x, state)
                else:
                    q = project(x)[:, :D].reshape(1, H, 1, -1)
                    W_o(F.scaled_dot_product_attention(q, keys, values).reshape(1, D))

    return call


def _heads(kind: str, N: int, D: int = 64) -> Callable[[], object]:
    """A forward pass of the assignment's module with this many heads."""
    x, layer = torch.randn(1, N, D), answers.load("07_multi_head_attention").MultiHeadAttention(D, int(kind)).eval()

    def call() -> None:
        with torch.no_grad():
            layer(x, x, x)

    return call


MEASURED = {"attention": _plain, "training": _training, "next token": _next_token, "heads": _heads}


def _measure(jobs: Sequence[tuple[str, str, int]], repeats: int) -> list[Cost]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    # The profiler writes lines of its own to the process's stderr, past Python.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return [cost(MEASURED[what](kind, N), repeats, memory=what != "next token") for what, kind, N in jobs]


def measure(plan: dict[str, tuple[Sequence[str], Sequence[int]]], repeats: int = 3) -> dict[str, dict[str, list[Cost]]]:
    """What is asked, by kind, at each length: all of a plan, one after the other, in one fresh process.

    Args:
        plan: what (one of `MEASURED`) -> its kinds, and the lengths N.
    """
    jobs = [(what, kind, N) for what, (kinds, lengths) in plan.items() for N in lengths for kind in kinds]
    costs = dict(zip(jobs, *side_by_side(_measure, [jobs], workers=1, repeats=repeats), strict=True))
    return {what: {kind: [costs[what, kind, N] for N in lengths] for kind in kinds} for what, (kinds, lengths) in plan.items()}


def table(rows: dict[str, Sequence[float]], lengths: Sequence[int]) -> str:
    """A line for each row of numbers, a column for each length."""
    def short(x: float) -> str:
        return f"{x:.0f}" if x >= 100 else f"{x:.1f}" if x >= 1 else f"{x:.2f}"
    return aligned([["", *map(str, lengths)], *[[name, *map(short, row)] for name, row in rows.items()]])


def heads_table(costs: dict[str, list[Cost]], lengths: Sequence[int], D: int = 64) -> str:
    """By number of heads: parameters and products, counted; time at each length, and memory at the last, measured."""
    module, N = answers.load("07_multi_head_attention").MultiHeadAttention, lengths[-1]
    counted = [["heads", "parameters", f"products, {N}"]]
    taken = [["heads", *[f"ms, {n}" for n in lengths], f"MiB, {N}"]]
    for H, row in costs.items():
        d = D // int(H)
        products = 4 * N * D * D + int(H) * 2 * N * N * d  # four projections; scores and means of each head
        counted.append([H, str(sum(p.numel() for p in module(D, int(H)).parameters())), str(products)])
        taken.append([H, *[f"{1000 * c.seconds:.1f}" for c in row], f"{row[-1].bytes / 2**20:.1f}"])
    return aligned(counted) + "\n\n" + aligned(taken)


def against(measured: dict[str, dict[str, list[Cost]]], lengths: Sequence[int]) -> str:
    """A recurrent layer and attention: a training step in time and memory, and the next token, by length."""
    training, after = measured["training"], measured["next token"]
    names = {"recurrent": "GRU", "attention": "fused", "spelled out": "spelled out"}
    rows = {f"{names[kind]}, ms": [1e3 * c.seconds for c in row] for kind, row in training.items()}
    rows |= {f"{names[kind]}, MiB": [c.bytes / 2**20 for c in row] for kind, row in training.items()}
    rows |= {f"{names[kind]}, next, μs": [1e6 * c.seconds / STEPS for c in row] for kind, row in after.items()}
    return table(rows, lengths)


def promises(measured: dict[str, dict[str, list[Cost]]]) -> None:
    """What the page says about these numbers in words.

    Raises:
        AssertionError: a number does not bear it out.
    """
    training, after, plain, heads = (measured[what] for what in ("training", "next token", "attention", "heads"))
    grows = {kind: row[-1].seconds / row[-2].seconds for kind, row in training.items()}
    assert training["recurrent"][0].seconds > 2 * training["attention"][0].seconds, "attention starts low"
    assert grows["attention"] > 1.3 * grows["recurrent"], "attention grows faster"
    assert training["recurrent"][-1].seconds > 1.3 * training["attention"][-1].seconds, "the lines do not cross yet"
    assert training["spelled out"][-1].bytes > 4 * training["attention"][-1].bytes, "tables fill the memory"
    asks, steps = (after[kind][-1].seconds / after[kind][0].seconds for kind in ("attention", "recurrent"))
    assert asks > 1.2 * steps, "only attention's next token grows dearer"
    assert plain["spelled out"][-1].bytes > 20 * plain["fused"][-1].bytes, "a fused kernel stores no table"
    assert plain["fused"][-1].bytes < 4 * plain["fused"][-2].bytes, "it grows like the length, not like its square"
    assert heads["8"][-1].bytes > 4 * heads["1"][-1].bytes, "a table for each head"


def picture(costs: dict[str, list[Cost]], lengths: Sequence[int]) -> Figure:
    """Milliseconds and mebibytes by length, side by side, on logarithmic axes."""
    figure, axes = plots._axes(6.2, 3.0, 2)
    for name, color, dash, mark in zip(costs, plots.CYCLE, ["-", "--"], "os", strict=False):
        for ax, values in zip(axes, ([1000 * c.seconds for c in costs[name]], [c.bytes / 2**20 for c in costs[name]]),
                              strict=True):
            ax.plot(lengths, values, dash, color=color, marker=mark, ms=4, lw=1.8, label=name)
    for ax, ylabel in zip(axes, ("milliseconds", "memory in MiB"), strict=True):
        ax.set(xscale="log", yscale="log", xlabel="tokens", ylabel=ylabel)
        ax.set_xticks(list(lengths), labels=[str(n) for n in lengths])
        ax.minorticks_off()
        ax.grid(True, axis="y", color=plots.FAINT, lw=0.6)
    axes[0].legend(frameon=False)
    return figure
