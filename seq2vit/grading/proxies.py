"""What stands for a student's names in the tests' process: it sends arguments over and brings back plain data."""

import keyword
import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from seq2vit.grading.modules import encode_module
from seq2vit.grading.peer import Peer, Table
from seq2vit.grading.wire import Broken

PATH = re.compile(r"[A-Za-z_]\w{0,80}(\.\w{1,80}){0,20}")
ENTRIES = 5_000  # parameters and buffers of a module
ITEMS = 10_000  # that a generator may give
# What an answer may raise: the same class is raised here, without its text, which the answer chose.
ERRORS = {kind.__name__: kind for kind in (
    ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, FloatingPointError, ImportError,
    IndexError, KeyError, LookupError, MemoryError, ModuleNotFoundError, NameError, NotImplementedError, OSError,
    OverflowError, PermissionError, RecursionError, RuntimeError, TypeError, UnboundLocalError,
    UnicodeError, ValueError, ZeroDivisionError)}


def _refuse(*_: Any) -> Any:
    raise TypeError("this is no data: a test cannot look at it")


class Foreign:
    """Something of the answer's that is no plain data. Whatever a test does with it fails, comparing it included."""

    __slots__ = ()
    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __len__ = __iter__ = __contains__ = _refuse
    __getitem__ = __int__ = __float__ = __index__ = __str__ = __call__ = __add__ = __radd__ = __mul__ = __rmul__ = _refuse


class Opaque(Foreign):
    """Something that only the answers look into, such as a cache: it can be passed back, and nothing else."""

    __slots__ = ("_number",)

    def __init__(self, number: int):
        self._number = number


def foreign(name: str) -> Foreign:
    """A Foreign whose class has the name that the test's message should show."""
    return type(identifier(name, "object"), (Foreign,), {"__slots__": ()})()


def identifier(name: Any, default: str) -> str:
    """`name` if it can be the name of a class, else `default`: names come from the other side."""
    fine = type(name) is str and name.isascii() and name.isidentifier() and len(name) <= 60 and not keyword.iskeyword(name)
    return name if fine else default


class Remote:
    """A function, class or method of the answers."""

    def __init__(self, peer: "Proxies", target: list, name: str):
        self._peer, self._target, self.__name__ = peer, target, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._peer.call_named(self._target, self.__name__, args, kwargs)


class Items:
    """A generator of the answers': each item is asked for when it is needed, up to a bound."""

    def __init__(self, peer: "Proxies", number: int):
        self._peer, self._number, self._left = peer, number, ITEMS

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        if self._left == 0:
            raise RuntimeError("the generator does not end")
        self._left -= 1
        payload, tensors, _ = self._peer.ask("next", self._number, [])
        if payload == ["stop"]:
            raise StopIteration
        return self._peer.decode(payload, tensors)


class Shell(nn.Module):
    """A module of the answers: its parameters and buffers are mirrored here, and only `forward` is remote.

    So `state_dict`, `load_state_dict`, `double()`, tied weights and optimizers are torch's own. What changed here is sent
    before the next call.
    """

    def __init__(self, peer: "Proxies", handle: int, path: str, root: "Shell | None"):
        super().__init__()
        # Its label is the instructor's name for what made it: the class's own name is for the answer to choose.
        label = root._label if root else peer._label
        self.__dict__.update(_peer=peer, _handle=handle, _path=path, _root=root or self, _sent={}, _mode=True, _label=label)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self._peer.call_named(["h", self._handle, self._path, ""], self._label, args, kwargs, self)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_"):
                raise
        payload, tensors, _ = self._peer.ask("attribute", [self._handle, self._path, name], [])
        if payload == ["method"]:
            label = f"{self._label}.{name}"
            peer, target = self._peer, ["h", self._handle, self._path, name]
            return lambda *args, **kwargs: peer.call_named(target, label, args, kwargs, self)
        return self._peer.decode(payload, tensors)

    def __getitem__(self, place: int) -> Any:
        return getattr(self, str(place))  # a part of a Sequential or a ModuleList

    def __deepcopy__(self, memo: dict) -> "Shell":
        raise TypeError("a test cannot copy a student's module: construct another")

    def changed(self, table: Table) -> list:
        """What the other side does not have yet: [name, number in the table] each, and the mode."""
        found = []
        for name, tensor in [*self.named_parameters(), *self.named_buffers()]:
            old = self._sent.get(name)
            if old is None or old.dtype != tensor.dtype or not torch.equal(old, tensor):
                self._sent[name] = tensor.detach().clone()
                found.append([name, table.add(tensor.detach())])
        modes = [[name, module.training] for name, module in self.named_modules()]
        mode, self._mode = (modes if modes != self._mode else None), modes
        return [self._handle, found, mode] if found or mode else []


