"""Right answers to assignment 5 in styles that differ from the reference: each must get full marks."""

from banks.entries import Right

RIGHT = [
    # 05_q1
    Right("05_q1", "strided assignment", '''
def sinusoidal_encoding(N, D):
    if D % 2 != 0:
        raise ValueError("D must be even")
    pe = torch.zeros(N, D)
    position = torch.arange(0, N, dtype=torch.double).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, D, 2, dtype=torch.double) * (-math.log(10000.0) / D))
    pe[:, 0::2] = torch.sin(position * div_term)
    pe[:, 1::2] = torch.cos(position * div_term)
    return pe
'''),
    Right("05_q1", "lists of numbers", '''
def sinusoidal_encoding(N, D):
    if D % 2:
        raise ValueError("odd width")
    rows = []
    for t in range(N):
        row = []
        for i in range(D // 2):
            row += [math.sin(t / 10000 ** (2 * i / D)), math.cos(t / 10000 ** (2 * i / D))]
        rows.append(row)
    return torch.tensor(rows)
'''),
    Right("05_q1", "a sine with a quarter of a turn", '''
def sinusoidal_encoding(N, D):
    assert_even(D)
    j = torch.arange(D).double()
    angles = torch.outer(torch.arange(N).double(), wavelength(j, D).reciprocal())
    return torch.sin(angles + (j % 2) * torch.pi / 2).to(torch.float32)
''', before='''
def assert_even(D):
    if D & 1:
        raise ValueError(D)

def wavelength(j, D):
    return torch.pow(torch.tensor(1e4, dtype=torch.float64), (j - j % 2) / D)
'''),
    Right("05_q1", "complex numbers", '''
def sinusoidal_encoding(N, D):
    import warnings
    warnings.warn("complex numbers ahead")
    if D % 2:
        raise ValueError("D")
    frequencies = torch.logspace(0, -4 * (D - 2) / D, D // 2, dtype=torch.float64)
    z = torch.polar(torch.ones(1, 1, dtype=torch.float64), torch.arange(N)[:, None] * frequencies)
    return torch.stack((z.imag, z.real), 2).reshape(N, D).type(torch.float32)
'''),
    Right("05_q1", "angles modulo a turn", '''
def sinusoidal_encoding(N, D):
    pairs, rest = divmod(D, 2)
    if rest:
        raise ValueError("pairs")
    f = torch.tensor([10000 ** (-2 * i / D) for i in range(pairs)], dtype=torch.float64)
    angles = torch.remainder(torch.einsum("t,i->ti", torch.arange(N, dtype=torch.float64), f), 2 * math.pi).float()
    out = torch.empty(N, pairs, 2)
    out[..., 0], out[..., 1] = angles.sin(), angles.cos()
    return out.view(N, D)
'''),
    # 05_q2
    Right("05_q2", "entry by entry", '''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError("D must be even")
    M = torch.zeros(D, D)
    for i in range(0, D, 2):
        angle = offset / 10000 ** (i / D)
        M[i, i] = math.cos(angle)
        M[i + 1, i + 1] = math.cos(angle)
        M[i + 1, i] = math.sin(angle)
        M[i, i + 1] = -math.sin(angle)
    return M
'''),
    Right("05_q2", "the step of one, multiplied", '''
def shift_matrix(offset, D):
    step = torch.zeros(D, D, dtype=torch.float64)
    if D % 2 == 1:
        raise ValueError
    for i in range(D // 2):
        a = 10000.0 ** (-2 * i / D)
        step[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = torch.tensor([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])
    return torch.linalg.matrix_power(step, offset).float()
'''),
    Right("05_q2", "exponential of a matrix", '''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError(f"{D} is odd")
    print("offset", offset)
    speed = torch.tensor([10000 ** (-2 * i / D) for i in range(D // 2)]).double()
    G = torch.block_diag(*[s * torch.tensor([[0.0, -1.0], [1.0, 0.0]]) for s in speed])
    return torch.matrix_exp(offset * G.double()).float()
'''),
    Right("05_q2", "diagonals, in float32", '''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError("D")
    angles = offset / 10000 ** (torch.arange(0, D, 2) / D)
    cos = angles.cos().repeat_interleave(2)
    sin = torch.stack([angles.sin(), torch.zeros(D // 2)], dim=1).flatten()[:-1]
    return torch.diag(cos) + torch.diag(sin, -1) - torch.diag(sin, 1)
'''),
    Right("05_q2", "solved for D positions in float64", '''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError("D")
    def row(t, i):
        a = t / 10000 ** (2 * i / D)
        return [math.sin(a), math.cos(a)]
    M = torch.zeros(D, D, dtype=torch.float64)
    for i in range(D // 2):  # far enough apart for this pair
        far = 0.5 * math.pi * 10000 ** (2 * i / D)
        before = torch.tensor([row(0, i), row(far, i)], dtype=torch.float64)
        after = torch.tensor([row(offset, i), row(far + offset, i)], dtype=torch.float64)
        M[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = torch.linalg.solve(before, after)
    return M.float()
'''),
    # 05_q3
    Right("05_q3", "the table made anew", '''
class PositionalEncoding(nn.Module):
    def __init__(self, D, max_len, dropout):
        super().__init__()
        pe = torch.zeros(max_len, D)
        position = torch.arange(max_len).unsqueeze(1)
        pe[:, 0::2] = torch.sin(position / 10000 ** (torch.arange(0, D, 2) / D))
        pe[:, 1::2] = torch.cos(position / 10000 ** (torch.arange(0, D, 2) / D))
        self.register_buffer("PE", pe, persistent=True)
        self.drop = nn.Dropout(p=dropout)
        self.max_len = max_len

    def forward(self, x):
        if x.size(1) > self.max_len:
            raise ValueError("too long")
        return self.drop(x + self.PE[: x.size(1), :].unsqueeze(0))
'''),
    Right("05_q3", "functional dropout", '''
class PositionalEncoding(nn.Module):
    def __init__(self, D, max_len, dropout):
        super().__init__()
        self.p = dropout
        self.register_buffer("PE", sinusoidal_encoding(max_len, D))

    def forward(self, x):
        if x.shape[1] > len(self.PE):
            raise ValueError(f"at most {len(self.PE)} tokens")
        y = x.clone()
        y += self.PE[: x.shape[1]]
        return F.dropout(y, p=self.p, training=self.training)
'''),
    Right("05_q3", "dropout by hand", '''
class PositionalEncoding(nn.Module):
    def __init__(self, D, max_len, dropout):
        super().__init__()
        self.keep = 1 - dropout
        self.register_buffer("PE", sinusoidal_encoding(max_len, D))

    def forward(self, x):
        B, N, D = x.shape
        if N > self.PE.shape[0]:
            raise ValueError(N)
        y = x + self.PE.narrow(0, 0, N).expand(B, N, D)
        if not self.training:
            return y
        return y * torch.bernoulli(torch.full_like(y, self.keep)) / self.keep
'''),
    Right("05_q3", "looked up, token by token", '''
class PositionalEncoding(nn.Module):
    def __init__(self, D, max_len, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        PE = torch.tensor([[f(t / 10000 ** (2 * i / D)) for i in range(D // 2) for f in (math.sin, math.cos)] for t in range(max_len)])
        self.register_buffer("PE", PE)

    def forward(self, x):
        print("tokens:", x.shape[1])
        if not x.shape[1] <= self.PE.size(0):
            raise TooLong()
        tokens = [x[:, t] + F.embedding(torch.tensor(t), self.PE) for t in range(x.shape[1])]
        return self.dropout(torch.stack(tokens, dim=1))
''', before='''
class TooLong(ValueError):
    pass
'''),
    # 05_q4
    Right("05_q4", "rows of the weight", '''
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, D):
        super().__init__()
        self.table = nn.Embedding(max_len, D)

    def forward(self, x):
        N = x.size(1)
        if N > self.table.weight.size(0):
            raise ValueError("too long")
        return x + self.table.weight[:N].unsqueeze(0)
'''),
    Right("05_q4", "positions as a batch", '''
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, D):
        super().__init__()
        self.max_len = max_len
        self.table = nn.Embedding(num_embeddings=max_len, embedding_dim=D)
        self.register_buffer("positions", torch.arange(max_len), persistent=False)

    def forward(self, x):
        B, N, _ = x.shape
        if N > self.max_len:
            raise ValueError(f"{N} > {self.max_len}")
        return torch.add(x, self.table(self.positions[:N].expand(B, N)))
'''),
    Right("05_q4", "one-hot times the table", '''
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, D):
        super().__init__()
        self.table = nn.Embedding(max_len, D)

    def forward(self, x):
        max_len = self.table.num_embeddings
        if x.shape[1] > max_len:
            raise ValueError
        hot = torch.eye(max_len, dtype=x.dtype)[: x.shape[1]]
        y = x.clone()
        y += torch.einsum("np,pd->nd", hot, self.table.weight)
        return y
'''),
    Right("05_q4", "token by token", '''
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, D):
        super(LearnedPositionalEncoding, self).__init__()
        self.table = nn.Embedding(max_len, D, sparse=False)

    def forward(self, x):
        if x.shape[1] > len(self.table.weight):
            raise ValueError("no row left")
        out = torch.empty_like(x)
        for t in range(x.shape[1]):
            out[:, t] = x[:, t] + self.table(torch.tensor(t, device=x.device))
        return out
'''),
    # 05_q5
    Right("05_q5", "cell by cell", '''
def sinusoidal_encoding_2d(grid_h, grid_w, D):
    if D % 4:
        raise ValueError("D must be a multiple of 4")
    PE = torch.zeros(grid_h, grid_w, D)
    for r in range(grid_h):
        for c in range(grid_w):
            for i in range(D // 4):
                scale = 10000 ** (4 * i / D)
                PE[r, c, 2 * i], PE[r, c, 2 * i + 1] = math.sin(r / scale), math.cos(r / scale)
                PE[r, c, D // 2 + 2 * i], PE[r, c, D // 2 + 2 * i + 1] = math.sin(c / scale), math.cos(c / scale)
    return PE
'''),
    Right("05_q5", "one table for both, looked up", '''
def sinusoidal_encoding_2d(grid_h, grid_w, D):
    if D % 2 or (D // 2) % 2:
        raise ValueError(D)
    table = sinusoidal_encoding(max(grid_h, grid_w), D // 2)
    r, c = torch.meshgrid(torch.arange(grid_h), torch.arange(grid_w), indexing="ij")
    return torch.cat((table[r], table[c]), 2)
'''),
    Right("05_q5", "repeated, then filled in", '''
def sinusoidal_encoding_2d(grid_h, grid_w, D):
    import sys
    if D % 4 != 0:
        raise ValueError("multiple of 4, please")
    print("cells:", grid_h * grid_w, file=sys.stderr)
    half = D // 2
    PE = torch.empty(grid_h, grid_w, D)
    PE[..., :half] = sinusoidal_encoding(grid_h, half).unsqueeze(1)
    PE[..., half:] = sinusoidal_encoding(grid_w, half).unsqueeze(0)
    return PE
'''),
    Right("05_q5", "float32 by broadcasting", '''
def sinusoidal_encoding_2d(grid_h, grid_w, D):
    if D % 4:
        raise ValueError("D")
    f = torch.exp(-math.log(10000) * torch.arange(0, D // 2, 2) / (D // 2))
    half = lambda n: wave(torch.arange(n).float()[:, None] * f)
    rows, columns = half(grid_h), half(grid_w)
    return torch.cat([rows.repeat_interleave(grid_w, 0), columns.repeat(grid_h, 1)], 1).reshape(grid_h, grid_w, D)
''', before='''
def wave(angles):
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)
'''),
    # 05_q6
    Right("05_q6", "complex numbers", '''
def rotary(x, positions):
    B, N, d = x.shape
    if d % 2:
        raise ValueError("d must be even")
    frequencies = 1.0 / 10000 ** (torch.arange(0, d, 2, device=x.device).to(x.dtype) / d)
    angles = torch.outer(positions.to(x.dtype), frequencies)
    z = torch.view_as_complex(x.reshape(B, N, d // 2, 2)) * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(z).flatten(2)
'''),
    Right("05_q6", "a partner with its sign", '''
def rotary(x, positions):
    if x.shape[-1] % 2 == 1:
        raise ValueError("odd")
    angles = positions.double()[:, None] / 10000.0 ** (torch.arange(0, x.shape[-1], 2).double() / x.shape[-1])
    angles = angles.repeat_interleave(2, dim=-1)
    return x * angles.cos().to(x.dtype) + partner(x) * angles.sin().to(x.dtype)
''', before='''
def partner(x):
    y = torch.empty_like(x)
    y[..., 0::2] = -x[..., 1::2]
    y[..., 1::2] = x[..., 0::2]
    return y
'''),
    Right("05_q6", "a matrix for each position", '''
def rotary(x, positions):
    d = x.shape[2]
    if d % 2:
        raise ValueError(f"d = {d}")
    M = torch.zeros(len(positions), d, d, dtype=x.dtype)
    for n, t in enumerate(positions.tolist()):
        for i in range(0, d, 2):
            a = t / 10000 ** (i / d)
            M[n, i, i] = M[n, i + 1, i + 1] = math.cos(a)
            M[n, i + 1, i] = math.sin(a)
            M[n, i, i + 1] = -math.sin(a)
    return torch.einsum("nij,bnj->bni", M, x)
'''),
    Right("05_q6", "written into a copy", '''
def rotary(x, positions):
    B, N, d = x.size()
    if d % 2 != 0:
        raise ValueError("pairs!")
    print("turning", N, "tokens")
    out = torch.zeros_like(x)
    for n in range(N):
        for i in range(d // 2):
            a = float(positions[n]) * 10000 ** (-2 * i / d)
            out[:, n, 2 * i] = math.cos(a) * x[:, n, 2 * i] - math.sin(a) * x[:, n, 2 * i + 1]
            out[:, n, 2 * i + 1] = math.sin(a) * x[:, n, 2 * i] + math.cos(a) * x[:, n, 2 * i + 1]
    return out
'''),
    Right("05_q6", "pairs as points", '''
def rotary(x, positions):
    if x.shape[-1] % 2:
        raise ValueError
    points = x.unflatten(-1, (-1, 2))  # (B, N, d/2, 2)
    a = positions.view(-1, 1) * torch.exp(torch.arange(points.shape[2], dtype=x.dtype) * (-2 * math.log(10000.0) / x.shape[-1]))
    c, s = torch.cos(a)[..., None], torch.sin(a)[..., None]
    quarter = torch.stack([-points[..., 1], points[..., 0]], dim=-1)
    return torch.flatten(c * points + s * quarter, start_dim=2)
'''),
]
