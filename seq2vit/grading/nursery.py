"""The warm parents: processes of one thread that have imported torch, and fork a child for each submission.

The program `python -m seq2vit.grading.nursery` imports once and then becomes two: the parent of the answers and the parent
of the tests. Each lives in a sandbox of its own. The parent of the answers never holds a test, an answer or a submission:
what it forks gets the cells over the wire. The parent of the tests gets the exams, after the two have parted, and forks
the examiners.

Each obeys one line of JSON at a time on its control socket, with descriptors attached where a child needs them, and
replies with one line.
"""

import gc
import json
import os
import resource
import signal
import socket
import sys
from typing import Any

READY = {"ready": True}


def warm() -> None:
    """Import what notebooks import, and run each kind of operation once, so that no child does it again."""
    import asyncio  # noqa: F401
    import collections  # noqa: F401
    import copy  # noqa: F401
    import dataclasses  # noqa: F401
    import functools  # noqa: F401
    import itertools  # noqa: F401
    import json  # noqa: F401
    import logging  # noqa: F401
    import typing  # noqa: F401

    import numpy
    import torch

    torch.set_num_threads(1)  # a second OpenMP thread would be missing in every child, which then waits for it for ever
    torch.set_num_interop_threads(1)
    import torch.nn.functional as F
    from torch import nn

    import seq2vit
    from seq2vit import checks, notebooks  # noqa: F401

    seq2vit.demos_on()
    numpy.random.seed(0)
    x = torch.randn(2, 3, 4, requires_grad=True)
    for module in (nn.Linear(4, 4), nn.GRU(4, 4, batch_first=True), nn.LayerNorm(4), nn.Dropout(0.1), nn.GELU(),
                   nn.MultiheadAttention(4, 2, batch_first=True), nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)):
        y = module(x, x, x) if isinstance(module, nn.MultiheadAttention) else module(x)
        y = y[0] if isinstance(y, tuple) else y
        torch.autograd.grad(y.sum(), x, retain_graph=True, allow_unused=True)
        module.load_state_dict(module.state_dict())
    nn.GRUCell(4, 4)(x[0].detach(), x[1].detach())
    nn.Conv2d(1, 1, 3, padding=1)(torch.zeros(1, 1, 4, 4)).sum().backward()
    F.scaled_dot_product_attention(x, x, x).sum().backward()
    F.cross_entropy(x.reshape(6, 4), torch.zeros(6, dtype=torch.int64), ignore_index=1).backward()
    torch.einsum("bij,bkj->bik", x, x).softmax(-1).masked_fill(torch.ones(3, 3) > 2, 0.0).logsumexp(-1).sum().backward()
    nn.functional.embedding(torch.zeros(2, dtype=torch.int64), x[0]).log_softmax(-1).sum().backward()
    nn.utils.rnn.pack_padded_sequence(x, torch.tensor([3, 2]), batch_first=True)
    nn.utils.rnn.pad_sequence([x[0], x[1]])
    torch.multinomial(torch.ones(3), 1)
    str(x)


