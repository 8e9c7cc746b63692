"""The answers' end: runs the given cells and the student's in a sandbox, and serves calls on what they define.

Nothing here is trusted by the other end: a student's code can change any of it.
"""

import ast
import asyncio
import inspect
import io
import linecache
import os
import random
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from seq2vit.grading.modules import decode_function, decode_module
from seq2vit.grading.peer import Peer, Table
from seq2vit.grading.wire import Broken, Wire

AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Sink(io.TextIOBase):
    """What cells print, up to a bound; the rest is counted out."""

    def __init__(self, limit: int):
        self.limit, self.parts, self.size = limit, [], 0

    def write(self, text: str) -> int:
        if self.size < self.limit:
            self.parts.append(text[: self.limit - self.size])
        self.size += len(text)
        return len(text)

    def writable(self) -> bool:
        return True

    def take(self) -> str:
        text = "".join(self.parts) + ("\n[...]\n" if self.size > self.limit else "")
        self.parts, self.size = [], 0
        return _sendable(text)


class Shell:
    """What `get_ipython()` gives: magics and shell commands of a notebook do nothing here."""

    def __init__(self, names: dict):
        self.user_ns = names

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        if name in ("time", "timeit", "capture", "prun"):  # the cell itself counts
            exec(compile(body, "<cell>", "exec"), self.user_ns)

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> Any:
        if name in ("time", "timeit", "prun") and line.strip():
            exec(compile(line, "<cell>", "exec"), self.user_ns)


def show(*values: Any, **_: Any) -> None:
    for value in values:
        print(repr(value))


class Answers(Peer):
    """Runs cells, and calls what they define."""

    def __init__(self, wire: Wire, output: int):
        super().__init__(wire)
        self.module = types.ModuleType("__main__")
        self.names = self.module.__dict__
        self.sink = Sink(output)
        self.handles: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}
        self.given: dict[str, Any] = {}
        sys.modules["__main__"] = self.module
        sys.stdout = sys.stderr = self.sink  # type: ignore[assignment]
        self.names.update(get_ipython=lambda: Shell(self.names), display=show, input=self._no_input)

    @staticmethod
    def _no_input(*_: Any) -> str:
        raise EOFError("nobody can type while a notebook is graded")

    def work(self) -> None:
        """Serve until the other end is gone."""
        while True:
            kind, number, payload, tensors, table = self.wire.receive()
            if kind == "ask":
                self.serve(number, payload, tensors, table)

    # Serving --------------------------------------------------------------------------------------------------------

    def serve(self, number: int, payload: Any, tensors: list, table: list) -> None:
        operation, body, released = payload
        self.release(released)
        try:
            reply = getattr(self, f"do_{operation}")(body, tensors, table)
            self.wire.send("ok", number, *reply)
        except Broken:
            raise
        except BaseException as error:  # SystemExit and KeyboardInterrupt, too, are an answer's
            self.wire.send("error", number, [type(error).__name__, _text(error), _nearest(error)], [])
        self.sink.take()

    def do_cells(self, body: list, tensors: list, table: list) -> tuple[list, list]:
        """Run cells; for each [what it printed, the error that ended it or ""]."""
        found = []
        for kind, name, source in body:
            error = ""
            before = dict(self.names)
            try:
                self._execute(source, name)
            except BaseException as problem:
                error = f"{type(problem).__name__}: {_text(problem)}"
            if kind == "given":
                self.given.update({key: value for key, value in self.names.items() if before.get(key) is not value})
            found.append([self.sink.take(), error])
        return found, []

    def _execute(self, source: str, name: str) -> None:
        if _needs_ipython(source):
            from IPython.core.inputtransformer2 import TransformerManager

            source = TransformerManager().transform_cell(source)
        file = f"<{name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)  # for inspect and tracebacks
        tree = ast.parse(source, file)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        if tree.body:
            self._run(compile(tree, file, "exec", AWAIT, dont_inherit=True))
        if last is not None:
            value = self._run(compile(ast.Expression(last.value), file, "eval", AWAIT, dont_inherit=True))
            if value is not None and not source.rstrip().endswith(";"):
                print(repr(value))

    def _run(self, code: types.CodeType) -> Any:
        value = eval(code, self.names)
        return asyncio.run(value) if code.co_flags & inspect.CO_COROUTINE else value

    def do_begin(self, body: list, tensors: list, table: list) -> tuple[list, list]:
        """A test begins: chance starts anew, and the names that the answers define are told."""
        random.seed(0)
        torch.default_generator.manual_seed(0)  # of the CPU: to seed all devices takes as long as a test
        sys.modules["numpy"].random.seed(0)
        torch.set_grad_enabled(True)
        torch.set_default_dtype(torch.float32)
        warnings.resetwarnings()
        return [name for name in body if name in self.names], []

    def do_call(self, body: list, tensors: list, table: list) -> tuple[list, list]:
        self._update(body[5], tensors)
        return self.run(self._find(body[0]), body, tensors, table)

    def do_back(self, body: list, tensors: list, table: list) -> tuple[Any, list]:
        return self.backward(body, tensors)

    def do_attribute(self, body: list, tensors: list, table: list) -> tuple[Any, list]:
        handle, path, name = body
        value = getattr(self._module(handle, path), name)
        if inspect.ismethod(value):
            return ["method"], []
        reply = Table()
        return self.encode(value, reply), reply.tensors

    def do_next(self, body: int, tensors: list, table: list) -> tuple[Any, list]:
        try:
            value = next(self.handles[body])
        except StopIteration:
            return ["stop"], []
        reply = Table()
        return self.encode(value, reply), reply.tensors

    def run(self, function: Any, body: list, tensors: list, table: list) -> tuple[Any, list]:
        for i, line in enumerate(table):
            if line[4]:
                tensors[i] = nn.Parameter(tensors[i], requires_grad=line[2])
            elif line[5] is not None:
                tensors[i] = _laid_out(tensors[i], line[5])
        return super().run(function, body, tensors, table)

    def leaf(self, ref: list, tensors: list) -> torch.Tensor:
        if ref[0] == "p":
            return dict(self.handles[ref[1]].named_parameters(remove_duplicate=False))[ref[2]]
        return tensors[ref[1]]

    def _module(self, handle: int, path: str) -> Any:
        module = self.handles[handle]
        return module.get_submodule(path) if path else module

    def _find(self, target: list) -> Callable:
        if target[0] == "n":
            return self.names[target[1]]
        if target[0] == "o":
            return self.handles[target[1]]
        module = self._module(target[1], target[2])
        return getattr(module, target[3]) if target[3] else module

    def _update(self, updates: list, tensors: list) -> None:
        """Take over what the tests changed in modules: weights, dtypes, training or evaluation mode."""
        for handle, changed, modes in updates:
            module = self.handles[handle]
            mine: dict[str, torch.Tensor] = dict(module.named_parameters(remove_duplicate=False))
            mine |= dict(module.named_buffers(remove_duplicate=False))
            with torch.no_grad():
                for name, place in changed:
                    if mine[name].dtype == tensors[place].dtype and mine[name].shape == tensors[place].shape:
                        mine[name].copy_(tensors[place])
                    else:
                        mine[name].data = tensors[place]
            if modes is not None:
                told = dict(modes)
                for name, part in module.named_modules():
                    while name not in told:  # a part without weights, such as dropout, goes with the one around it
                        name = name.rpartition(".")[0]
                    part.training = told[name]

    # Values ---------------------------------------------------------------------------------------------------------

    def encode_object(self, value: Any, table: Table) -> Any:
        new = id(value) not in self.numbers
        number = self.numbers.setdefault(id(value), len(self.handles))
        self.handles[number] = value  # kept, so that its id stays its own
        if isinstance(value, nn.Module):
            return ["h", number, self._told(value, table) if new else None]
        kind = type(value).__name__
        if inspect.isgenerator(value) or hasattr(value, "__next__"):
            return ["g", number, kind]
        if inspect.isroutine(value):
            return ["c", number, getattr(value, "__name__", kind)]
        return ["o" if value is not Ellipsis else "f", number, kind]

    def _told(self, module: nn.Module, table: Table) -> list:
        lasting = set(module.state_dict(keep_vars=True))
        entries = [[name, "p", table.add(p), p.requires_grad] for name, p in module.named_parameters(remove_duplicate=False)]
        entries += [[name, "b" if name in lasting else "n", table.add(b), False]
                    for name, b in module.named_buffers(remove_duplicate=False)]
        place = {name: i for i, name in enumerate(module.state_dict(keep_vars=True))}
        entries.sort(key=lambda entry: place.get(entry[0], len(place)))
        return [type(module).__name__, module.training, entries]

    def decode_object(self, tag: str, rest: list, tensors: list) -> Any:
        if tag == "h":
            return self._module(*rest)
        if tag == "o":
            return self.handles[rest[0]]
        if tag == "N":
            return self._find(rest[0])
        if tag == "c":
            return _callback(self, rest[0])
        if tag == "M":
            return decode_module(rest, self, tensors, self.given)
        if tag == "F":
            return decode_function(rest)
        raise Broken(f"no value: {tag}")

    def error(self, payload: Any) -> Exception:
        from seq2vit.grading.proxies import ERRORS

        return ERRORS.get(payload[0], RuntimeError)(payload[1])


