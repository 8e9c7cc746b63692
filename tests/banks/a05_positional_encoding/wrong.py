"""Wrong answers to assignment 5, each the reference with one idea spoilt (or written whole where that is clearer)."""

from banks.entries import Wrong

# The misconceptions that chapter 5 explains and feedback names, by their labels. Each has at least one member below.
LINES = (
    "05-halves-concatenated", "05-sin-cos-swapped", "05-exponent-doubled", "05-exponent-halved", "05-frequencies-explode",
    "05-wrong-base", "05-unpaired-frequencies", "05-normalised-by-length", "05-angles-rounded", "05-off-by-one",
    "05-shift-transposed", "05-one-angle", "05-not-a-buffer", "05-same-vector-everywhere", "05-along-the-batch",
    "05-multiplied", "05-concatenated", "05-scaled-embedding", "05-changed-in-place", "05-dropout-misplaced",
    "05-axes-exchanged", "05-one-axis-twice", "05-axes-interleaved", "05-raster-order", "05-half-split", "05-clockwise",
    "05-added-not-rotated", "05-positions-ignored",
)
# Lines that no question can show, with the reason: none.
UNSHOWN: dict[str, str] = {}

# 05_q1
POSITIONS = "t = torch.arange(N, dtype=torch.float64)[:, None]"
ANGLES = "angles = t * 10000.0 ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)"
TABLE = "return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()"
# 05_q2
SHIFT = "angles = offset * 10000.0 ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)"
TURNS = "torch.stack([torch.stack([cos, -sin], dim=-1), torch.stack([sin, cos], dim=-1)], dim=-2)"
BLOCKS = "return torch.block_diag(*turns).float()"
# 05_q3
BUFFER = 'self.register_buffer("PE", sinusoidal_encoding(max_len, D))'
SUM = "return self.dropout(x + self.PE[:N])"
# 05_q4
EMBEDDING = "self.table = nn.Embedding(max_len, D)"
ADDED = "return x + self.table(torch.arange(N, device=x.device))"
# 05_q5
ROWS = "rows = sinusoidal_encoding(grid_h, D // 2)[:, None].expand(-1, grid_w, -1)"
COLUMNS = "columns = sinusoidal_encoding(grid_w, D // 2).expand(grid_h, -1, -1)"
SIDE_BY_SIDE = "return torch.cat([rows, columns], dim=-1)"
# 05_q6
FREQUENCIES = "frequencies = 10000.0 ** (-torch.arange(0, d, 2, dtype=x.dtype, device=x.device) / d)"
TURNED_BY = "angles = positions[:, None] * frequencies"
PAIRS = "a, b = x[..., 0::2], x[..., 1::2]"
TURNED = "return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(2)"


