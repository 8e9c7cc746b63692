"""The wire between the tests and the answers: a small header and raw tensor bytes, never pickle.

A message is 16 bytes (the length of the header and of the blob), a msgpack header `[kind, id, payload, table]` and a
blob. `table` describes the tensors, whose bytes lie in the blob one after the other, each padded to 8 bytes. Every size,
shape and type is checked before anything is built, because the other side may be hostile.
"""

import math
import socket
import struct
from typing import Any

import msgspec
import torch

DTYPES = {
    "bool": torch.bool, "uint8": torch.uint8, "int8": torch.int8, "int16": torch.int16, "int32": torch.int32,
    "int64": torch.int64, "float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32,
    "float64": torch.float64,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
LENGTHS = struct.Struct("<QQ")
CHUNK = 1 << 16
HEADER = 4_000_000  # bytes of a header: names and numbers, no data
DIMENSIONS = 16

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Broken(BaseException):
    """The other side ended, or does not keep to the protocol: nothing it sends counts any more. No subclass of Exception: a
    test cell that expects an exception must not take this one for it."""


def raw(tensor: torch.Tensor) -> bytes:
    """The bytes of a tensor, row by row."""
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:  # numpy has none
        tensor = tensor.contiguous().reshape(-1).view(torch.int16)
    return tensor.numpy().tobytes()


def describe(tensor: torch.Tensor, strides: bool) -> list:
    """A line of the table: dtype, shape, needs a gradient, is a leaf, is a parameter, strides if not row by row."""
    steps = list(tensor.stride()) if strides and not tensor.is_contiguous() else None
    return [NAMES[tensor.dtype], list(tensor.shape), tensor.requires_grad, tensor.is_leaf,
            isinstance(tensor, torch.nn.Parameter), steps]


class Wire:
    """One end. `strides`: also send how a tensor lies in memory (towards the answers, which may rely on it)."""

    def __init__(self, end: socket.socket, max_message: int, max_traffic: int, strides: bool = False):
        self.end, self.max_message, self.traffic, self.strides = end, max_message, max_traffic, strides
        self._buffer = bytearray(CHUNK)
        self._view = memoryview(self._buffer)

    def send(self, kind: str, number: int, payload: Any, tensors: list[torch.Tensor]) -> None:
        """Send a message.

        Raises:
            Broken: nobody is there to read it.
        """
        head = _encode([kind, number, payload, [describe(tensor, self.strides) for tensor in tensors]])
        parts, size = [b"", head], 0
        for tensor in tensors:
            data = raw(tensor)
            parts.append(data)
            size += len(data)
            if fill := -len(data) % 8:
                parts.append(b"\0" * fill)
                size += fill
        parts[0] = LENGTHS.pack(len(head), size)
        try:
            self.end.sendall(b"".join(parts))
        except OSError as error:
            raise Broken("it ended") from error

    def receive(self) -> tuple[str, int, Any, list[torch.Tensor], list[list]]:
        """Wait for a message: kind, id, payload, tensors, and their lines of the table.

        Raises:
            Broken: the other side ended, or what it sent is no message.
        """
        have = self._read(self._view, 0, LENGTHS.size)
        head_size, blob_size = LENGTHS.unpack_from(self._buffer)
        total = LENGTHS.size + head_size + blob_size
        if head_size > HEADER or total > self.max_message:
            raise Broken(f"it sent a message of {head_size + blob_size} bytes")
        self.traffic -= total
        if self.traffic < 0:
            raise Broken("it sent too much in all")
        if total <= CHUNK:
            message = self._view
        else:
            message = memoryview(bytearray(total))
            message[:have] = self._view[:have]
        if have < total:
            have = self._read(message, have, total)
        if have > total:
            raise Broken("it sent more than one message at a time")
        head = bytes(message[LENGTHS.size : LENGTHS.size + head_size])
        blob = bytearray(message[LENGTHS.size + head_size : total])
        try:
            kind, number, payload, table = _decode(head)
            ok = type(kind) is str and type(number) is int and type(table) is list
        except Exception:  # also RecursionError, from arrays within arrays
            ok = False
        if not ok:
            raise Broken("it sent a header that is none")
        return kind, number, payload, _tensors(table, blob), table

    def _read(self, into: memoryview, have: int, want: int) -> int:
        """Read until `want` bytes are there; asks for all that fits, since most messages come in one piece."""
        while have < want:
            try:
                count = self.end.recv_into(into[have:])
            except OSError as error:
                raise Broken("it ended") from error
            if count == 0:
                raise Broken("it ended")
            have += count
        return have


def _tensors(table: list, blob: bytearray) -> list[torch.Tensor]:
    """The tensors of a message, plain ones, whatever the other side has.

    Raises:
        Broken: a line of the table, or the size of the blob, is not as it must be.
    """
    tensors, place = [], 0
    for line in table:
        if type(line) is not list or len(line) != 6:
            raise Broken("it sent a table that is none")
        dtype, shape = DTYPES.get(line[0]) if type(line[0]) is str else None, line[1]
        if dtype is None or type(shape) is not list or len(shape) > DIMENSIONS:
            raise Broken("it sent a tensor of no known kind")
        if not all(type(n) is int and 0 <= n <= 1 << 40 for n in shape):
            raise Broken("it sent a tensor of no possible shape")
        if math.prod(max(n, 1) for n in shape) > 1 << 40:  # also where another size is 0: strides must not overflow
            raise Broken("it sent a tensor of no possible shape")
        count = math.prod(shape)
        size = count * dtype.itemsize
        if place + size > len(blob):
            raise Broken("it sent fewer bytes than its tensors have")
        if count == 0:
            tensor = torch.empty(shape, dtype=dtype)
        elif dtype == torch.bool:  # any other byte than 0 and 1 would be neither true nor false
            tensor = torch.frombuffer(blob, dtype=torch.uint8, count=count, offset=place).ne(0).reshape(shape)
        else:
            # .data: autograd must not take it for a view, or a test could not change a result in place
            tensor = torch.frombuffer(blob, dtype=dtype, count=count, offset=place).reshape(shape).data
        tensors.append(tensor)
        place += size + -size % 8
    if place != len(blob):
        raise Broken("it sent more bytes than its tensors have")
    return tensors