def _callback(peer: Answers, number: int) -> Callable:
    return lambda *args, **kwargs: peer.call(number, args, kwargs)


def _laid_out(tensor: torch.Tensor, strides: list[int]) -> torch.Tensor:
    """The same numbers, lying in memory as they did on the other side."""
    size = 1 + sum((n - 1) * step for n, step in zip(tensor.shape, strides, strict=True)) if tensor.numel() else 0
    view = torch.empty(size, dtype=tensor.dtype).as_strided(tensor.shape, strides)
    into, values = view, tensor
    for axis, step in enumerate(strides):  # an expanded axis is one row, seen many times
        if step == 0 and tensor.shape[axis] > 1:
            into, values = into.narrow(axis, 0, 1), values.narrow(axis, 0, 1)
    into.copy_(values)
    return view


def _sendable(text: str) -> str:
    """Half a surrogate pair is no text that can be sent."""
    return text.encode("utf-8", "replace").decode()


def _nearest(error: BaseException) -> str:
    """The name of the first of the error's classes that Python has: ValueError for a subclass that the answer defines."""
    return next((kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"), "")


def _text(error: BaseException) -> str:
    try:
        return _sendable(str(error)[:500])
    except BaseException:
        return ""


def _needs_ipython(source: str) -> bool:
    if not any(mark in source for mark in ("%", "!", "?")):
        return False
    try:
        ast.parse(source)
    except SyntaxError:
        return True
    return False


def main(end: Any, limits: dict[str, Any]) -> None:
    """Serve on `end` and end the process. Called in the sandbox."""
    try:
        Answers(Wire(end, limits["message"], 1 << 62), limits["output"]).work()
    except BaseException:
        pass
    finally:
        os._exit(0)
