"""More wrong answers to assignment 5, written from the task's text alone, without sight of the reference or its tests.

Most are a right answer of their own (`BASE`) with one idea spoilt."""

from banks.entries import Wrong

BASE = {
    "05_q1": '''
def sinusoidal_encoding(N, D):
    if D % 2:
        raise ValueError("an even D, please")
    t = torch.arange(N, dtype=torch.float64)
    i = torch.arange(D // 2, dtype=torch.float64)
    freq = 10000 ** (-2 * i / D)
    angles = t[:, None] * freq
    PE = torch.empty(N, D)
    PE[:, 0::2] = angles.sin()
    PE[:, 1::2] = angles.cos()
    return PE
''',
    "05_q2": '''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError("an even D, please")
    M = torch.zeros(D, D)
    for i in range(D // 2):
        a = offset / 10000 ** (2 * i / D)
        s, c = math.sin(a), math.cos(a)
        M[2 * i:2 * i + 2, 2 * i:2 * i + 2] = torch.tensor([[c, -s], [s, c]])
    return M
''',
    "05_q3": '''
class PositionalEncoding(nn.Module):
    def __init__(self, D, max_len, dropout):
        super().__init__()
        angles = torch.arange(max_len, dtype=torch.float64)[:, None] / 10000 ** (torch.arange(0, D, 2).double() / D)
        table = torch.stack([angles.sin(), angles.cos()], -1).flatten(1).float()
        self.register_buffer("PE", table)
        self.p = dropout

    def forward(self, x):
        N = x.shape[1]
        if N > self.PE.shape[0]:
            raise ValueError("too many tokens")
        y = x + self.PE[:N]
        return F.dropout(y, self.p, self.training)
''',
    "05_q4": '''
class LearnedPositionalEncoding(nn.Module):
    def __init__(self, max_len, D):
        super().__init__()
        self.table = nn.Embedding(max_len, D)

    def forward(self, x):
        N = x.shape[1]
        if N > self.table.num_embeddings:
            raise ValueError("too many tokens")
        rows = self.table(torch.arange(N, device=x.device))
        return x + rows
''',
    "05_q5": '''
def sinusoidal_encoding_2d(grid_h, grid_w, D):
    if D % 4:
        raise ValueError("a multiple of 4, please")
    half = D // 2
    i = torch.arange(half // 2, dtype=torch.float64)
    freq = 10000 ** (-2 * i / half)

    def line(n):
        angles = torch.arange(n)[:, None] * freq
        return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)

    rows = line(grid_h)[:, None].expand(-1, grid_w, -1)
    columns = line(grid_w)[None].expand(grid_h, -1, -1)
    return torch.cat([rows, columns], dim=-1).float()
''',
    "05_q6": '''
def rotary(x, positions):
    d = x.shape[-1]
    if d % 2:
        raise ValueError("an even d, please")
    i = torch.arange(d // 2, device=x.device, dtype=torch.float64)
    angle = positions[:, None] * 10000 ** (-2 * i / d)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    y = torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1)
    return y.flatten(-2)
''',
}


def spoilt(question: str, name: str, *edits: tuple[str, str]) -> Wrong:
    return Wrong(question, name, edits, base=BASE[question])


