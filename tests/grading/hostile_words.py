"""Attacks by way of words and state: carrying a hidden test's inputs off, and steering the tests."""

from hostile import ANSWERS, WRONG, Attack

# Collects what the tests pass in, and makes a name of it.
SEEN = """\
import os, sys, warnings, logging

SEEN = []

def leak(x=None):
    if isinstance(x, torch.Tensor) and x.numel():
        SEEN.append(int(x.flatten()[0]))
    elif isinstance(x, int):
        SEEN.append(x)
    return "LEA" + "KED_" + "_".join(map(str, SEEN)).replace("-", "m")
"""
FIRST = "def double(x):\n    leak(x)\n    return 2 * x\n"


def carried(name: str, idea: str, source: str, earns: str = "234", where: int = 1, **more) -> Attack:
    """From the answer to a question; the first one remembers what it saw, unless it is this."""
    answers = {"09_q1": f"{SEEN}\n{FIRST}", f"09_q{where}": source if where > 1 else f"{SEEN}\n{source}"}
    return Attack(name, idea, answers, earns, **more)


def scale(body: str, more: str = "") -> str:
    return ("class Scale(nn.Module):\n    def __init__(self, D):\n        super().__init__()\n"
            f"        leak(D)\n        {body}\n    def forward(self, x):\n        {more or 'return x'}\n")


WORDS: list[Attack] = [
    carried("the text of an exception", "an error says what the inputs were", "def double(x):\n    raise ValueError(leak(x))"),
    carried("the name of an exception", "an error is called what the inputs were",
            "def double(x):\n    raise type(leak(x), (Exception,), {})"),
    carried("an unwritten answer", "NotImplementedError, which the tests tell in words",
            "def double(x):\n    raise NotImplementedError(leak(x))"),
    carried("notes and causes", "an error with notes, from another one", """\
def double(x):
    error = TypeError(leak(x))
    error.add_note(leak(x))
    raise error from KeyError(leak(x))
"""),
    carried("an error of the given words", "a text like the instructor's own", """\
def double(x):
    raise checks.Mistake(leak(x), leak(x), leak(x))
"""),
    carried("prints in a call", "stdout, stderr, logs, warnings and descriptors", """\
def double(x):
    print(leak(x))
    print(leak(x), file=sys.stderr)
    logging.error(leak(x))
    warnings.warn(leak(x))
    os.write(1, leak(x).encode())
    get_ipython().write(leak(x))
    display(leak(x))
    return 2 * x
""", "1234"),
    carried("a shape for a message", "the result has as many rows as the input says",
            "def double(x):\n    return torch.zeros(abs(int(x.sum())) % 1_000_000) if x.numel() else x"),
    carried("a value for a message", "the result is the input", "def double(x):\n    return x"),
    carried("a string for a result", "the result is text", "def double(x):\n    return leak(x)"),
    carried("a type for a message", "the result's class has a telling name",
            "def double(x):\n    return type(leak(x), (), {})()"),
    carried("a class for a result", "the result is a class or a function with a telling name", """\
def double(x):
    made = lambda: None
    made.__name__ = made.__qualname__ = leak(x)
    return made if len(SEEN) % 2 else type(leak(x), (), {})
"""),
    carried("names of a tuple's fields", "a named tuple and a dict", """\
from collections import namedtuple
def double(x):
    return namedtuple("T", [leak(x)])({leak(x): x})
"""),
    carried("a parameter too many", "a parameter is called what the inputs were",
            scale("self.W = nn.Linear(D, D, bias=False)\n        setattr(self, leak(), nn.Linear(1, 1))"), "134", 2),
    carried("a parameter too few", "and another one is missing", scale("setattr(self, leak(), nn.Linear(D, D))"), "134", 2),
    carried("a parameter of another shape", "the shape says it", scale("self.W = nn.Linear(SEEN[0] % 100_000, 1, bias=False)"),
            "134", 2),
    carried("a module's name", "the class is called so, and its forward is not written", scale(
        "self.W = nn.Linear(D, D, bias=False); type(self).__name__ = type(self).__qualname__ = leak()",
            "raise NotImplementedError"),
        "134", 2),
    carried("a module's missing part", "getattr raises with a telling text", scale(
        "self.W = nn.Linear(D, D, bias=False)", "return getattr(self, leak())"), "134", 2),
    carried("a load that complains", "load_state_dict raises", scale("self.W = nn.Linear(D, D, bias=False)") + """\
    def load_state_dict(self, *a, **k):
        raise RuntimeError(leak())
    def state_dict(self, *a, **k):
        return {leak(): torch.ones(1)}
""", "134", 2, ),
    carried("a callback's complaint", "the callback is called so that its error tells", """\
def repeat(step, x):
    leak(x)
    return step(leak(), *[leak()] * 9)
""", "124", 3),
    carried("a generator's complaint", "the second item raises", """\
def count(n):
    yield torch.tensor(n)
    raise type(leak(n), (RuntimeError,), {})(leak(n))
""", "123", 4),
    Attack("a cell behind a test prints", "the student's own cell shows what the test before it passed in",
           {"09_q1": f"{SEEN}\n{FIRST}"}, "1234", after={"09_q1": ["print(leak())", "leak()", "display(leak())"]}),
    Attack("a cell behind a test fails", "its error tells", {"09_q1": f"{SEEN}\n{FIRST}"}, "1234", fails=True,
           after={"09_q1": ["raise type(leak(), (Exception,), {})(leak())", "assert not leak()"]}),
    Attack("an answer behind a test prints", "the next answer's cell shows it",
           {"09_q1": f"{SEEN}\n{FIRST}", "09_q2": f"{ANSWERS['09_q2']}\nprint(leak())\nleak()"}, "1234"),
    Attack("kept output", "text printed in a call comes out in the next cell",
           {"09_q1": f"{SEEN}\nheld = sys.stdout\ndef double(x):\n    held.parts.append(leak(x))\n    return 2 * x"}, "1234",
           after={"09_q1": ["1"]}),
    Attack("a note for the next try", "a file is left before the process ends, and read when the cells run again",
           {"09_q1": f"""\
{SEEN}
print(os.listdir("."), [open(name).read() for name in os.listdir(".")])
def double(x):
    open("note", "w").write(leak(x))
    os._exit(0)
"""}, "234", says=r"\[\] \[\]", event="09_q1: it ended"),
]

