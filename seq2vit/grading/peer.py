"""One end of the conversation between the tests and the answers: values as trees, calls both ways, gradients across.

Both ends are alike. A call sends its arguments and brings back plain data; while one side waits for an answer, it serves
what the other side asks. The side that computed keeps the tape, and a backward pass is one more request: one
`autograd.Function` carries first-order gradients to inputs and parameters, whichever side they live on.

A value on the wire is None, bool, int, float, str, or a list whose first entry says what it is: "t" tensor (its number in
the message's table), "T" tuple, "L" list, "D" dict, "S" torch.Size, "d" dtype, "v" device, "i" a long int, and what the
two sides add (modules, callables, generators, opaque objects).
"""

import os
import re
from typing import Any

import torch

from seq2vit.grading.wire import DTYPES, NAMES, Broken, Wire

DEPTH = 50
LONG = re.compile(r"-?[0-9]{1,400}")


class Table:
    """The tensors of one message, each once, and the modules whose weights it relies on."""

    def __init__(self) -> None:
        self.tensors: list[torch.Tensor] = []
        self.shells: list[Any] = []
        self._seen: dict[int, int] = {}

    def add(self, tensor: torch.Tensor) -> int:
        key = id(tensor)
        if key not in self._seen:
            self._seen[key] = len(self.tensors)
            self.tensors.append(tensor)
        return self._seen[key]