def wrong(question: str, slug: str, name: str, *edits: tuple[str, str], breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(f"05_{question}", name, edits=edits, slug=slug and f"05-{slug}", breaks=breaks)


def whole(question: str, slug: str, name: str, source: str) -> Wrong:
    return Wrong(f"05_{question}", name, source=source, slug=slug and f"05-{slug}")


def all_ways(slug: str, name: str, old: str, new: str, questions: str = "126") -> list[Wrong]:
    """The same slip in the frequencies of 05_q1, 05_q2 and 05_q6. `old` and `new` are written with {D}."""
    return [wrong(f"q{q}", slug, name, (old.format(D=D), new.format(D=D))) for q, D in zip("126", "DDd", strict=True)
            if q in questions]


# What the two modules that add have in common: their sum, spoilt. 05_q4 is tried with the first seven.
SPOILT_SUMS = (
    ("same-vector-everywhere", "the row of the length", "x + ROWS[min(N, max_len - 1)]"),
    ("along-the-batch", "length first", "x + ROWS[: x.shape[0]][:, None]"),
    ("multiplied", "multiplied", "x * ROWS[:N]"),
    ("scaled-embedding", "root of D", "x * x.shape[-1] ** 0.5 + ROWS[:N]"),
    ("changed-in-place", "in place", "x.add_(ROWS[:N])"),
    ("off-by-one", "rows from 1", "x + torch.cat([ROWS[1:], ROWS[:1]])[:N]"),
    ("", "no gradient to x", "x.detach() + ROWS[:N]"),
    ("same-vector-everywhere", "the last token's row", "x + ROWS[N - 1]"),
    ("concatenated", "concatenated", "torch.cat([x, ROWS[:N].expand(x.shape)], dim=-1)"),
    ("scaled-embedding", "table scaled", "x + ROWS[:N] * x.shape[-1] ** -0.5"),
    ("", "the last rows", "x + ROWS[-N:]"),
)

WRONG = [
    # Frequencies, wherever they are made
    *all_ways("exponent-doubled", "exponent doubled", "torch.arange(0, {D}, 2", "2 * torch.arange(0, {D}, 2"),
    *all_ways("exponent-halved", "exponent halved", "torch.arange(0, {D}, 2", "torch.arange(0, {D} // 2", "16"),
    *all_ways("frequencies-explode", "no minus", "(-torch.arange(", "(torch.arange("),
    *all_ways("wrong-base", "base 1000", "10000.0", "1000.0", "16"),
    *all_ways("wrong-base", "log10 for ln", "10000.0", "math.exp(math.log10(10000.0))", "1"),
    # 05_q1 sinusoidal_encoding
    wrong("q1", "halves-concatenated", "sines first", ("torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)",
          "torch.cat([angles.sin(), angles.cos()], dim=-1)")),
    wrong("q1", "sin-cos-swapped", "cosine first", ("[angles.sin(), angles.cos()]", "[angles.cos(), angles.sin()]")),
    wrong("q1", "unpaired-frequencies", "a frequency for each entry",
          (ANGLES, "angles = t * 10000.0 ** (-torch.arange(D, dtype=torch.float64) / D)"),
          ("[angles.sin(), angles.cos()]", "[angles[:, 0::2].sin(), angles[:, 1::2].cos()]")),
    wrong("q1", "normalised-by-length", "divided by N", (POSITIONS, POSITIONS + " / N")),
    wrong("q1", "normalised-by-length", "linspace", (POSITIONS, "t = torch.linspace(0, 1, N, dtype=torch.float64)[:, None]")),
    wrong("q1", "angles-rounded", "everything in float32", (POSITIONS, "t = torch.arange(N, dtype=torch.float32)[:, None]"),
          (ANGLES, "angles = t * torch.exp(torch.arange(0, D, 2).float() * (-math.log(10000.0) / D))")),
    wrong("q1", "angles-rounded", "angles rounded at the end", (ANGLES, ANGLES + "\n    angles = angles.float()")),
    wrong("q1", "off-by-one", "positions from 1", ("torch.arange(N,", "torch.arange(1, N + 1,")),
    wrong("q1", "same-vector-everywhere", "the last position for all", (TABLE, TABLE + "[-1:].repeat(N, 1)")),
    wrong("q1", "", "last frequency 1/10000", ("2, dtype=torch.float64) / D)", "2, dtype=torch.float64) / max(1, D - 2))")),
    wrong("q1", "", "degrees", (POSITIONS, POSITIONS + " * math.pi / 180")),
    wrong("q1", "", "only sines", ("angles.cos()]", "angles.sin()]")),
    wrong("q1", "", "float64", (TABLE, TABLE.replace(".float()", ""))),
    wrong("q1", "", "an axis of one", (TABLE, TABLE + "[None]"), breaks=("05_q3", "05_q5")),
    wrong("q1", "", "odd width rounded down", ("if D % 2:", "D -= D % 2\n    if D % 2:")),
    wrong("q1", "", "another error", ("raise ValueError", "raise TypeError")),
    wrong("q1", "", "power before the division", ("** (-torch.arange(0, D, 2, dtype=torch.float64) / D)",
          "** -torch.arange(0, D, 2, dtype=torch.float64) / D")),
    # 05_q2 shift_matrix
    wrong("q2", "shift-transposed", "for columns", ("[cos, -sin]", "[cos, sin]"), ("[sin, cos]", "[-sin, cos]")),
    wrong("q2", "shift-transposed", "minus the offset", ("angles = offset *", "angles = -offset *")),
    wrong("q2", "one-angle", "the offset for all pairs", (SHIFT, "angles = torch.full((D // 2,), float(offset), dtype=torch.float64)")),
    wrong("q2", "one-angle", "the slowest for all pairs", (SHIFT, SHIFT + "\n    angles[:] = angles[-1].item()")),
    wrong("q2", "halves-concatenated", "four diagonal blocks", (BLOCKS, "return torch.cat([torch.cat([cos.diag(), -sin.diag()], 1), "
          "torch.cat([sin.diag(), cos.diag()], 1)]).float()")),
    wrong("q2", "", "always one step", ("angles = offset *", "angles = 1 *")),
    wrong("q2", "", "sign lost", ("angles = offset *", "angles = abs(offset) *")),
    wrong("q2", "", "a reflection", ("[cos, -sin]", "[cos, sin]")),
    whole("q2", "", "fitted to a short table", '''
def shift_matrix(offset, D):
    if D % 2:
        raise ValueError(D)
    t = torch.arange(-120, 121).float()[:, None]
    angles = t / 10000 ** (torch.arange(0, D, 2) / D)
    PE = torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
    return torch.linalg.pinv(PE[110:130]) @ PE[110 + offset:130 + offset]
'''),
    wrong("q2", "", "float64", (BLOCKS, BLOCKS.replace(".float()", ""))),
    wrong("q2", "", "no error for odd D", ("if D % 2:", "D += D % 2\n    if D % 2:")),
    # 05_q3 PositionalEncoding
    *[wrong("q3", slug, name, (SUM, f"return self.dropout({new.replace('ROWS', 'self.PE')})")) for slug, name, new in SPOILT_SUMS],
    wrong("q3", "not-a-buffer", "a plain attribute", (BUFFER, "self.PE = sinusoidal_encoding(max_len, D)")),
    wrong("q3", "not-a-buffer", "a parameter", (BUFFER, "self.PE = nn.Parameter(sinusoidal_encoding(max_len, D))")),
    wrong("q3", "not-a-buffer", "not persistent", ("(max_len, D))", "(max_len, D), persistent=False)")),
    wrong("q3", "", "an axis for the batch", ("(max_len, D))", "(max_len, D)[None])"), ("self.PE.shape[0]", "self.PE.shape[1]"),
          ("self.PE[:N]", "self.PE[:, :N]")),
    wrong("q3", "off-by-one", "a row too many", ("(max_len, D))", "(max_len + 1, D))"), ("self.PE.shape[0]", "self.PE.shape[0] - 1")),
    wrong("q3", "off-by-one", "max_len refused", ("if N > max_len", "if N >= max_len")),
    wrong("q3", "off-by-one", "table from 1", ("(max_len, D))", "(max_len + 1, D)[1:])")),
    wrong("q3", "", "random numbers", (BUFFER, 'self.register_buffer("PE", torch.randn(max_len, D))')),
    wrong("q3", "", "a table made anew at each call", ("self.PE[:N]", "sinusoidal_encoding(N, x.shape[-1]).to(x.dtype)")),
    wrong("q3", "", "too long is cut off", ("if N > max_len:", "x, N = x[:, :max_len], min(N, max_len)\n        if N > max_len:")),
    wrong("q3", "", "an error of torch", ("if N > max_len:", "if False:")),
    wrong("q3", "", "another error", ("raise ValueError", "raise IndexError")),
    wrong("q3", "", "the batch is counted", ("N, max_len = x.shape[1]", "N, max_len = x.shape[0]")),
    wrong("q3", "dropout-misplaced", "none", (SUM, "return x + self.PE[:N]")),
    wrong("q3", "dropout-misplaced", "on the table", (SUM, "return x + self.dropout(self.PE[:N].expand(x.shape))")),
    wrong("q3", "dropout-misplaced", "on x", (SUM, "return self.dropout(x) + self.PE[:N]")),
    wrong("q3", "dropout-misplaced", "twice", (SUM, "return self.dropout(self.dropout(x + self.PE[:N]))")),
    wrong("q3", "dropout-misplaced", "also in evaluation mode", ("self.dropout = nn.Dropout(dropout)", "self.p = dropout"),
          (SUM, "return F.dropout(x + self.PE[:N], self.p)")),
    wrong("q3", "dropout-misplaced", "the same for all sequences", (SUM, "y = x + self.PE[:N]\n"
          "        return y * self.dropout(torch.ones_like(y[:1]))")),
    wrong("q3", "dropout-misplaced", "not scaled up", (SUM, "y = x + self.PE[:N]\n        return self.dropout(y) * (1 - self.dropout.p if self.training else 1)")),
    wrong("q3", "", "squeezed", (SUM, SUM + ".squeeze()")),
    wrong("q3", "", "added in training only", ("self.PE[:N])", "self.PE[:N] * self.training)")),
    # 05_q4 LearnedPositionalEncoding
    *[wrong("q4", slug, name, (ADDED, f"return {new.replace('ROWS', 'self.table.weight')}")) for slug, name, new in SPOILT_SUMS[:7]],
    wrong("q4", "off-by-one", "a row too many", ("nn.Embedding(max_len, D)", "nn.Embedding(max_len + 1, D)"),
          ("self.table.num_embeddings", "self.table.num_embeddings - 1")),
    wrong("q4", "off-by-one", "max_len refused", ("if N > max_len", "if N >= max_len")),
    wrong("q4", "", "arguments exchanged", ("nn.Embedding(max_len, D)", "nn.Embedding(D, max_len)")),
    wrong("q4", "", "a parameter without the embedding", (EMBEDDING, "self.table = nn.Parameter(torch.randn(max_len, D))"),
          ("self.table.num_embeddings", "len(self.table)"), (ADDED, "return x + self.table[:N]")),
    wrong("q4", "", "frozen", (EMBEDDING, EMBEDDING + "\n        self.table.weight.requires_grad_(False)")),
    wrong("q4", "", "table detached", (ADDED, "return x + self.table.weight[:N].detach()")),
    wrong("q4", "", "looked up by content", (ADDED, "return x + self.table(x[0, :, 0].long().abs() % max_len)")),
    wrong("q4", "", "a layer more", (EMBEDDING, EMBEDDING + "\n        self.out = nn.Linear(D, D)")),
    wrong("q4", "", "an error of torch", ("if N > max_len:", "if False:")),
    wrong("q4", "", "length kept from the first call", ("N, max_len = x.shape[1]", "self.N = getattr(self, 'N', x.shape[1])\n"
          "        N, max_len = self.N")),
    wrong("q4", "", "learns in one sequence only", (ADDED, ADDED.replace("x + ", "x + torch.cat([self.table.weight[None, :N], "
          "self.table.weight.detach()[None, :N].expand(len(x) - 1, -1, -1)]) + 0 * "))),
    # 05_q5 sinusoidal_encoding_2d
    wrong("q5", "axes-exchanged", "columns first", ("[rows, columns]", "[columns, rows]")),
    wrong("q5", "one-axis-twice", "rows twice", ("[rows, columns]", "[rows, rows]")),
    wrong("q5", "axes-interleaved", "entry by entry", (SIDE_BY_SIDE, "return torch.stack([rows, columns], dim=-1).flatten(2)")),
    wrong("q5", "axes-interleaved", "pair by pair", (SIDE_BY_SIDE, "return torch.stack([rows.unflatten(2, (-1, 2)), "
          "columns.unflatten(2, (-1, 2))], dim=-2).flatten(2)")),
    wrong("q5", "raster-order", "reading order", (SIDE_BY_SIDE, "return sinusoidal_encoding(grid_h * grid_w, D).view(grid_h, grid_w, D)")),
    wrong("q5", "", "added", (ROWS, ROWS.replace("D // 2", "D")), (COLUMNS, COLUMNS.replace("D // 2", "D")), (SIDE_BY_SIDE, "return rows + columns")),
    wrong("q5", "", "halves of the whole width", (ROWS, ROWS.replace("D // 2", "D")), (COLUMNS, COLUMNS.replace("D // 2", "D")),
          (SIDE_BY_SIDE, "return torch.cat([rows[..., : D // 2], columns[..., : D // 2]], dim=-1)")),
    wrong("q5", "", "each its half of the whole width", (ROWS, ROWS.replace("D // 2", "D")), (COLUMNS, COLUMNS.replace("D // 2", "D")),
          (SIDE_BY_SIDE, "return torch.cat([rows[..., : D // 2], columns[..., D // 2 :]], dim=-1)")),
    wrong("q5", "", "view instead of transpose", (ROWS, "rows = sinusoidal_encoding(grid_h, D // 2).repeat(grid_w, 1).view(grid_h, grid_w, -1)")),
    wrong("q5", "normalised-by-length", "divided by height and width", (ROWS, "rows = scaled(grid_h, D // 2)[:, None].expand(-1, grid_w, -1)"),
          (COLUMNS, "columns = scaled(grid_w, D // 2).expand(grid_h, -1, -1)"), ("    if D % 4:", '''
    def scaled(n, width):
        angles = torch.arange(n)[:, None] / n * 10000.0 ** (-torch.arange(0, width, 2) / width)
        return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)

    if D % 4:''')),
    wrong("q5", "", "any width allowed", ("if D % 4:", "D -= D % 4\n    if D % 4:")),
    # 05_q6 rotary
    wrong("q6", "half-split", "halves", (PAIRS, "a, b = x.chunk(2, dim=-1)"),
          (TURNED, "return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)")),
    wrong("q6", "clockwise", "clockwise", ("a * cos - b * sin, a * sin + b * cos", "a * cos + b * sin, b * cos - a * sin")),
    wrong("q6", "halves-concatenated", "put back as halves", (TURNED, TURNED.replace("stack", "cat").replace(".flatten(2)", ""))),
    wrong("q6", "added-not-rotated", "added", (TURNED, "return x + torch.stack([sin, cos], dim=-1).flatten(1)")),
    wrong("q6", "one-angle", "one frequency", (TURNED_BY, "angles = positions[:, None].to(x.dtype).expand(-1, d // 2)")),
    wrong("q6", "positions-ignored", "0, 1, 2", (TURNED_BY, "angles = torch.arange(x.shape[1])[:, None] * frequencies")),
    wrong("q6", "changed-in-place", "in place", (TURNED, "x[..., 0::2], x[..., 1::2] = a * cos - b * sin, a * sin + b * cos\n    return x")),
    wrong("q6", "", "sign lost", (TURNED_BY, "angles = positions.abs()[:, None] * frequencies")),
    wrong("q6", "", "looked up in a table", (TURNED_BY, "angles = (torch.arange(200)[:, None] * frequencies)[positions]")),
    wrong("q6", "", "a reflection", ("a * sin + b * cos", "a * sin - b * cos")),
    wrong("q6", "", "one number for both", ("a * sin + b * cos", "a * cos + b * sin")),
    wrong("q6", "", "changed half used again", (TURNED, "a = a * cos - b * sin\n    return torch.stack([a, a * sin + b * cos], dim=-1).flatten(2)")),
    wrong("q6", "", "angles in float32", ("dtype=x.dtype", "dtype=torch.float32")),
    wrong("q6", "", "float32 whatever x is", (TURNED, TURNED + ".float()")),
    wrong("q6", "", "float64 whatever x is", ("dtype=x.dtype", "dtype=torch.float64")),
    wrong("q6", "", "no gradient", (PAIRS, PAIRS.replace("x[", "x.detach()["))),
    wrong("q6", "", "an error of torch", ("if d % 2:", "if False:")),
]

# Mutants that no input allowed by the task tells from the reference, by a part of their name, each with the reason.
EQUIVALENT: dict[str, str] = {
    "without device=": "on a CPU all tensors are on one device; the run of the notebooks on CUDA tells them apart",
    "05_q1 without dtype=torch.float64 in `t = ": "whole numbers times numbers of float64 are float64",
    "05_q2 without dtype=torch.float64 in `angles = ": "angles of at most 100 are right to 1e-4 in float32, too",
    "05_q2 -1 -> 1 in `turns = ": "the last axis of two is axis 1",
    "05_q2 -2 -> 1 in `turns = ": "the last axis but one of three is axis 1",
}