class Nursery:
    """Serves the control socket."""

    def __init__(self, role: str, control: socket.socket):
        from seq2vit.grading import sandbox

        self.role, self.control, self.sandbox = role, control, sandbox
        self.exams: dict[str, Any] = {}
        self.filter: Any = None
        self.own_processes = -1
        self.children: set[int] = set()

    def shut_in(self) -> None:
        """Enter the sandbox; every later child inherits it."""
        self.sandbox.remember_size()
        self.filter = self.sandbox.call_filter()
        self.own_processes = self.sandbox.enter((self.control.fileno(),))

    def serve(self) -> None:
        """Obey until the control socket is closed."""
        buffer = b""
        descriptors: list[int] = []
        while True:
            data, found, _, _ = socket.recv_fds(self.control, 1 << 20, 4)
            descriptors += found
            if not data:
                break
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                request = json.loads(line)
                try:
                    reply = getattr(self, f"do_{request['do']}")(request, descriptors)
                except Exception as error:
                    reply = {"error": f"{type(error).__name__}: {error}"}
                for descriptor in descriptors:
                    os.close(descriptor)
                descriptors = []
                self.control.sendall(_line(reply))

    def do_prepare(self, request: dict, _: list[int]) -> dict:
        from seq2vit.grading import examine

        self.exams = {request["digest"]: examine.prepare(request["source"])}
        gc.freeze()
        return READY

    def do_start(self, request: dict, descriptors: list[int]) -> dict:
        """Fork a child: {"pid"}. Its descriptors are the wire, and for an examiner the socket of its results."""
        if self.filter is not None:
            self.sandbox.unshare(self.sandbox.NEWPID)  # of the next child: it will be alone in its process namespace
        pid = os.fork()
        if pid == 0:
            self._child(request, descriptors)
        if self.filter is not None:
            self.sandbox.return_to(self.own_processes)
        self.children.add(pid)
        return {"pid": pid}

    def _child(self, request: dict, descriptors: list[int]) -> None:
        try:
            if self.filter is None:
                os.setsid()  # without namespaces: what it starts can at least be found
            keep = [os.dup2(descriptor, 200 + i) for i, descriptor in enumerate(descriptors)]
            self.control.close()
            os.closerange(0, 200)
            os.closerange(200 + len(keep), 1024)
            null = os.open("/dev/null", os.O_RDWR)
            for target in (1, 2):
                os.dup2(null, target)
            keep = [os.dup2(descriptor, 3 + i) for i, descriptor in enumerate(keep)]
            os.closerange(3 + len(keep), 256)
            ends = [socket.socket(fileno=descriptor) for descriptor in keep]  # asks the kernel, which the filter forbids
            signal.signal(signal.SIGINT, signal.default_int_handler)
            gc.set_threshold(50_000, 20, 20)  # a child lives for moments: looking for cycles is a sixth of its work
            if request.get("core") is not None:
                os.sched_setaffinity(0, {request["core"]})
            if self.filter is not None:
                self.sandbox.confine(request["limits"], self.filter)
            elif self.role == "answers":
                self.sandbox.remember_size()
                self.sandbox.limit(request["limits"])
            if self.role == "answers":
                from seq2vit.grading import answer

                answer.main(ends[0], request["limits"])
            else:
                from seq2vit.grading import examine

                examine.main(ends[0], ends[1], self.exams[request["digest"]], self._plan(ends[1]))
        finally:
            os._exit(1)

    def _plan(self, results: socket.socket) -> dict:
        """What the station sends to its examiner first: too long for the control socket's line."""
        data = b""
        while not data.endswith(b"\n"):
            data += results.recv(1 << 20)
        return json.loads(data)

    def do_stop(self, request: dict, _: list[int]) -> dict:
        """Kill a child with everything in its process namespace: {"cpu", "status"}."""
        pid = request["pid"]
        if pid not in self.children:
            return {"error": f"no child {pid}"}
        self.children.discard(pid)
        try:
            (os.killpg if self.filter is None else os.kill)(pid, signal.SIGKILL)
        except ProcessLookupError:  # the moment before it has become a group of its own, or it has ended
            os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        return {"cpu": usage.ru_utime + usage.ru_stime, "status": status, "memory": usage.ru_maxrss * 1024}

    def do_usage(self, *_: Any) -> dict:
        mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"cpu": mine.ru_utime + mine.ru_stime, "children": theirs.ru_utime + theirs.ru_stime,
                "memory": mine.ru_maxrss * 1024}


def main(controls: dict[str, int], safe: bool) -> None:
    """Warm up and become two.

    Args:
        controls: the descriptor of each role's control socket.
        safe: with the sandbox.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends us
    sockets = {role: socket.socket(fileno=descriptor) for role, descriptor in controls.items()}
    try:
        warm()
        gc.collect()
        gc.freeze()
    except Exception as error:
        for control in sockets.values():
            control.sendall(_line({"error": f"{type(error).__name__}: {error}"}))
        return
    role = "answers" if os.fork() else "tests"
    control = sockets.pop(role)
    for other in sockets.values():
        other.close()
    try:
        if role == "answers":
            from seq2vit.grading import answer  # noqa: F401
        else:
            from seq2vit.grading import examine  # noqa: F401
        nursery = Nursery(role, control)
        if safe:
            nursery.shut_in()
        gc.collect()
        gc.freeze()
        control.sendall(_line(READY))
    except Exception as error:
        control.sendall(_line({"error": f"{type(error).__name__}: {error}"}))
        return
    nursery.serve()
    os._exit(0)  # nothing is left to be tidied, and torch takes half a second to say goodbye


def _line(reply: dict) -> bytes:
    return json.dumps(reply).encode() + b"\n"


if __name__ == "__main__":
    main({"answers": int(sys.argv[1]), "tests": int(sys.argv[2])}, safe="--unsafe" not in sys.argv)
