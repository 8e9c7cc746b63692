"""Thousands of damaged replies: valid messages, mutated by chance from a seed."""

import random
import struct
from typing import Any

import msgspec
import torch

from seq2vit.grading import proxies, wire

pack, unpack = msgspec.msgpack.encode, msgspec.msgpack.decode
NUMBER = int.from_bytes(b"1234567", "little")  # of every request, see `fixed_number`
ITEM = ["float32", [2, 3], True, False, False, None]
WEIGHT = ["float32", [3, 3], True, True, True, None]
MASK = ["bool", [5], False, True, False, None]
MODULE = ["h", 7, ["Scale", True, [["W.weight", "p", 1, True], ["inner.0.shift", "b", 0, False], ["own", "n", 2, False]]]]
VALUES: list[Any] = [
    None, True, -1, 0.5, "text", ["t", 0], ["T", ["t", 0], ["t", 1]], ["L", 1, ["L", 2, ["L"]]],
    ["D", ["a", ["t", 2]], [3, None]], ["S", 2, 3], ["d", "float64"], ["v", "cpu"], ["i", str(10**30)], MODULE, ["h", 7,
        None], ["g", 3, "generator"],
    ["o", 4, "Cache"], ["c", 5, "function"], ["f", 6, "ellipsis"],
]
TABLE = [ITEM, WEIGHT, MASK]
BLOB = struct.pack("<6f", *range(6)) + struct.pack("<9f", *range(9)) + bytes(4) + b"\1\0\1\1\0" + bytes(3)
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 7, 1 << 40, (1 << 63) - 1, -(1 << 63), (1 << 64) - 1, 0.0, float("nan"), float("inf"), "", "t",
    "T", "D", "h", "g", "o", "c", "S", "i", "d", "v", "ok", "error", "ask", "call", "back", "next", "float32", "cpu",
        "__class__",
    "forward", "W.weight", "a" * 300, "\n", [], ["t"], ["L"], [[]], ["D", [["L"], 1]], {}, {"a": 1}, b"bytes",
    msgspec.msgpack.Ext(5, b"x"), [1] * 50,
]


def messages(chance: random.Random) -> list[tuple[Any, bytes]]:
    """What a well-behaved answer might send to a call: requests of its own first, perhaps, then a reply."""
    found: list[tuple[Any, bytes]] = []
    for _ in range(chance.choice([0, 0, 1, 2])):
        body = chance.choice([[0, ["T", ["t", 0], 1], ["D"], True, [["x", 0]], []],
                              [0, ["T"], ["D", ["x", 2.0]], False, [], []]])
        operation = chance.choice(["call", "call", "back"])
        found.append((["ask", 1, [operation, body if operation == "call" else [1, [0]], []], TABLE], BLOB))
    if chance.random() < 0.15:
        found.append((["error", NUMBER, [chance.choice(["ValueError", "Odd", "MemoryError"]), "text", ""], []], b""))
    else:
        found.append((["ok", NUMBER, [chance.choice(VALUES), chance.choice([None, 1])], TABLE], BLOB))
    return found


def mutated(chance: random.Random) -> list[bytes]:
    """The bytes of such messages, damaged in one of many ways or not at all."""
    found = []
    for head, blob in messages(chance):
        for _ in range(chance.choice([0, 0, 0, 1, 1, 2, 5])):
            head = _change(head, chance)
        packed = pack(head)
        lengths = [len(packed), len(blob)]
        way = chance.randrange(18)
        if way == 0:
            blob = blob[: chance.randrange(len(blob) + 1)] + bytes(chance.randrange(20))
        elif way == 1:
            lengths[chance.randrange(2)] = chance.choice([0, 1, 15, 1 << 16, 1 << 20, 1 << 40, (1 << 64) - 1])
        if way != 1:
            lengths = [len(packed), len(blob)]
        whole = bytearray(struct.pack("<QQ", *lengths) + packed + blob)
        if way in (2, 3):
            for _ in range(chance.choice([1, 3, 20])):
                whole[chance.randrange(len(whole))] = chance.randrange(256)
        elif way == 4:
            del whole[chance.randrange(len(whole)) :]
        elif way == 5:
            place = chance.randrange(len(whole))
            whole[place:place] = bytes(chance.randrange(256) for _ in range(chance.randrange(30)))
        found.append(bytes(whole))
    return found


def _change(value: Any, chance: random.Random) -> Any:
    """One node of a tree replaced, doubled, dropped or wrapped."""
    if not isinstance(value, list) or not value or chance.random() < 0.2:
        return chance.choice([chance.choice(ODD), chance.choice(VALUES), [value], [value, value]])
    value = list(value)
    place = chance.randrange(len(value))
    way = chance.randrange(8)
    if way == 0:
        del value[place]
    elif way == 1:
        value.insert(place, chance.choice(ODD))
    elif way == 2:
        value.append(value[place])
    else:
        value[place] = _change(value[place], chance)
    return value


class Recorded:
    """In place of a socket: one message after the other, then the end; what is sent goes nowhere. Nobody waits for it."""

    def __init__(self, found: list[bytes]):
        self.left = found

    def recv_into(self, view: memoryview) -> int:
        if not self.left:
            return 0
        count = min(len(view), len(self.left[0]))
        view[:count] = self.left[0][:count]
        self.left[0] = self.left[0][count:]
        if not self.left[0]:
            self.left.pop(0)
        return count

    def sendall(self, data: bytes) -> None:
        assert data


def ask(seed: int) -> Any:
    """What a call gives whose replies are damaged by this seed."""
    chance = random.Random(seed)
    end: Any = Recorded(mutated(chance))
    examiner = proxies.Proxies(wire.Wire(end, 1 << 20, 1 << 24, strides=True), 200)
    examiner.opaque = set(chance.choice([[], ["answer"]]))
    x = torch.ones(2, 3, requires_grad=True)
    step = lambda y, t=0, x=1.0: y * t + x  # noqa: E731
    found = use(examiner.call_named(["n", "answer"], "answer", (step, x), {}))
    if isinstance(found, torch.Tensor) and found.requires_grad:
        found.sum().backward()  # nobody answers any more
    return found


def use(value: Any) -> Any:
    """What a test may do with a result."""
    if isinstance(value, torch.Tensor):
        assert type(value) is torch.Tensor or type(value) is torch.nn.Parameter
        value.detach().double().isfinite().all()
    elif isinstance(value, (tuple, list)):
        for item in value:
            use(item)
    elif isinstance(value, dict):
        for item in value.values():
            use(item)
    elif isinstance(value, proxies.Shell):
        value.load_state_dict({name: tensor.clone() for name, tensor in value.state_dict().items()})
        use([*value.eval().parameters(), *value.buffers()])
    else:
        plain = type(value) in (type(None), bool, int, float, str, torch.dtype, torch.device)
        assert plain or isinstance(value, (proxies.Foreign, proxies.Remote, proxies.Items)), type(value)
    return value


def fixed_number(count: int) -> bytes:
    """In place of os.urandom: the number that all damaged replies carry."""
    assert count == 7
    return b"1234567"
