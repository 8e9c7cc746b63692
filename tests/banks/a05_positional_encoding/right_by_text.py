"""More right answers to assignment 5, written from the task's text alone, without sight of the reference or its tests."""

from banks.entries import Right

RIGHT_BY_TEXT = [
    Right("05_q1", "lists and math alone", source='''
def sinusoidal_encoding(N, D):
    if D % 2 == 1:
        raise ValueError
    divide = [10000 ** (2 * i / D) for i in range(D // 2)]
    return torch.tensor([[f(t / c) for c in divide for f in (math.sin, math.cos)] for t in range(N)], dtype=torch.float32)
'''),
    Right("05_q1", "complex numbers", source='''
def sinusoidal_encoding(N, D):
    if D & 1:
        raise ValueError("odd")
    w = torch.exp(-math.log(10000.0) * torch.arange(0, D, 2, dtype=torch.float64) / D)
    z = torch.polar(torch.ones(N, D // 2, dtype=torch.float64), torch.outer(torch.arange(N, dtype=torch.float64), w))
    return torch.view_as_real(z).flip(-1).reshape(N, D).to(torch.float32)
'''),
    Right("05_q1", "a cosine is a sine a quarter turn later", before='''
def angles_of(N, D):
    print("angles for", N, "positions")
    j = torch.arange(D)
    angles = torch.arange(N).double()[:, None] / torch.tensor(10000.0).double() ** ((j - j % 2).double() / D)
    return angles + (j % 2) * (math.pi / 2)
''', source='''
def sinusoidal_encoding(N, D):
    half, rest = divmod(D, 2)
    if rest:
        raise ValueError(f"{D} is {half} pairs and one")
    return angles_of(N, D).sin_().float()
'''),
    Right("05_q2", "block_diag", source='''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError
    angles = [offset * 10000 ** (-2 * i / D) for i in range(D // 2)]
    return torch.block_diag(*(torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]]) for a in angles))
'''),
    Right("05_q2", "matrix exponential", source='''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError
    w = 10000.0 ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)
    up = torch.zeros(D - 1, dtype=torch.float64)
    up[::2] = -w
    G = torch.diag(up, 1)
    return torch.linalg.matrix_exp(offset * (G - G.T)).to(torch.float32)
'''),
    Right("05_q3", "table in a helper cell, F.dropout", before='''
def sines(n, width):
    table = torch.zeros(n, width)
    for t in range(n):
        for i in range(width // 2):
            table[t, 2 * i] = math.sin(t / 10000 ** (2 * i / width))
            table[t, 2 * i + 1] = math.cos(t / 10000 ** (2 * i / width))
    return table
''', source='''
class PositionalEncoding(nn.Module):
    def __init__(self, D, max_len, dropout):
        super().__init__()
        self.probability, self.longest = dropout, max_len
        self.register_buffer("PE", sines(max_len, D))

    def forward(self, x):
        if x.size(1) > self.longest:
            raise ValueError(f"at most {self.longest}")
        return F.dropout(x + self.PE.narrow(0, 0, x.size(1)), p=self.probability, training=self.training)
'''),
    Right("05_q3", "a mask of its own, in place on its own copy", source='''
class PositionalEncoding(nn.Module):
    def __init__(self, D, max_len, dropout):
        nn.Module.__init__(self)
        self.keep = 1 - dropout
        self.register_buffer("PE", sinusoidal_encoding(max_len, D))

    def forward(self, x):
        B, N, D = x.shape
        if N > len(self.PE):
            raise ValueError
        y = x.clone()
        y += self.PE[None, :N].expand(B, N, D)
        if self.training:
            y = y * torch.bernoulli(torch.full_like(y, self.keep)) / self.keep
        return y
'''),
    Right("05_q4", "rows of the weight", source='''
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, D):
        super().__init__()
        self.max_len = max_len
        self.table = nn.Embedding(max_len, D)

    def forward(self, x):
        if x.shape[-2] > self.max_len:
            raise ValueError
        return torch.add(self.table.weight[: x.shape[-2]].unsqueeze(0), x)
'''),
    Right("05_q4", "positions of every sequence, from a buffer that is not saved", source='''
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, D):
        super().__init__()
        self.register_buffer("positions", torch.arange(max_len), persistent=False)
        self.table = nn.Embedding(num_embeddings=max_len, embedding_dim=D)

    def forward(self, x):
        B, N, _ = x.shape
        if N > self.positions.numel():
            raise ValueError(N)
        return self.table(self.positions[:N].expand(B, N)) + x
'''),
    Right("05_q5", "cell by cell", source='''
def sinusoidal_encoding_2d(grid_h, grid_w, D):
    if D % 4 != 0:
        raise ValueError
    def half(p):
        return [f(p / 10000 ** (4 * i / D)) for i in range(D // 4) for f in (math.sin, math.cos)]
    lines = [half(p) for p in range(max(grid_h, grid_w))]
    return torch.tensor([[lines[r] + lines[c] for c in range(grid_w)] for r in range(grid_h)])
'''),
    Right("05_q5", "meshgrid, written into an empty tensor", source='''
def sinusoidal_encoding_2d(grid_h, grid_w, D):
    if D % 4:
        raise ValueError
    r, c = torch.meshgrid(torch.arange(grid_h), torch.arange(grid_w), indexing="ij")
    w = 10000.0 ** (-torch.linspace(0, 1, D // 4 + 1, dtype=torch.float64)[:-1])
    out = torch.empty(grid_h, grid_w, D)
    out[..., 0:D // 2:2] = torch.sin(r.unsqueeze(-1) * w)
    out[..., 1:D // 2:2] = torch.cos(r.unsqueeze(-1) * w)
    out[..., D // 2::2] = torch.sin(c.unsqueeze(-1) * w)
    out[..., D // 2 + 1::2] = torch.cos(c.unsqueeze(-1) * w)
    return out
'''),
    Right("05_q6", "complex numbers", source='''
def rotary(x, positions):
    B, N, d = x.shape
    if d % 2:
        raise ValueError
    w = 10000.0 ** (-torch.arange(0, d, 2, dtype=torch.float64, device=x.device) / d)
    turn = torch.exp(1j * positions.double()[:, None] * w)
    z = torch.view_as_complex(x.double().reshape(B, N, d // 2, 2)) * turn
    return torch.view_as_real(z).reshape(B, N, d).to(x.dtype)
'''),
    Right("05_q6", "a matrix for each position", source='''
def rotary(x, positions):
    d = x.size(-1)
    if d % 2:
        raise ValueError
    R = []
    for p in positions.tolist():
        angles = [p * 10000 ** (-2 * i / d) for i in range(d // 2)]
        blocks = [torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]], dtype=x.dtype) for a in angles]
        R.append(torch.block_diag(*blocks))
    return torch.einsum("nij,bnj->bni", torch.stack(R).to(x.device), x)
'''),
    Right("05_q6", "x cos plus a swapped x sin, angles in the dtype of x", source='''
def rotary(x, positions):
    d = x.shape[-1]
    if d % 2:
        raise ValueError
    w = 10000 ** (-torch.arange(0, d, 2, dtype=x.dtype, device=x.device) / d)
    angle = (positions.to(x.dtype).unsqueeze(1) * w).repeat_interleave(2, dim=1)
    swapped = x.unflatten(-1, (d // 2, 2)).flip(-1) * x.new_tensor([-1, 1])
    return x * angle.cos() + swapped.flatten(-2) * angle.sin()
'''),
]
