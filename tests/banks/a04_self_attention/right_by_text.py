"""More right answers to assignment 4, written from the task's text alone, without sight of the reference or its tests."""

from banks.entries import Right

RIGHT_BY_TEXT: list[Right] = [
    Right("04_q1", "loops over sequences and tokens, only the allowed keys", source='''
class SelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_v = nn.Linear(D, d_v, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_q = nn.Linear(D, d, bias=False)

    def forward(self, x, mask=None):
        B, N, _ = x.shape
        if mask is None:
            mask = torch.ones(N, N, dtype=torch.bool, device=x.device)
        mask = mask.expand(B, N, N)
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        rows = []
        for b in range(B):
            for i in range(N):
                keep = mask[b, i].nonzero().flatten()
                row = x.new_zeros(N)
                if len(keep):
                    scores = k[b, keep] @ q[b, i] / q.shape[-1] ** 0.5
                    row = row.index_put((keep,), scores.softmax(0))
                rows.append(row)
        weights = torch.stack(rows).view(B, N, N)
        return torch.bmm(weights, v), weights
'''),
    Right("04_q1", "einsum, softmax by hand with the largest allowed score taken off", source='''
class SelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super(SelfAttention, self).__init__()
        self.scale = d ** -0.5
        self.W_q, self.W_k = nn.Linear(D, d, bias=False), nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, d_v, bias=False)

    def forward(self, x, mask=None):
        allowed = torch.ones((), dtype=torch.bool, device=x.device) if mask is None else mask
        e = torch.einsum("bid,bjd->bij", self.W_q(x) * self.scale, self.W_k(x))
        low = torch.finfo(e.dtype).min
        top = torch.where(allowed, e, low).amax(dim=2, keepdim=True).detach()
        p = torch.where(allowed, torch.exp(torch.where(allowed, e - top, torch.zeros_like(e))), torch.zeros_like(e))
        total = p.sum(dim=2, keepdim=True)
        weights = p / torch.where(total > 0, total, torch.ones_like(total))
        return torch.einsum("bij,bjv->biv", weights, self.W_v(x)), weights
'''),
    Right("04_q1", "y from scaled_dot_product_attention, weights from it with the identity for values", source='''
class SelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        for name, width in (("W_q", d), ("W_k", d), ("W_v", d_v)):
            setattr(self, name, nn.Linear(D, width, bias=False))

    def forward(self, x, mask=None):
        B, N, D = x.shape
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        if mask is None:
            allowed = torch.ones(B, N, N, dtype=torch.bool, device=x.device)
        else:
            allowed = mask.expand(B, N, N)
        alive = allowed.any(-1, keepdim=True)
        safe = allowed | ~alive  # a row without any True looks at all, for now
        eye = torch.eye(N, dtype=x.dtype, device=x.device).expand(B, N, N)
        weights = F.scaled_dot_product_attention(q, k, eye, attn_mask=safe) * alive
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=safe) * alive
        return y, weights
'''),
    Right("04_q1", "float64 inside, a helper of its own, a list returned, a warning", before='''
import warnings

def careful_softmax(scores, allowed):
    scores = scores.masked_fill(allowed.logical_not(), -math.inf)
    return torch.nan_to_num(torch.softmax(torch.where(allowed.any(-1, keepdim=True), scores, 0.0), -1)) * allowed
''', source='''
class SelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D, d, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, d_v, bias=False)

    def forward(self, x, mask=None):
        warnings.warn("attending")
        N = x.size(1)
        x64 = x.double()
        q, k, v = (x64 @ W.weight.double().T for W in (self.W_q, self.W_k, self.W_v))
        allowed = torch.full((1, N, N), True, device=x.device) if mask is None else mask
        weights = careful_softmax(q.matmul(k.mT).div(math.sqrt(k.size(-1))), allowed)
        return [(weights @ v).to(x.dtype), weights.to(x.dtype)]
'''),
    Right("04_q2", "the two matrices multiplied first", source='''
def pairwise_scores(x, W_q, W_k):
    d = W_q.size(0)
    M = W_q.t() @ W_k  # (D, D): one bilinear form
    return torch.matmul(torch.matmul(x, M), x.permute(0, 2, 1)) * d ** -0.5
'''),
    Right("04_q2", "four loops", source='''
def pairwise_scores(x, W_q, W_k):
    """Every pair of every sequence, one number at a time."""
    d = len(W_q)
    table = []
    for tokens in x:
        q = [W_q @ token for token in tokens]
        k = [W_k @ token for token in tokens]
        table.append(torch.stack([torch.stack([sum(a * b for a, b in zip(qi, kj)) / d ** 0.5 for kj in k]) for qi in q]))
    return torch.stack(table)
'''),
    Right("04_q2", "one einsum of four tensors", source='''
def pairwise_scores(x, W_q, W_k):
    return torch.einsum("bim,dm,dn,bjn->bij", x, W_q, W_k, x) / W_k.shape[0] ** 0.5
'''),
    Right("04_q2", "F.linear, broadcast and sum, the scale shared out", source='''
def pairwise_scores(x, W_q, W_k):
    root = float(W_q.shape[0]) ** 0.25
    q, k = F.linear(x, W_q / root), F.linear(x, W_k / root)
    return (q.unsqueeze(2) * k.unsqueeze(1)).sum(-1)
'''),
    Right("04_q3", "token by token", source='''
def equivariance_gap(layer, x, perm):
    before = layer(torch.stack([x[:, int(p)] for p in perm], dim=1))
    after = layer(x)
    gap = 0.0
    for i, p in enumerate(perm.tolist()):
        gap = max(gap, float((before[:, i] - after[:, p]).abs().max()))
    return gap
'''),
    Right("04_q3", "a permutation matrix", source='''
@torch.no_grad()
def equivariance_gap(layer, x, perm):
    N = x.shape[1]
    P = F.one_hot(perm, N).to(x.dtype)  # row i has its 1 at perm[i]
    fx = layer(x)
    return torch.dist(layer(P @ x), P.to(fx.dtype) @ fx, p=float("inf")).item()
'''),
    Right("04_q3", "put back by the inverse permutation", source='''
def equivariance_gap(layer, x, perm):
    back = torch.empty_like(perm)
    back[perm] = torch.arange(len(perm), device=perm.device)
    moved = layer(x.index_select(1, perm)).index_select(1, back)
    return torch.max(torch.abs(torch.sub(moved, layer(x)))).detach().cpu().item()
'''),
    Right("04_q3", "gather, max over python numbers", source='''
def equivariance_gap(layer, x, perm):
    def moved(t):
        return torch.gather(t, 1, perm.view(1, -1, 1).expand(t.size(0), -1, t.size(2)))

    differences = (layer(moved(x)) - moved(layer(x))).flatten().tolist()
    return float(max(abs(number) for number in differences))
'''),
    Right("04_q4", "einsum on the grid, never flattened", source='''
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.W_v = nn.Conv2d(C, d, 1, bias=False)
        self.W_k = nn.Conv2d(C, d, 1, bias=False)
        self.W_q = nn.Conv2d(C, d, 1, bias=False)

    def forward(self, x):
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        e = torch.einsum("bdhw,bdyx->bhwyx", q, k) / math.sqrt(q.shape[1])
        a = (e - torch.logsumexp(e, dim=(3, 4), keepdim=True)).exp()
        return x + self.gamma * self.W_o(torch.einsum("bhwyx,bdyx->bdhw", a, v))
'''),
    Right("04_q4", "scaled_dot_product_attention, W_o as a matrix on the tokens", source='''
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        self.W_q = nn.Conv2d(C, d, kernel_size=1, bias=False)
        self.W_k = nn.Conv2d(C, d, kernel_size=1, bias=False)
        self.W_v = nn.Conv2d(C, d, kernel_size=1, bias=False)
        self.W_o = nn.Conv2d(d, C, kernel_size=1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        B, C, H, W = x.shape
        tokens = x.permute(0, 2, 3, 1).reshape(B, H * W, C)
        q, k, v = (tokens @ layer.weight[:, :, 0, 0].T for layer in (self.W_q, self.W_k, self.W_v))
        out = F.scaled_dot_product_attention(q, k, v) @ self.W_o.weight.squeeze(-1).squeeze(-1).T
        return (tokens + self.gamma * out).view(B, H, W, C).permute(0, 3, 1, 2)
'''),
    Right("04_q4", "image by image and place by place", source='''
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        self.d = d
        self.W_q, self.W_k, self.W_v = (nn.Conv2d(C, d, 1, bias=False) for _ in range(3))
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.register_parameter("gamma", nn.Parameter(torch.zeros(1)))

    def forward(self, x):
        images = []
        for image in x:
            C, H, W = image.shape
            q, k, v = (layer(image[None])[0].flatten(1) for layer in (self.W_q, self.W_k, self.W_v))  # (d, N)
            places = [v @ F.softmax(k.T @ q[:, i] / self.d ** 0.5, dim=0) for i in range(H * W)]
            context = torch.stack(places, dim=1).unflatten(1, (H, W))
            images.append(image + self.gamma.view(1, 1, 1) * self.W_o(context[None])[0])
        return torch.stack(images)
'''),
    Right("04_q4", "keys asked over the first axis, columns of a transposed table", source='''
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        parts = {name: nn.Conv2d(C, d, 1, bias=False) for name in ("W_q", "W_k", "W_v")}
        for name, part in parts.items():
            self.add_module(name, part)
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.gamma = nn.Parameter(torch.tensor([0.0]))

    def forward(self, x):
        q, k, v = self.W_q(x).flatten(2), self.W_k(x).flatten(2), self.W_v(x).flatten(2)  # (B, d, N)
        scores = torch.bmm(k.transpose(1, 2), q) * q.size(1) ** -0.5  # (B, keys, queries)
        columns = scores.softmax(dim=1)
        y = x.clone()
        y += self.gamma * self.W_o(torch.bmm(v, columns).view(x.size(0), -1, x.size(2), x.size(3)))
        return y
'''),
    Right("04_q5", "a table of lambdas", source='''
def count_flops(kind, N, D, width):
    def product(m, n, p):
        return 2 * m * n * p

    costs = {
        "self_attention": lambda: 3 * product(N, D, D) + product(N, D, N) + product(N, N, D),
        "rnn": lambda: 2 * product(D, D, 1) * N,
        "conv": lambda: product(N, width * D, D),
    }
    if kind not in costs:
        raise ValueError(kind)
    return costs[kind]()
'''),
    Right("04_q5", "match, factored", source='''
def count_flops(kind, N, D, width):
    match kind:
        case "self_attention":
            return 2 * N * D * (3 * D + 2 * N)
        case "rnn":
            return (N * D * D) << 2
        case "conv":
            return 2 * N * D ** 2 * width
        case _:
            raise ValueError("kind must be self_attention, rnn or conv")
'''),
    Right("04_q5", "an error of its own, prints", before='''
class UnknownKind(ValueError):
    pass
''', source='''
def count_flops(kind, N, D, width):
    per_matrix = 2 * D * D
    print("counting", kind)
    try:
        if kind == "self_attention":
            pairs = N ** 2
            total = N * 3 * per_matrix + 2 * (2 * D * pairs)
        else:
            total = N * {"rnn": 2, "conv": width}[kind] * per_matrix
    except KeyError:
        raise UnknownKind(f"no such layer: {kind}") from None
    return int(total)
'''),
    Right("04_q5", "multiply-adds first, doubled at the end", source='''
def count_flops(kind, N, D, width):
    if kind not in ["self_attention", "rnn", "conv"]:
        raise ValueError("unknown kind " + repr(kind))
    multiply_adds = 0
    if kind == "self_attention":
        for name in ("W_q", "W_k", "W_v"):
            multiply_adds += N * D * D
        for name in ("scores", "sum"):
            multiply_adds += N * D * N
    elif kind == "rnn":
        multiply_adds += N * (D * D + D * D)
    elif kind == "conv":
        multiply_adds += math.prod([N, width, D, D])
    return multiply_adds + multiply_adds
'''),
]