STEERING: list[Attack] = [
    Attack("inputs zeroed", "the inputs are overwritten, so that everything agrees", {
        "09_q1": "def double(x):\n    return x.zero_()",
        "09_q2": ANSWERS["09_q2"].replace("return self.W(x)", "return x.detach().zero_()"),
        "09_q3": "def repeat(step, x):\n    x.data.zero_()\n    return x", "09_q4": WRONG["09_q4"]}),
    Attack("chance steered", "seeds are set in every answer", {
        "09_q1": "def double(x):\n    torch.manual_seed(1)\n    return x + torch.randn(())",
        "09_q3": WRONG["09_q3"].replace("x = step", "torch.manual_seed(t)\n        x = step"),
        "09_q4": WRONG["09_q4"].replace("while True:", "while torch.manual_seed(1):")}, "2"),
    Attack("settings steered", "dtype, device, gradients, threads and determinism are others", {"09_q1": """\
def double(x):
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.use_deterministic_algorithms(True)
    torch.set_flush_denormal(True)
    torch.autograd.set_detect_anomaly(True)
    torch.set_default_device("meta")
    return x + 1
"""}, "234", at_most=True, event="|"),
    Attack("weights that answer themselves", "load_state_dict and parameters are the student's", {"09_q2": """\
class Scale(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.W = nn.Linear(D, D, bias=False)
    def load_state_dict(self, state, *a, **k): raise SystemExit
    def parameters(self, *a): return iter(())
    def state_dict(self, *a, **k): return {}
    def train(self, *a): return None
    eval = double = to = train
    def forward(self, x): return x
"""}, "134", at_most=True),
    Attack("a hook for every module", "global hooks change what modules return", {"09_q2": ANSWERS["09_q2"] + """
nn.modules.module.register_module_forward_hook(lambda module, inputs, output: output * 0)
"""}, "134"),
    Attack("a backward of one's own", "an autograd.Function whose gradient is the input's", {"09_q2": """\
class Other(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, W):
        return x @ W.T
    @staticmethod
    def backward(ctx, gradient):
        return gradient, None

class Scale(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.W = nn.Linear(D, D, bias=False)
    def forward(self, x):
        return Other.apply(x, self.W.weight)
"""}, "134"),
    Attack("the input given back", "an alias of the input, changed later", {"09_q1": """\
last = []
def double(x):
    for old in last:
        old.mul_(2)
    last.append(x)
    return x
"""}, "234"),
    Attack("the test recognised", "right for the visible example, and for whatever was seen before", {"09_q2": """\
class Scale(nn.Module):
    def __init__(self, D):
        super().__init__()
        self.W = nn.Linear(D, D, bias=False)
    def forward(self, x):
        return torch.tensor([[3.0]]) if x.shape == (1, 1) else x
"""}, "134"),
    Attack("steps of the callback skipped", "the callback is not called: its result is guessed", {"09_q3": """\
def repeat(step, x):
    return x + 3
"""}, "124"),
    Attack("a generator that looks around", "it yields what it finds in its caller's frame", {"09_q4": """\
import sys
def count(n):
    while True:
        frame = sys._getframe(1)
        yield frame.f_locals.get("n", torch.tensor(0))
"""}, "123"),
]