class Peer:
    """What both ends share. A subclass says what else can be sent and what may be asked of it."""

    def __init__(self, wire: Wire):
        self.wire = wire
        self.tapes: dict[int, tuple[list, list]] = {}
        self.released: list[int] = []  # the other side's tapes that nobody here needs any more
        self._tape = 0

    # Values ---------------------------------------------------------------------------------------------------------

    def encode(self, value: Any, table: Table, depth: int = 0) -> Any:
        """The tree of a value; its tensors go into `table`."""
        kind = type(value)
        if value is None or kind is bool or kind is float or kind is str:
            return value
        if kind is int:
            return value if -(1 << 63) <= value < 1 << 63 else ["i", str(value)]
        if depth > DEPTH:
            return self.encode_object(value, table)
        if isinstance(value, torch.Tensor):
            if value.layout is torch.strided and value.dtype in NAMES and value.device.type == "cpu":
                return ["t", table.add(value)]
            return self.encode_object(value, table)
        if isinstance(value, (tuple, list)):
            tag = "S" if kind is torch.Size else "T" if isinstance(value, tuple) else "L"
            return [tag, *[self.encode(item, table, depth + 1) for item in value]]
        if isinstance(value, dict):
            return ["D", *[[self.encode(k, table, depth + 1), self.encode(v, table, depth + 1)] for k, v in value.items()]]
        if kind is torch.dtype and value in NAMES:
            return ["d", NAMES[value]]
        if kind is torch.device:
            return ["v", str(value)]
        for base in (bool, int, float, str):  # numpy's float64 is a float, an enumeration's member may be an int
            if isinstance(value, base):
                return self.encode(base(value) if base is not str else str.__str__(value), table, depth + 1)
        return self.encode_object(value, table)

    def decode(self, tree: Any, tensors: list[torch.Tensor], depth: int = 0) -> Any:
        """The value of a tree.

        Raises:
            Broken: it is none.
        """
        if tree is None or type(tree) in (bool, int, float, str):
            return tree
        if type(tree) is not list or not tree or type(tree[0]) is not str or depth > DEPTH + 2:
            raise Broken("it sent a value that is none")
        tag, rest = tree[0], tree[1:]
        if tag == "t" and len(rest) == 1 and type(rest[0]) is int and 0 <= rest[0] < len(tensors):
            return tensors[rest[0]]
        if tag == "T":
            return tuple(self.decode(item, tensors, depth + 1) for item in rest)
        if tag == "L":
            return [self.decode(item, tensors, depth + 1) for item in rest]
        if tag == "S" and all(type(n) is int for n in rest):
            return torch.Size(rest)
        if tag == "D":
            return self._dict(rest, tensors, depth)
        if tag == "d" and len(rest) == 1 and type(rest[0]) is str and rest[0] in DTYPES:
            return DTYPES[rest[0]]
        if tag == "v" and rest == ["cpu"]:
            return torch.device("cpu")
        if tag == "i" and len(rest) == 1 and type(rest[0]) is str and LONG.fullmatch(rest[0]):
            return int(rest[0])
        return self.decode_object(tag, rest, tensors)

    def _dict(self, rest: list, tensors: list[torch.Tensor], depth: int) -> dict:
        found = {}
        for item in rest:
            if type(item) is not list or len(item) != 2:
                raise Broken("it sent a dict that is none")
            key = self.decode(item[0], tensors, depth + 1)
            try:
                found[key] = self.decode(item[1], tensors, depth + 1)
            except TypeError as error:
                raise Broken("it sent a dict with a key that cannot be one") from error
        return found

    def encode_object(self, value: Any, table: Table) -> Any:
        raise NotImplementedError

    def decode_object(self, tag: str, rest: list, tensors: list[torch.Tensor]) -> Any:
        raise NotImplementedError

    # Asking ---------------------------------------------------------------------------------------------------------

    def ask(self, operation: str, body: Any, tensors: list[torch.Tensor]) -> tuple[Any, list[torch.Tensor], list[list]]:
        """Send a request and serve the other side until its reply comes.

        Raises:
            Broken: the other side ended or breaks the protocol: a reply counts only if it echoes the request's number,
                which cannot be guessed before.
        """
        number = int.from_bytes(os.urandom(7), "little")
        released, self.released = self.released, []
        self.wire.send("ask", number, [operation, body, released], tensors)
        while True:
            kind, found, payload, back, table = self.wire.receive()
            if kind == "ask":
                self.serve(found, payload, back, table)
            elif found != number:
                raise Broken("it sent a reply that nobody asked for")
            elif kind == "ok":
                return payload, back, table
            elif kind == "error":
                raise self.error(payload)
            else:
                raise Broken("it sent a message of no known kind")

    def call(self, target: list, args: tuple, kwargs: dict) -> Any:
        """Call something of the other side's, with gradients where one of the arguments (or weights) wants them."""
        table = Table()
        body = [target, self.encode(args, table), self.encode(kwargs, table)]
        grad = torch.is_grad_enabled()
        updates = self.updates(table)  # may add tensors, which no gradient reaches
        diff, leaves = self.differentiable(table) if grad else ([], [])
        request = _Request(self, [*body, grad, diff, updates], table.tensors)
        if not leaves:
            return self.decode(request.run(), request.outputs)
        outputs = _Remote.apply(request, *leaves)
        return self.decode(request.tree, list(outputs))

    def updates(self, table: Table) -> list:
        return []

    def differentiable(self, table: Table) -> tuple[list, list[torch.Tensor]]:
        """What a call's gradients are taken with respect to: how the other side finds it, and the tensor here."""
        pairs = [(["x", i], tensor) for i, tensor in enumerate(table.tensors) if tensor.requires_grad]
        return [ref for ref, _ in pairs], [tensor for _, tensor in pairs]

    def error(self, payload: Any) -> Exception:
        raise NotImplementedError

    # Serving --------------------------------------------------------------------------------------------------------

    def serve(self, number: int, payload: Any, tensors: list[torch.Tensor], table: list[list]) -> None:
        raise NotImplementedError

    def run(self, function: Any, body: list, tensors: list[torch.Tensor], table: list[list]) -> tuple[Any, list]:
        """Call `function` for the other side and keep the tape if it will need one; returns the reply."""
        _, args, kwargs, grad, diff, _ = body
        found: list = list(tensors)
        with torch.set_grad_enabled(bool(grad)):
            for i, line in enumerate(table if grad else []):
                if line[2] is True and tensors[i].is_floating_point():
                    tensors[i].requires_grad_()
                    if line[3] is not True:  # not a leaf there: not one here, or it could not be changed in place
                        found[i] = tensors[i].clone()
            result = function(*self.decode(args, found), **self.decode(kwargs, found))
            reply = Table()
            tree = self.encode(result, reply)
        tape = None
        if grad and diff and any(tensor.requires_grad for tensor in reply.tensors):
            leaves = [self.leaf(ref, tensors) for ref in diff]
            self._tape += 1
            tape, self.tapes[self._tape] = self._tape, (reply.tensors, leaves)
        return [tree, tape], reply.tensors

    def leaf(self, ref: list, tensors: list[torch.Tensor]) -> torch.Tensor:
        return tensors[ref[1]]

    def backward(self, body: list, tensors: list[torch.Tensor]) -> tuple[Any, list]:
        """The gradients of a kept call."""
        tape, places = body
        outputs, leaves = self.tapes[tape]
        pairs = [(output, tensors[place]) for output, place in zip(outputs, places, strict=True)
                 if place is not None and output.requires_grad]
        with torch.enable_grad():
            # The gradient of a sum: with grad_outputs torch would import sympy first, half a second in every child.
            total = sum((output * grad).sum() for output, grad in pairs)
            found = torch.autograd.grad(total, leaves, retain_graph=True, allow_unused=True) if pairs else [None] * len(leaves)
        table = Table()
        return [None if g is None else self.encode(g, table)[1] for g in found], table.tensors

    def release(self, tapes: Any) -> None:
        for tape in tapes if type(tapes) is list else []:
            if type(tape) is int:
                self.tapes.pop(tape, None)


