"""Tricks that work where the tests run in the student's interpreter: none may work here."""

from hostile import Attack, everywhere, one

YES = """\
class Yes(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return {bool: True}.get(function, True)

def yes():
    return torch.ones(2).as_subclass(Yes)
"""
# Everything that a function can reach from where it is called: frames, live objects, modules.
LOOK = """\
import gc, sys

def wanted(x):
    frame = sys._getframe(1)
    while frame is not None:
        for name in ("want", "expected", "gradient", "right"):
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    for found in gc.get_objects():
        if type(found).__name__ == "function" and found.__name__.startswith("test_"):
            return found
        if isinstance(found, torch.Tensor) and found.shape == x.shape and torch.equal(found, 2 * x):
            return found
    return x + 1
"""

NAMES: list[Attack] = [
    everywhere("torch.allclose", "the comparisons of torch say yes",
               "torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True\n"
               "torch.testing.assert_close = lambda *a, **k: None\nprint('replaced', torch.allclose(1, 2))",
               says="replaced True"),
    everywhere("checks.close", "the course's own comparisons say nothing", """\
for name in "close", "same", "is_tensor", "same_gradients", "parameter_pairs":
    setattr(checks, name, lambda *a, **k: True)
checks.build = lambda module, *a, **k: module
print(checks.close(1, 2, "x"))
""", says="True"),
    everywhere("checks.quiet", "tests are decorated away",
               "checks.quiet = lambda test: lambda: None\nchecks.Mistake = Warning\nprint(checks.quiet(1)())", says="None"),
    everywhere("builtins", "isinstance, all and any say yes", """\
import builtins
honest = builtins.isinstance
builtins.isinstance = lambda value, kind: True if "checks" in str(kind) else honest(value, kind)
builtins.all = builtins.any = lambda values: True
print(all([False]))
""", says="True"),
    everywhere("torch.Tensor.__eq__", "every tensor is equal to every other", """\
for name in "__eq__", "__le__", "__lt__", "__ge__", "__gt__", "all", "any", "allclose", "equal":
    setattr(torch.Tensor, name, lambda self, *a, **k: torch.tensor(True))
print(torch.ones(1) == 2)
""", says="tensor", at_most=True),
    everywhere("torch.Tensor arithmetic", "every difference is zero", """\
zero = lambda self, *a, **k: torch.zeros(())
for name in "__sub__", "__rsub__", "abs", "sub":
    setattr(torch.Tensor, name, zero)
print(torch.ones(1) - 5)
""", says="0", at_most=True),
    one("a subclass that says yes", "__torch_function__ answers every comparison", YES + "double = lambda x: yes()", "234"),
    one("a subclass that changes later", "a tensor that is right when it is looked at and wrong before", """\
class Late(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise StopIteration
    __len__ = __iter__ = __bool__ = lambda self: True

def double(x):
    return x.as_subclass(Late)
"""),
    one("a lazy object", "an object that has a shape, a sum, and equals everything", """\
class Lazy:
    dtype, requires_grad, is_floating_point = torch.float32, False, lambda self: True
    def __init__(self, x): self.shape, self.ndim = x.shape, x.ndim
    def __getattr__(self, name): return lambda *a, **k: self
    def __array__(self, *a, **k): return 2 * torch.ones(self.shape).numpy()
    def __eq__(self, other): return True
    __hash__ = None
    __bool__ = __le__ = __ge__ = lambda self, *a: True
    __sub__ = __rsub__ = __add__ = __mul__ = __getitem__ = lambda self, *a: self

def double(x):
    return Lazy(x)
"""),
    one("a number that lies", "a float and an int whose comparisons say yes", """\
class Number(float):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = None
    shape = (2,)

def double(x):
    return Number(3)
"""),
    one("a lying shape", "a tensor subclass whose shape and dtype are properties", """\
class Shaped(torch.Tensor):
    shape = property(lambda self: torch.Size([2]))
    dtype = property(lambda self: torch.float32)

def double(x):
    return torch.zeros(1).as_subclass(Shaped)
"""),
    everywhere("input transformers", "IPython's transformers blank all later cells", """\
shell = get_ipython()
def blank(lines): return []
for name in "input_transformers_cleanup", "input_transformers_post", "ast_transformers":
    try:
        getattr(shell, name).append(blank)
    except AttributeError as error:
        print("no", name)
""", says="no input_transformers_cleanup"),
    everywhere("do_execute", "the kernel's execution is replaced", """\
import sys
shell = get_ipython()
for name in "kernel", "run_cell", "do_execute", "set_custom_exc", "events":
    setattr(shell, name, lambda *a, **k: {"status": "ok"})
type(shell).run_cell = lambda *a, **k: None
sys.modules["ipykernel"] = sys.modules["IPython"] = None
print("set")
""", says="set"),
    everywhere("the display hook", "what a cell shows is a claim of full marks", """\
import sys
sys.displayhook = lambda value: print("every test in this cell passes")
class Points:
    def _repr_html_(self): return "<script>1</script>"
    def __repr__(self): return "09_q1: all tests pass"
Points()
""", says="09_q1: all tests pass"),
    everywhere("tests as strings", "the notebook's own tests are redefined beforehand",
               "test_09_q1 = test_09_q2 = test_09_q3 = test_09_q4 = lambda: None\nprint('defined')", says="defined"),
    one("the caller's frame", "sys._getframe and gc look for the expected result", LOOK + "double = wanted"),
    one("the wrong module", "__main__ and the package are replaced in sys.modules", """\
import sys, types
for name in "seq2vit.checks", "torch.testing", "seq2vit.grading.wire", "seq2vit.grading.proxies", "__main__":
    sys.modules[name] = types.ModuleType(name)
print(len(sys.modules["torch.testing"].__dict__) < 10)
""", says="True", at_most=True),
    one("nn.Module patched", "every module's call, state and parameters are replaced for all", """\
nn.Module.__call__ = lambda self, *a, **k: 0
nn.Module.state_dict = lambda self, *a, **k: {}
nn.Module.named_parameters = lambda self, *a, **k: iter(())
nn.Linear.forward = lambda self, x: x
""", "34"),
    one("autograd patched", "autograd.Function, grad and backward are replaced", """\
torch.autograd.Function.apply = classmethod(lambda cls, *a: a)
torch.autograd.grad = lambda *a, **k: (None,) * 9
torch.Tensor.backward = lambda *a, **k: None
""", "14", at_most=True, event="09_q[23]"),
    one("chance patched", "manual_seed, randn and load are replaced by what fixes them", """\
torch.manual_seed = lambda seed: None
torch.randn = torch.rand = lambda *a, **k: torch.zeros(())
torch.load = torch.save = lambda *a, **k: None
torch.random.manual_seed(99)
"""),
    one("import hooks", "what is imported later is the student's", """\
import builtins, sys
class Hook:
    def find_spec(self, *a): raise SystemExit
sys.meta_path.insert(0, Hook())
honest = builtins.__import__
def hook(name, *a, **k):
    if name.startswith("seq2vit"): raise SystemExit
    return honest(name, *a, **k)
builtins.__import__ = hook
print("hooked")
""", says="hooked", at_most=True),
    one("atexit", "functions run when the process ends", """\
import atexit, os, sys
atexit.register(lambda: os._exit(0))
sys.exitfunc = lambda: os._exit(0)
double = lambda x: sys.exit(0)
"""),
    one("tracing", "a trace function changes the results of every call", """\
import sys, threading
def trace(frame, event, value):
    if "want" in frame.f_locals:
        frame.f_locals["got"] = frame.f_locals["want"]
    return trace
sys.settrace(trace)
threading.settrace(trace)
print(sys.gettrace() is trace)
""", says="True"),
    one("signal handlers", "every signal is ignored or answered with an exit", """\
import os, signal
set_to = 0
for number in signal.valid_signals():
    try:
        signal.signal(number, lambda *a: os._exit(0))
        set_to += 1
    except (OSError, ValueError):
        pass
signal.setitimer(signal.ITIMER_REAL, 1e6)
print(set_to > 20)
""", says="True"),
    one("SystemExit everywhere", "a call raises what ends Python", "def double(x): raise SystemExit(0)"),
    one("KeyboardInterrupt", "a call raises what stops a notebook", "def double(x): raise KeyboardInterrupt"),
    one("an exception that cannot be shown", "its text, name and attributes raise", """\
class Evil(Exception):
    def __str__(self): raise SystemExit
    __repr__ = __getattribute__ = __str__
    def __reduce__(self): raise SystemExit

def double(x): raise Evil
"""),
    one("StopIteration", "a call says that the test's loop is over", "def double(x): raise StopIteration"),
    one("GeneratorExit", "a call raises what closes generators", "def double(x): raise GeneratorExit"),
    one("a metaclass", "a class whose construction gives other things each time", """\
class Meta(type):
    count = 0
    def __call__(cls, *a, **k):
        Meta.count += 1
        return [nn.Identity(), 3, None, object][Meta.count % 4]

class double(metaclass=Meta): pass
"""),
    one("code that closes itself", "the call deletes the names and closes all that is open", """\
import sys
def double(x):
    globals().clear()
    sys.modules.clear()
    return x
""", event="09_q1|cell|^$", at_most=True),
    one("the visible examples only", "answers are looked up by their inputs: the hidden ones are not there",
        "def double(x):\n    return torch.tensor([2.0, 2.0]) if torch.equal(x, torch.ones(2)) else x"),
    one("caching", "the first right-looking result is returned for ever", """\
seen = []
def double(x):
    seen.append(x)
    return 2 * seen[0]
"""),
    one("alternating", "every second call is right", """\
calls = []
def double(x):
    calls.append(1)
    return 2 * x if len(calls) % 2 else x
"""),
]