class Proxies(Peer):
    """The tests' end: it makes proxies of what the answers are, and serves callbacks."""

    def __init__(self, wire: Any, requests: int):
        super().__init__(wire)
        self.requests = requests
        self.broken: Broken | None = None
        self.opaque: set[str] = set()  # the functions whose results may be opaque, by the instructor's word
        self.answer_raised = False  # did the last exception come from the answer's side?
        self.given_raised: str | None = None  # what a callback said when it raised, in the instructor's words
        self._shells: dict[int, Shell] = {}
        self._callbacks: list[Callable] = []
        self._depth = 0
        self._label = ""

    # Asking ---------------------------------------------------------------------------------------------------------

    def call_named(self, target: list, label: str, args: tuple, kwargs: dict, shell: Shell | None = None) -> Any:
        self._label, depth = label, len(self._callbacks)
        self._target = shell
        self.limit_call(True)
        try:
            return self.call(target, args, kwargs)
        finally:
            self.limit_call(False)
            del self._callbacks[depth:]  # a callback lives as long as the call that it was passed to

    def limit_call(self, begins: bool) -> None:
        """Called around each call: the examiner sets its clock."""

    def ask(self, operation: str, body: Any, tensors: list[torch.Tensor]) -> tuple:
        self.requests -= 1
        if self.broken:
            raise self.broken
        try:
            if self.requests < 0:
                raise Broken("it made too many requests")
            return super().ask(operation, body, tensors)
        except Broken as error:
            self.broken = error  # for good: nothing that comes from there counts any more
            raise

    def updates(self, table: Table) -> list:
        if self._target is not None:
            table.shells.append(self._target._root)
            self._target = None
        shells = {id(shell): shell for shell in table.shells}.values()
        table.shells = list(shells)
        return [update for shell in shells if (update := shell.changed(table))]

    def differentiable(self, table: Table) -> tuple[list, list[torch.Tensor]]:
        refs, leaves = super().differentiable(table)
        for shell in table.shells:
            for name, parameter in shell.named_parameters():
                if parameter.requires_grad:
                    refs.append(["p", shell._handle, name])
                    leaves.append(parameter)
        return refs, leaves

    def error(self, payload: Any) -> Exception:
        if type(payload) is not list or len(payload) != 3 or any(type(item) is not str for item in payload):
            raise Broken("it sent an error that is none")
        self.answer_raised = True
        # An error class of the answer's own counts as the nearest one that Python has.
        kind = ERRORS.get(payload[0]) or ERRORS.get(payload[2], RuntimeError)
        if kind is NotImplementedError:
            from seq2vit.checks import Mistake

            return Mistake(f"{self._label} is not written yet")
        return kind(f"{self._label} raised {identifier(payload[0], 'an error')}")

    # Serving --------------------------------------------------------------------------------------------------------

    def serve(self, number: int, payload: Any, tensors: list[torch.Tensor], table: list[list]) -> None:
        self.requests -= 1
        if self.requests < 0 or self._depth > 16:
            raise Broken("it made too many requests")
        if type(payload) is not list or len(payload) != 3:
            raise Broken("it sent a request that is none")
        operation, body, released = payload
        self._depth += 1
        label = self._label
        try:
            if operation == "call" and type(body) is list and len(body) == 6 and type(body[0]) is int \
                    and 0 <= body[0] < len(self._callbacks) and type(body[4]) is list and len(body[4]) <= len(table):
                reply = self.run(self._callbacks[body[0]], body, tensors, table)
            elif operation == "back" and type(body) is list and len(body) == 2 and type(body[0]) is int \
                    and body[0] in self.tapes and type(body[1]) is list and len(body[1]) == len(self.tapes[body[0]][0]) \
                    and all(n is None or type(n) is int and 0 <= n < len(tensors) for n in body[1]):
                reply = self.backward(body, tensors)
            else:
                raise Broken("it asked for something that is not there")
        except Broken:
            raise
        except Exception as error:  # the callback's own complaint about what it was called with
            self.given_raised = str(error)[:500]
            self.wire.send("error", number, [type(error).__name__, str(error), ""], [])
        else:
            self.wire.send("ok", number, *reply)
        finally:
            self._depth -= 1
            self._label = label
            self.release(released)

    def leaf(self, ref: Any, tensors: list[torch.Tensor]) -> torch.Tensor:
        if type(ref) is not list or len(ref) != 2 or type(ref[1]) is not int or not 0 <= ref[1] < len(tensors) \
                or not tensors[ref[1]].requires_grad:
            raise Broken("it asked for the gradient of something that is not there")
        return tensors[ref[1]]

    # Values ---------------------------------------------------------------------------------------------------------

    def encode_object(self, value: Any, table: Table) -> Any:
        if isinstance(value, Shell):
            table.shells.append(value._root)
            return ["h", value._handle, value._path]
        if isinstance(value, nn.Module):
            return encode_module(value, self, table)
        if isinstance(value, Opaque):
            return ["o", value._number]
        if isinstance(value, Remote):
            return ["N", value._target]
        if callable(value) and not isinstance(value, type):
            self._callbacks.append(value)
            return ["c", len(self._callbacks) - 1]
        if isinstance(value, (Foreign, Items)):
            raise TypeError(f"{self._label} is given something that another answer returned and that is no data")
        raise TypeError(f"a test cannot send a {type(value).__name__} to an answer")

    def decode_object(self, tag: str, rest: list, tensors: list[torch.Tensor]) -> Any:
        if tag == "h" and len(rest) == 2 and type(rest[0]) is int:
            return self._shell(rest[0], rest[1], tensors)
        if tag in ("o", "f", "g", "c") and len(rest) == 2 and type(rest[0]) is int:
            number, name = rest
            if tag == "o" and self._label.rpartition(".")[2] in self.opaque:
                return Opaque(number)
            if tag == "g":
                return Items(self, number)
            if tag == "c":
                return Remote(self, ["o", number], self._label)
            return foreign(name)
        raise Broken("it sent a value of no known kind")

    def _shell(self, handle: int, told: Any, tensors: list[torch.Tensor]) -> Shell:
        if told is None:
            if handle not in self._shells:
                raise Broken("it sent a module that is not there")
            return self._shells[handle]
        if type(told) is not list or len(told) != 3 or type(told[2]) is not list or len(told[2]) > ENTRIES:
            raise Broken("it sent a module that is none")
        kind = type(identifier(told[0], "Module"), (Shell,), {})
        shell = self._shells[handle] = kind(self, handle, "", None)
        tied: dict[int, nn.Parameter] = {}
        for entry in told[2]:
            if type(entry) is not list or len(entry) != 4 or type(entry[0]) is not str or not PATH.fullmatch(entry[0]) \
                    or type(entry[2]) is not int or not 0 <= entry[2] < len(tensors):
                raise Broken("it sent a module that is none")
            self._grow(shell, *entry, tensors, tied)
        shell.train(told[1] is True)
        both = [*shell.named_parameters(), *shell.named_buffers()]
        shell._sent.update((name, tensor.detach().clone()) for name, tensor in both)
        shell.__dict__["_mode"] = [[name, module.training] for name, module in shell.named_modules()]
        return shell

    def _grow(self, shell: Shell, name: str, kind: Any, place: int, needs_grad: Any, tensors: list, tied: dict) -> None:
        *way, last = name.split(".")
        module, path = shell, ""
        for part in way:
            path = f"{path}.{part}" if path else part
            if part not in module._modules:
                if part in module.__dict__ or part in module._parameters or part in module._buffers:
                    raise Broken("it sent a module with a name that is taken")
                module._modules[part] = Shell(self, shell._handle, path, shell)
            module = module._modules[part]
        if last in module.__dict__ or last in module._modules or last in module._parameters or last in module._buffers:
            raise Broken("it sent a module with a name that is taken")
        tensor = tensors[place]
        if kind == "p":
            if place not in tied:
                tied[place] = nn.Parameter(tensor, requires_grad=needs_grad is True and tensor.is_floating_point())
            module._parameters[last] = tied[place]
        else:
            module._buffers[last] = tensor
            if kind == "n":
                module._non_persistent_buffers_set.add(last)