class _Request:
    """A call on its way, and the other side's tape of it, which is released when nobody can go back to it."""

    def __init__(self, peer: Peer, body: list, tensors: list[torch.Tensor]):
        self.peer, self.body, self.tensors = peer, body, tensors
        self.tree: Any = None
        self.outputs: list[torch.Tensor] = []
        self.tape: int | None = None

    def run(self) -> Any:
        payload, self.outputs, self.table = self.peer.ask("call", self.body, self.tensors)
        if type(payload) is not list or len(payload) != 2 or not (payload[1] is None or type(payload[1]) is int):
            raise Broken("it sent a result that is none")
        self.tree, self.tape = payload
        self.tensors = []
        return self.tree

    def __del__(self) -> None:
        if self.tape is not None:
            self.peer.released.append(self.tape)


class _Remote(torch.autograd.Function):
    """A call whose gradients are computed on the other side."""

    @staticmethod
    def forward(ctx: Any, request: _Request, *leaves: torch.Tensor) -> tuple[torch.Tensor, ...]:
        request.run()
        ctx.request, ctx.leaves = request, leaves
        ctx.set_materialize_grads(False)
        outputs, request.outputs = request.outputs, []  # else a cycle would keep the tape on the other side
        fixed = [tensor for tensor, line in zip(outputs, request.table, strict=True)
                 if request.tape is None or line[2] is not True or not tensor.is_floating_point()]
        ctx.mark_non_differentiable(*fixed)
        return tuple(outputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        request = ctx.request
        table = Table()
        places = [None if grad is None else table.add(grad) for grad in grads]
        payload, tensors, _ = request.peer.ask("back", [request.tape, places], table.tensors)
        if type(payload) is not list or len(payload) != len(ctx.leaves):
            raise Broken("it sent gradients that are none")
        found: list = [None]
        for place, leaf in zip(payload, ctx.leaves, strict=True):
            if place is None:
                found.append(None)
                continue
            if type(place) is not int or not 0 <= place < len(tensors) or tensors[place].shape != leaf.shape:
                raise Broken("it sent a gradient of another shape")
            found.append(tensors[place].to(leaf.dtype))
        return tuple(found)