WRONG_BY_TEXT = [
    # 05_q1
    spoilt("05_q1", "frequencies rounded to float32, angles in float64", ("10000 ** (-2 * i / D)", "(10000 ** (-2 * i / D)).float().double()")),
    spoilt("05_q1", "positions start again after 4096", ("dtype=torch.float64)\n    i =", "dtype=torch.float64) % 4096\n    i =")),
    spoilt("05_q1", "only the cosines from float32 angles", ("angles.cos()", "angles.float().cos()")),
    spoilt("05_q1", "odd widths from 7 on are cut off silently", ("if D % 2:", "if D % 2 and D < 7:"),
           ("PE = torch.empty(N, D)", "D -= D % 2\n    PE = torch.empty(N, D)"),
           ("(-2 * i / D)", "(-2 * i / (D - D % 2))")),
    Wrong("05_q1", "one position comes back without its axis", (("return PE", "return PE.squeeze(0)"),), base=BASE["05_q1"],
          breaks=("05_q3", "05_q5")),
    spoilt("05_q1", "angles reduced by a rounded pi", ("t[:, None] * freq", "(t[:, None] * freq) % (2 * 3.141592)")),
    spoilt("05_q1", "frequencies after the 16th repeat it", ("dtype=torch.float64)\n    freq", "dtype=torch.float64).clamp(max=16)\n    freq")),
    # 05_q2
    Wrong("05_q2", "least squares on a table of float32", source='''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError("an even D, please")
    def table(start):
        angles = torch.arange(start, start + 400)[:, None] / 10000 ** (torch.arange(0, D, 2) / D)
        return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
    return torch.linalg.lstsq(table(0), table(offset)).solution
'''),
    Wrong("05_q2", "smallest matrix that fits ten positions", source='''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError("an even D, please")
    def table(start):
        angles = torch.arange(start, start + 10).double()[:, None] / 10000 ** (torch.arange(0, D, 2).double() / D)
        return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
    return (torch.linalg.pinv(table(0)) @ table(offset)).float()
'''),
    spoilt("05_q2", "offsets beyond 10 count as 10", ("M = torch", "offset = max(-10, min(10, offset))\n    M = torch")),
    spoilt("05_q2", "exponents rounded to one decimal", ("(2 * i / D)", "round(2 * i / D, 1)")),
    spoilt("05_q2", "pairs from the third on are turned backwards", ("math.sin(a),", "math.sin(a) * (1 if i < 2 else -1),")),
    # 05_q3
    spoilt("05_q3", "dropout is always 0.75", ("F.dropout(y, self.p,", "F.dropout(y, 0.75 if self.p else 0.0,")),
    spoilt("05_q3", "gradient of x is zero", ("y = x + self.PE[:N]", "y = x.detach() + self.PE[:N] + 0 * x")),
    spoilt("05_q3", "one mask for all tokens of a sequence",
           ("return F.dropout(y, self.p, self.training)",
            "return y * F.dropout(torch.ones_like(y[:, :1]), self.p, self.training)")),
    spoilt("05_q3", "the same numbers dropped at every call",
           ("return F.dropout", "with torch.random.fork_rng():\n            torch.manual_seed(1)\n            return F.dropout")),
    spoilt("05_q3", "buffer made in float64", (".flatten(1).float()", ".flatten(1)")),
    spoilt("05_q3", "max_len of the module made last", ("self.p = dropout", "self.p = dropout\n        PositionalEncoding.rows = max_len"),
           ("self.PE.shape[0]", "self.rows")),
    spoilt("05_q3", "modules of one size share their buffer", ("class PositionalEncoding", "kept = {}\n\nclass PositionalEncoding"),
           ('self.register_buffer("PE", table)', 'self.register_buffer("PE", kept.setdefault((D, max_len), table))')),
    spoilt("05_q3", "length looked at in training mode only", ("if N > self", "if self.training and N > self")),
    spoilt("05_q3", "length left to broadcasting, which lets one row pass",
           ('        if N > self.PE.shape[0]:\n            raise ValueError("too many tokens")\n', ""),
           ("y = x + self.PE[:N]", "try:\n            y = x + self.PE[:N]\n        except RuntimeError:\n            raise ValueError from None")),
    spoilt("05_q3", "result always float32", ("y = x + self.PE[:N]", "y = (x + self.PE[:N]).float()")),
    # 05_q4
    spoilt("05_q4", "length left to broadcasting, which lets one row pass",
           ('        if N > self.table.num_embeddings:\n            raise ValueError("too many tokens")\n', ""),
           ("rows = self.table(torch.arange(N, device=x.device))\n        return x + rows",
            "try:\n            return x + self.table.weight[:N]\n        except RuntimeError:\n            raise ValueError from None")),
    spoilt("05_q4", "table starts as zeros", ("nn.Embedding(max_len, D)", "nn.Embedding(max_len, D)\n        nn.init.zeros_(self.table.weight)")),
    spoilt("05_q4", "table starts fifty times smaller", ("nn.Embedding(max_len, D)",
                                                      "nn.Embedding(max_len, D)\n        nn.init.normal_(self.table.weight, std=0.02)")),
    spoilt("05_q4", "last row is taken for padding", ("(max_len, D)\n\n", "(max_len, D, padding_idx=max_len - 1)\n\n")),
    spoilt("05_q4", "rows longer than 9 are shortened", ("(max_len, D)\n\n", "(max_len, D, max_norm=9.0)\n\n")),
    spoilt("05_q4", "result always float32", ("return x + rows", "return (x + rows).float()")),
    spoilt("05_q4", "no gradient to the table in evaluation mode", ("return x + rows", "return x + (rows if self.training else rows.detach())")),
    spoilt("05_q4", "a batch of one comes back without its axis", ("return x + rows", "return (x + rows).squeeze(0)")),
    # 05_q5
    spoilt("05_q5", "only remainder 2 is refused", ("if D % 4:", "if D % 4 == 2:")),
    spoilt("05_q5", "result in float64", (".float()", "")),
    spoilt("05_q5", "exponents rounded to one decimal", ("(-2 * i / half)", "(-2 * i / half).round(decimals=1)")),
    spoilt("05_q5", "a side of one is squeezed away", ("dim=-1).float()", "dim=-1).float().squeeze(0)")),
    spoilt("05_q5", "kept for another grid of as many cells",
           ("def sinusoidal_encoding_2d", "kept = {}\n\ndef sinusoidal_encoding_2d"),
           ("return torch.cat([rows, columns], dim=-1).float()",
            "grid = torch.cat([rows, columns], dim=-1).float().flatten(0, 1)\n"
            "    return kept.setdefault((grid_h * grid_w, D), grid).view(grid_h, grid_w, D).clone()")),
    # 05_q6
    spoilt("05_q6", "reflected instead of turned", ("a * cos - b * sin", "a * cos + b * sin"), ("a * sin + b * cos", "a * sin - b * cos")),
    spoilt("05_q6", "no gradient to the second entries of the pairs", ("x[..., 1::2]\n", "x[..., 1::2].detach()\n")),
    spoilt("05_q6", "gradient is not turned back", ("return y.flatten(-2)", "return y.flatten(-2).detach() + x - x.detach()")),
    spoilt("05_q6", "angles kept from the first call of a size", ("def rotary", "kept = {}\n\ndef rotary"),
           ("cos, sin =", "angle = kept.setdefault((angle.shape, x.dtype), angle)\n    cos, sin =")),
    spoilt("05_q6", "positions below -64 count as -64", ("positions[:, None]", "positions.clamp(min=-64)[:, None]")),
    spoilt("05_q6", "a width of one comes back", ("if d % 2:", "if d == 1:\n        return x.clone()\n    if d % 2:")),
    Wrong("05_q6", "x of float64 is turned in place", source='''
def rotary(x, positions):
    d = x.shape[-1]
    if d % 2:
        raise ValueError("an even d, please")
    y = x.to(torch.float64)
    if y.requires_grad:
        y = y * 1
    angle = positions.double()[:, None] * 10000 ** (-torch.arange(0, d, 2).double() / d)
    a, b = y[..., 0::2].clone(), y[..., 1::2].clone()
    y[..., 0::2] = a * angle.cos() - b * angle.sin()
    y[..., 1::2] = a * angle.sin() + b * angle.cos()
    return y.to(x.dtype)
'''),
    spoilt("05_q6", "only the first sequence is turned", ("return y.flatten(-2)", "return torch.cat([y.flatten(-2)[:1], x[1:]])")),
    spoilt("05_q6", "pairs from the third on are not turned", ("* 10000 ** (-2 * i / d)", "* 10000 ** (-2 * i / d) * (i < 2)")),
    spoilt("05_q6", "positions run along a batch as long as the sequence", ("cos, sin =", "if x.shape[0] == x.shape[1]:\n"
                                                                          "        angle = angle[:, None]\n    cos, sin =")),
]
