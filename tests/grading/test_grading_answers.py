"""Every kind of answer of the course works through the proxies: each test cell passes in process and through the engine."""

import textwrap

import pytest
import torch
from exams import exam_of, steps_of

GIVEN = """
import math
import torch
import torch.nn.functional as F
from torch import nn
from seq2vit import checks

class GivenMix(nn.Module):
    def __init__(self, D, depth=2):
        super().__init__()
        self.depth = depth
        self.W = nn.Linear(D, D)
        self.register_buffer("shift", torch.arange(float(D)))
        self.drop = nn.Dropout(0.5)

    def forward(self, x, *, times=1):
        if x.shape[-1] != len(self.shift):
            raise TypeError(f"GivenMix needs width {len(self.shift)}, got {x.shape[-1]}: mind the axis [09-wrong-axis]")
        for _ in range(self.depth):
            x = torch.tanh(self.W(self.drop(x)) + self.shift) * times
        return x
"""

# name: (the answer, the test's body)
KINDS = {
    "function": ("def f(x, y=2):\n    return x + y", "assert f(3) == 5 and f(1.5, y=0.5) == 2.0"),
    "a tensor of each dtype": (
        "def f(x):\n    return x",
        """
        for dtype in (torch.bool, torch.uint8, torch.int64, torch.int32, torch.float16, torch.bfloat16, torch.float32, torch.float64):
            for x in torch.ones(2, 3, dtype=dtype), torch.zeros((), dtype=dtype), torch.ones(0, 4, dtype=dtype):
                y = f(x.clone())
                assert y.dtype == dtype and y.shape == x.shape and bool((y == x).all())
        """),
    "tensors that are not contiguous keep their layout": (
        "def f(x):\n    return list(x.stride()), x.is_contiguous(), x.sum()",
        """
        base = torch.arange(24.0).reshape(2, 3, 4)
        for x in base.transpose(1, 2), base[:, ::2], base[:, 1], base[:, :1].expand(2, 5, 4), base.mT:
            stride, contiguous, total = f(x)
            assert stride == list(x.stride()) and contiguous == x.is_contiguous() and float(total) == float(x.sum())
        """),
    "nested data": (
        "def f(x):\n    return {'a': [x, (x + 1, None)], 3: {'b': True}, 'shape': x.shape}",
        """
        got = f(torch.ones(2))
        assert got["a"][0].tolist() == [1, 1] and got["a"][1][0].tolist() == [2, 2] and got["a"][1][1] is None
        assert got[3]["b"] is True and tuple(got["shape"]) == (2,) and list(got) == ["a", 3, "shape"]
        """),
    "a named tuple is a tuple": (
        "from collections import namedtuple\nP = namedtuple('P', 'y w')\ndef f(x):\n    return P(x, 2)",
        "y, w = f(torch.ones(1))\nassert w == 2 and f(torch.ones(1))[1] == 2"),
    "dtype and device arguments": (
        "def f(n, dtype, device):\n    return torch.zeros(n, dtype=dtype, device=device), dtype",
        "y, d = f(3, torch.float64, torch.device('cpu'))\nassert y.dtype == torch.float64 and d == torch.float64"),
    "numbers of numpy": (
        "import numpy as np\ndef f(x):\n    return np.float64(1.5)", "assert f(1) == 1.5"),
    "gradients to inputs": (
        "def f(x, y):\n    return (x * y).sum(), x.detach() * y, x.detach()",
        """
        x, y = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
        a, b, c = f(x, y)
        assert a.requires_grad and b.requires_grad and not c.requires_grad
        gx, gy = torch.autograd.grad(a, [x, y])
        assert torch.equal(gx, y.detach()) and torch.equal(gy, x.detach())
        a, b, c = f(x, y)
        gx, gy = torch.autograd.grad(b.sum(), [x, y], allow_unused=True)
        assert gx is None and torch.equal(gy, x.detach())
        (f(x * 2, y)[0] * 3).backward()
        assert torch.allclose(x.grad, 6 * y)
        """),
    "no gradient where none is asked": (
        "def f(x):\n    return x * 2, torch.is_grad_enabled()",
        """
        with torch.no_grad():
            y, on = f(torch.ones(2, requires_grad=True))
        assert not y.requires_grad and on is False
        y, on = f(torch.ones(2))
        assert not y.requires_grad and on is True
        """),
    "a module": (
        """
        class M(nn.Module):
            def __init__(self, D):
                super().__init__()
                self.W = nn.Linear(D, D, bias=False)
                self.inner = nn.Sequential(nn.Linear(D, D), nn.Dropout(0.5))
                self.register_buffer("PE", torch.arange(float(D)))
                self.register_buffer("scratch", torch.zeros(1), persistent=False)

            def forward(self, x):
                return self.inner(self.W(x)) + self.PE

            def twice(self, x):
                return self(self(x))
        """.strip("\n"),
        """
        m = M(3)
        assert list(m.state_dict()) == ["PE", "W.weight", "inner.0.weight", "inner.0.bias"]
        assert [n for n, _ in m.named_parameters()] == ["W.weight", "inner.0.weight", "inner.0.bias"]
        m.load_state_dict({"PE": torch.ones(3), "W.weight": torch.eye(3), "inner.0.weight": 2 * torch.eye(3), "inner.0.bias": torch.zeros(3)})
        m.eval()
        x = torch.randn(2, 3, requires_grad=True)
        y = m(x)
        assert torch.allclose(y, 2 * x + 1) and torch.allclose(m.twice(x), 2 * y + 1)
        assert torch.allclose(m.inner[0](x), 2 * x) and torch.allclose(m.W(x), x)
        y.sum().backward()
        assert torch.allclose(x.grad, torch.full((2, 3), 2.0))
        assert torch.allclose(m.W.weight.grad, 2 * x.detach().sum(0).expand(3, 3))
        with torch.no_grad():
            m.W.weight.zero_()
        assert torch.allclose(m(x), torch.ones(2, 3))
        m.train()
        with torch.no_grad():
            m.W.weight.copy_(torch.eye(3))
        ys = torch.stack([m(torch.ones(200, 3)) for _ in range(3)])
        assert set(ys.detach().unique().tolist()) == {1.0, 5.0}
        m.inner.eval()
        assert m(torch.ones(200, 3)).detach().unique().tolist() == [3.0]
        m = m.double()
        assert m(torch.ones(1, 3, dtype=torch.float64)).dtype == torch.float64
        """),
    "tied weights": (
        """
        class M(nn.Module):
            def __init__(self):
                super().__init__()
                self.emb = nn.Embedding(4, 3)
                self.out = nn.Linear(3, 4, bias=False)
                self.out.weight = self.emb.weight

            def forward(self, ids):
                return self.out(self.emb(ids))
        """.strip("\n"),
        """
        m = M()
        assert sum(p.numel() for p in m.parameters()) == 12 and len(m.state_dict()) == 2
        with torch.no_grad():
            m.emb.weight.copy_(torch.arange(12.0).reshape(4, 3))
        w = torch.arange(12.0).reshape(4, 3).requires_grad_()
        ids = torch.tensor([1, 2])
        assert torch.allclose(m(ids), w[ids] @ w.T)
        g, = torch.autograd.grad(m(ids).sum(), [m.emb.weight])
        h, = torch.autograd.grad((w[ids] @ w.T).sum(), [w])
        assert torch.allclose(g, h)
        """),
    "a given module passed in, with gradients through it": (
        "def f(mix, x):\n    mix.eval()\n    return mix(x, times=2).sum(), sum(p.numel() for p in mix.parameters())",
        """
        mix = GivenMix(3)
        checks.weights(3, W=mix.W)
        x = torch.randn(2, 3, requires_grad=True)
        y, n = f(mix, x)
        mix.eval()
        assert n == 12
        want = mix(x, times=2).sum()
        assert torch.allclose(y, want)
        for a, b in zip(torch.autograd.grad(y, [x, mix.W.weight]), torch.autograd.grad(want, [x, mix.W.weight])):
            assert torch.allclose(a, b)
        """),
    "modules of torch passed in": (
        "def f(layer, x):\n    return layer(x)",
        """
        x = torch.randn(2, 3, 4)
        for layer in nn.Linear(4, 2), nn.GRU(4, 3, batch_first=True), nn.LSTM(4, 3, num_layers=2), nn.LayerNorm(4), nn.Sequential(
                nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4)), nn.TransformerEncoder(nn.TransformerEncoderLayer(
                4, 2, 8, dropout=0.0, batch_first=True, norm_first=True), 2, enable_nested_tensor=False), nn.Identity(), nn.Embedding(3, 2):
            inputs = x if not isinstance(layer, nn.Embedding) else torch.tensor([[0, 2]])
            got, want = f(layer, inputs), layer(inputs)
            got, want = (got[0], want[0]) if isinstance(want, tuple) else (got, want)
            assert torch.allclose(got, want, atol=1e-6)
        """),
    "a module given to a student's module": (
        """
        class V(nn.Module):
            def __init__(self, encoder, D):
                super().__init__()
                self.encoder, self.head = encoder, nn.Linear(D, 2)

            def forward(self, x):
                return self.head(self.encoder(x))
        """.strip("\n"),
        """
        encoder = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
        v = V(encoder, 3)
        assert set(v.state_dict()) == {"encoder.0.weight", "encoder.0.bias", "head.weight", "head.bias"}
        x = torch.randn(4, 3)
        head = nn.Linear(3, 2)
        v.load_state_dict({**{f"encoder.{k}": t for k, t in encoder.state_dict().items()}, **{f"head.{k}": t for k, t in head.state_dict().items()}})
        assert torch.allclose(v(x), head(encoder(x)))
        """),
    "a callback, with gradients through it": (
        "def f(step, x):\n    for t in range(3):\n        x = step(x, t)\n    return x.sum()",
        """
        w = torch.randn(3)
        def step(x, t):
            return torch.tanh(x * w) + t
        x = torch.randn(3, requires_grad=True)
        got, want = f(step, x), sum(torch.tanh((torch.tanh((torch.tanh(x * w)) * w) + 1) * w) + 2)
        assert torch.allclose(got, want)
        assert torch.allclose(torch.autograd.grad(got, x)[0], torch.autograd.grad(want, x)[0])
        """),
    "the student's module passed back in": (
        """
        class L(nn.Module):
            def __init__(self, D):
                super().__init__()
                self.W = nn.Linear(D, D, bias=False)

            def forward(self, x):
                return self.W(x)

        def f(layer, x):
            return layer(x) + layer.W.weight.sum()
        """.strip("\n"),
        """
        layer = L(2)
        with torch.no_grad():
            layer.W.weight.copy_(torch.eye(2) * 3)
        x = torch.ones(1, 2, requires_grad=True)
        y = f(layer, x)
        assert torch.allclose(y, 3 * x + 6)
        gx, gw = torch.autograd.grad(y.sum(), [x, layer.W.weight])
        assert torch.allclose(gx, torch.full((1, 2), 3.0)) and torch.allclose(gw, torch.full((2, 2), 3.0))
        """),
    "a generator": (
        "def f(n):\n    while True:\n        yield torch.tensor(n)\n        n += 1",
        "import itertools\nassert [int(t) for t in itertools.islice(f(3), 4)] == [3, 4, 5, 6]\nassert [1, 2] == list(iter([1, 2]))"),
    "a generator that ends": ("def f(n):\n    yield from range(n)", "assert list(f(3)) == [0, 1, 2]"),
    "an opaque cache": (
        """
        class Cache:
            def __init__(self):
                self.seen = []

        def start():
            return Cache()

        def step(y, cache):
            cache.seen.append(y)
            return sum(cache.seen), cache
        """.strip("\n"),
        "# opaque: start step\ncache = start()\n_, cache = step(2, cache)\ntotal, cache = step(3, cache)\nassert total == 5"),
    "a cache of lists and dicts": (
        "def step(y, cache):\n    return y, [{'k': torch.cat([c['k'], y])} for c in cache]",
        "_, cache = step(torch.ones(1), [{'k': torch.zeros(1)}])\nassert cache[0]['k'].tolist() == [0, 1]"),
    "an exception that is asked for": (
        "def f(n):\n    if n % 2:\n        raise ValueError('odd')\n    return n",
        "assert f(2) == 2\ntry:\n    f(3)\nexcept ValueError:\n    pass\nelse:\n    raise checks.Mistake('no error')"),
    "an exception class of its own": (
        "class Odd(ValueError):\n    pass\ndef f(n):\n    if n % 2:\n        raise Odd('odd')\n    return n",
        "assert f(2) == 2\ntry:\n    f(3)\nexcept ValueError:\n    pass\nelse:\n    raise checks.Mistake('no error')"),
    "one tensor passed twice is one tensor": (
        "def f(q, k, v):\n    return q is k, (q * k * v).sum()",
        """
        x = torch.randn(3, requires_grad=True)
        one, y = f(x, x, x.detach())
        assert one is True and torch.allclose(torch.autograd.grad(y, x)[0], 2 * x * x.detach())
        """),
    "statistics of dropout": (
        "class D(nn.Module):\n    def __init__(self, p):\n        super().__init__()\n        self.drop = nn.Dropout(p)\n"
        "    def forward(self, x):\n        return self.drop(x)",
        "d = D(0.25)\nx = torch.ones(10000)\nassert abs(float((d(x) == 0).float().mean()) - 0.25) < 0.03\nd.eval()\nassert torch.equal(d(x), x)"),
    "a tensor's subclass is a tensor": (
        "class T(torch.Tensor):\n    pass\ndef f(x):\n    return (x * 2).as_subclass(T)",
        "y = f(torch.ones(2))\nassert torch.allclose(y * 1.0, torch.tensor([2.0, 2.0]))"),
    "in-place work on a result": (
        "def f(x):\n    return x * 2, x * 3",
        "x = torch.ones(2, requires_grad=True)\na, b = f(x)\na += b\nassert torch.allclose(torch.autograd.grad(a.sum(), x)[0], 5 + 0 * x)"),
    "in-place work on an input": (
        "def f(x):\n    x += 1\n    return x.sum()", "x = torch.zeros(3)\nassert float(f(x.clone())) == 3"),
}


def cell(body):
    return "def test():\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n\ntest()\nprint('fine')"


@pytest.fixture(scope="module")
def course():
    """One exam of all kinds: each answer in a namespace that the next one overwrites, as in a notebook."""
    cells = [("given", "given", GIVEN)]
    for i, (answer, body) in enumerate(KINDS.values()):
        cells += [("answer", f"09_q{i}_answer", textwrap.dedent(answer)), ("test", f"09_q{i}", cell(body))]
    return exam_of(cells)


@pytest.fixture(scope="module")
def found(course, station):
    return station.run_steps(course, steps_of(course))


@pytest.mark.parametrize("name", KINDS)
def test_in_process(name):
    answer, body = KINDS[name]
    names = {"__name__": "__main__"}
    torch.manual_seed(0)
    for source in GIVEN, textwrap.dedent(answer), cell(body):
        exec(compile(source, name, "exec"), names)


@pytest.mark.parametrize("name", KINDS)
def test_through_the_engine(name, found):
    result = found[f"09_q{list(KINDS).index(name)}"]
    assert result["passed"], result["message"]
