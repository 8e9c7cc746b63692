"""What test cells use: comparisons whose failure says in words which idea is wrong.

They look at returned data only, so a test cell gives the same verdict in a student's notebook and in a grader that runs
the student's code elsewhere.
"""

import contextlib
import functools
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

LooksLike = tuple[torch.Tensor, str, str | None]


class Mistake(AssertionError):
    """A test that failed.

    Attributes:
        misconception: the slug of a known wrong idea (an anchor of the chapter), or None.
        words: the message without anything that the answer returned. A grader's feedback shows only these: in numbers,
            shapes and names of its choice an answer could carry off the inputs of a hidden test.
    """

    def __init__(self, message: str, misconception: str | None = None, words: str = ""):
        super().__init__(f"{message} [{misconception}]" if misconception else message)
        self.misconception = misconception
        self.words = words or message

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence, not thirty lines of how the test was run (IPython's protocol)."""
        return [str(self)]


def quiet(test: Callable[[], None]) -> Callable[[], None]:
    """A test as a test cell runs it.

    What an answer writes to stderr meanwhile goes to stdout: nbgrader takes anything on stderr for a failed test, and a
    warning, a log line or a progress bar is no mistake. An answer that is not written yet is said so in a sentence.
    """

    @functools.wraps(test)
    def on_stdout() -> None:
        __tracebackhide__ = True  # an error of the answer is shown from the test on
        with contextlib.redirect_stderr(sys.stdout), warnings.catch_warnings():
            warnings.simplefilter("default")
            try:
                test()
            except NotImplementedError as error:
                raise Mistake(f"{_origin(error)} is not written yet") from None

    return on_stdout


def _origin(error: BaseException) -> str:
    """The function that an exception comes from, with its class: `AdditiveAttention.forward`."""
    step = error.__traceback__
    while step.tb_next is not None:
        step = step.tb_next
    return step.tb_frame.f_code.co_qualname


def normal(seed: int, *shape: int, scale: float = 1.0) -> torch.Tensor:
    """Standard normal numbers times `scale`, float32. Only ever the input of an answer *and* of its oracle: a constant
    that a generator made on one machine would reject right answers on another."""
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def weights(seed: int, scale: float = 0.7, **parts: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Draw every parameter of `parts` anew, biases and norms included, and return them as one state dict.

    `weights(1, emb=nn.Embedding(7, 5))` has the one entry "emb.weight": what an answer with a part `emb` should hold.
    """
    state = {}
    for name, part in parts.items():
        part.load_state_dict({key: normal(seed + 31 * len(state) + i, *value.shape, scale=scale)
                              for i, (key, value) in enumerate(part.state_dict().items())})
        state |= {f"{name}.{key}": value.clone() for key, value in part.state_dict().items()}
    return state


class TheirName(str):
    """The name of a parameter that an answer chose: no message that a grader shows may hold it."""


def redrawn(seed: int, module: Any, prefix: str = "", scale: float = 0.7) -> dict[str, torch.Tensor]:
    """A state dict for an answer's module, whatever its parameters are called, every entry drawn anew. Its names are the
    answer's: pass `prefix` instead of making other names from them."""
    return {TheirName(prefix + name): normal(seed + i, *value.shape, scale=scale)
            for i, (name, value) in enumerate(module.state_dict().items())}


def build(module: Any, state: Mapping[str, torch.Tensor], what: str) -> Any:
    """`module` with the weights `state`; says which parameters are missing, unexpected or misshapen."""
    have = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    want = {name: tuple(value.shape) for name, value in state.items()}
    for name in want:
        if name not in have:
            raise Mistake(f"{what} has no parameter {name} of shape {want[name]}: make the parts that the task lists, "
                          "with their names", words=f"{what} lacks a parameter: make the parts that the task lists, with "
                          "their names" if isinstance(name, TheirName) else "")
        if have[name] != want[name]:
            raise Mistake(f"{what}: {name} has shape {have[name]}, expected {want[name]}",
                          words=f"{what}: a parameter has another shape than expected" if isinstance(name, TheirName) else
                          f"{what}: {name} should have the shape {want[name]}")
    for name in have:
        if name not in want:
            raise Mistake(f"{what} has a parameter {name} that the task does not list: is it a bias too many?",
                          words=f"{what} has a parameter that the task does not list: is it a bias too many?")
    module.load_state_dict({name: value.clone() for name, value in state.items()})
    return module


def is_tensor(got: Any, shape: Sequence[int], what: str, dtype: torch.dtype | None = None) -> None:
    """`got` must be a tensor of this shape (and dtype)."""
    if not isinstance(got, torch.Tensor):
        words = f"{what} should be a tensor of shape {tuple(shape)}"
        raise Mistake(f"{words}, got {type(got).__name__}", words=words)
    if tuple(got.shape) != tuple(shape):
        words = f"{what} should have shape {tuple(shape)}"
        raise Mistake(f"{words}, got {tuple(got.shape)}", words=words)
    if dtype is not None and got.dtype != dtype:
        raise Mistake(f"{what} should be {dtype}, got {got.dtype}", words=f"{what} should be {dtype}")


def same(got: Any, want: torch.Tensor, tolerance: float = 1e-5) -> bool:
    """Equal in shape, and everywhere within `tolerance`, absolute plus relative. NaN equals nothing. Answers compute in
    float32 (an answer that makes a buffer of the default dtype is right too), so 1e-5; never tighter than 2e-6."""
    if not isinstance(got, torch.Tensor) or got.shape != want.shape:
        return False
    got, want = got.detach().double(), want.detach().double()
    return bool(((got - want).abs() <= tolerance * (1 + want.abs())).all())


def close(
    got: Any,
    want: torch.Tensor,
    what: str,
    hint: str = "",
    looks_like: Sequence[LooksLike] | Callable[[], Sequence[LooksLike]] = (),
    tolerance: float = 1e-5,
    show: bool = False,
    slug: str | None = None,
) -> None:
    """`got` must equal `want`.

    Args:
        got: the answer's result.
        want: the oracle's result.
        what: what is compared, for the message.
        hint: what to think of when it differs.
        looks_like: known wrong ideas, each as (the result that idea gives, what it means, its slug or None). The first
            that gives `got` is named. A function that returns them is called only if `got` is wrong.
        tolerance: see `same`.
        show: write both into the message (for small visible examples, never for a hidden test).
        slug: the misconception to name if it differs, where only that one can make it differ.
    """
    if same(got, want, tolerance):
        return
    if callable(looks_like):
        with torch.no_grad():
            looks_like = looks_like()
    for wrong, message, known in looks_like:
        if same(got, wrong, tolerance) and not same(want, wrong, tolerance):
            raise Mistake(f"{what}: {message}", known)
    is_tensor(got, want.shape, what)
    if not torch.isfinite(got.double()).all():
        found, told = "holds NaN or infinity", "holds NaN or infinity"
    elif show:
        found, told = f"expected {_short(want)}, got {_short(got)}", f"expected {_short(want)}"
    elif want.dtype.is_floating_point:
        found, told = f"differs by up to {(got.double() - want.double()).abs().max():.2g}", "has other values than expected"
    else:
        found, told = f"{int((got != want).sum())} of {want.numel()} entries are wrong", "has wrong entries"
    ending = f"; {hint}" if hint else ""
    raise Mistake(f"{what}: {found}{ending}", slug, f"{what}: {told}{ending}")


def _short(tensor: torch.Tensor) -> str:
    return str(torch.round(tensor.detach().double(), decimals=3).tolist() if tensor.is_floating_point() else tensor.tolist())


def shape(got: Any) -> tuple[int, ...] | None:
    """The shape of a tensor, None for anything else."""
    return tuple(got.shape) if isinstance(got, torch.Tensor) else None


def parts(got: Any, names: Sequence[str], what: str) -> tuple:
    """`got` must be a tuple (or list) with one entry for each of `names`."""
    if not isinstance(got, (tuple, list)) or len(got) != len(names):
        kind = f"{len(got)} values" if isinstance(got, (tuple, list)) else type(got).__name__
        words = f"{what} should return ({', '.join(names)})"
        raise Mistake(f"{words}, got {kind}", words=words)
    return tuple(got)


def same_gradients(got: torch.Tensor, want: torch.Tensor, pairs: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
                   what: str) -> None:
    """The answer's gradients must equal the oracle's.

    Args:
        got, want: results of equal shape, the answer's and the oracle's; both are weighted with the same numbers and
            summed, then differentiated.
        pairs: for each name, the answer's tensor and the oracle's: inputs or parameters.
        what: what is differentiated, for the message.
    """
    if not got.requires_grad:
        raise Mistake(f"{what} carries no gradient: do not use .detach(), .data, .item() or no_grad on the way")
    weight = normal(97, *want.shape)
    found = torch.autograd.grad((got * weight).sum(), [g for g, _ in pairs.values()], allow_unused=True)
    truth = torch.autograd.grad((want * weight).sum(), [w for _, w in pairs.values()], allow_unused=True)
    for name, gradient, right in zip(pairs, found, truth, strict=True):
        if right is None:  # the result does not depend on it, so neither may the answer's
            right = torch.zeros_like(pairs[name][1])
            gradient = right if gradient is None else gradient
        if gradient is None:
            raise Mistake(f"{what}: no gradient reaches {name}: is it used, and never detached?")
        close(gradient, right, f"the gradient of {what} with respect to {name}", tolerance=1e-4)


def parameter_pairs(module: Any, **parts: torch.nn.Module) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """For `same_gradients`: each parameter of an answer's module with the one of the oracle's `parts`."""
    mine = dict(module.named_parameters())
    pairs = {}
    for name, part in parts.items():
        for key, value in part.named_parameters():
            if f"{name}.{key}" not in mine:
                raise Mistake(f"{name}.{key} should be a parameter, so that it learns")
            pairs[f"{name}.{key}"] = (mine[f"{name}.{key}"], value)
    return pairs
