"""Right answers to assignment 4 in styles that differ from the reference: each must get full marks."""

from banks.entries import Right

LAYER = '''
class SelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D, d, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, d_v, bias=False)

'''
BLOCK = '''
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        self.d = d
        self.W_q = nn.Conv2d(C, d, 1, bias=False)
        self.W_k = nn.Conv2d(C, d, kernel_size=1, bias=False)
        self.W_v = nn.Conv2d(C, d, (1, 1), bias=False)
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

'''

RIGHT = [
    # 04_q1
    Right("04_q1", "einsum", LAYER + '''
    def forward(self, x, mask=None):
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        e = torch.einsum("bid,bjd->bij", q, k) / math.sqrt(q.size(-1))
        if mask is not None:
            e = torch.where(mask, e, torch.full_like(e, -1e9))
        a = torch.softmax(e, -1)
        if mask is not None:
            a = a * mask
        return torch.einsum("bij,bjv->biv", a, v), a
'''),
    Right("04_q1", "scaled_dot_product_attention, and the weights from an identity", LAYER + '''
    def forward(self, x, mask=None):
        B, N, _ = x.shape
        q, k = self.W_q(x), self.W_k(x)
        eye = torch.eye(N, dtype=x.dtype, device=x.device).expand(B, N, N)
        if mask is not None:
            mask = mask.expand(B, N, N)
        weights = F.scaled_dot_product_attention(q, k, eye, attn_mask=mask)
        if mask is not None:
            weights = torch.where(mask.any(-1, keepdim=True), weights, torch.zeros_like(weights))
        return weights @ self.W_v(x), weights
'''),
    Right("04_q1", "scaled_dot_product_attention for y, the weights beside it", LAYER + '''
    def forward(self, x, mask=None):
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        with torch.no_grad():
            scores = q @ k.mT / q.shape[-1] ** 0.5
            weights = scores.softmax(-1) if mask is None else scores.masked_fill(~mask, -1e9).softmax(-1) * mask
        return y, weights
'''),
    Right("04_q1", "one token at a time", LAYER + '''
    def forward(self, x, mask=None):
        B, N, _ = x.shape
        mask = torch.ones(B, N, N, dtype=torch.bool) if mask is None else mask.expand(B, N, N)
        Q, K, V = self.W_q(x), self.W_k(x), self.W_v(x)
        ys, all_weights = [], []
        for b in range(B):
            for i in range(N):
                scores = K[b] @ Q[b, i] / Q.shape[-1] ** 0.5
                keep = mask[b, i]
                a = torch.zeros(N, dtype=x.dtype)
                if keep.any():
                    a = a.masked_scatter(keep, scores[keep].softmax(0))
                ys.append(a @ V[b])
                all_weights.append(a)
        return torch.stack(ys).reshape(B, N, -1), torch.stack(all_weights).reshape(B, N, N)
'''),
    Right("04_q1", "minus infinity and nan_to_num", LAYER + '''
    def forward(self, x, mask=None):
        scale = self.W_q.out_features ** -0.5
        scores = torch.bmm(self.W_q(x) * scale, self.W_k(x).mT)
        if mask is not None:
            scores = scores.masked_fill(mask.logical_not(), float("-inf"))
        weights = torch.nan_to_num(F.softmax(scores, dim=2))
        return torch.bmm(weights, self.W_v(x)), weights
'''),
    Right("04_q1", "a softmax of its own, stable", LAYER + '''
    def forward(self, x, mask=None):
        q, k, v = (F.linear(x, W.weight) for W in (self.W_q, self.W_k, self.W_v))
        scores = (q[:, :, None, :] * k[:, None, :, :]).sum(-1) / q.shape[-1] ** 0.5
        allowed = torch.ones_like(scores) if mask is None else mask.to(scores).expand_as(scores)
        top = (scores - 1e30 * (1 - allowed)).amax(-1, keepdim=True).detach()
        e = ((scores - top) * allowed).exp() * allowed
        weights = e / e.sum(-1, keepdim=True).clamp(min=1e-30)
        return [weights @ v, weights]
'''),
    Right("04_q1", "empty rows opened, then closed", LAYER + '''
    def forward(self, x, mask=None):
        import warnings
        warnings.warn("attending")
        if mask is None:
            mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device)
        empty = ~mask.any(dim=-1, keepdim=True)
        e = self.W_q(x) @ self.W_k(x).transpose(-1, -2)
        e /= e.new_tensor(self.W_k.weight.shape[0]).sqrt()
        a = e.masked_fill(~(mask | empty), -torch.inf).softmax(-1)
        a = a.masked_fill(empty, 0)
        return a @ self.W_v(x), a
'''),
    Right("04_q1", "helpers in a cell before", LAYER + '''
    def forward(self, x, mask=None):
        weights = safe_softmax(ask(self.W_q(x), self.W_k(x)), mask)
        return weights.matmul(self.W_v(x)), weights
''', before='''
def ask(q, k):
    return q.matmul(k.permute(0, 2, 1)) / math.sqrt(k.shape[2])


def safe_softmax(scores, mask):
    if mask is None:
        return scores.softmax(2)
    scores = scores.clone()
    scores[~mask.expand_as(scores)] = -3e38
    return scores.softmax(2) * mask
'''),
    # 04_q2
    Right("04_q2", "einsum in one go", '''
def pairwise_scores(x, W_q, W_k):
    return torch.einsum("bip,dp,dr,bjr->bij", x, W_q, W_k, x) / math.sqrt(W_k.size(0))
'''),
    Right("04_q2", "one matrix between the tokens", '''
def pairwise_scores(x, W_q, W_k):
    between = W_q.T @ W_k / W_q.shape[0] ** 0.5  # (D, D)
    return x @ between @ x.mT
'''),
    Right("04_q2", "loops", '''
def pairwise_scores(x, W_q, W_k):
    B, N, _ = x.shape
    rows = []
    for b in range(B):
        for i in range(N):
            q = W_q @ x[b, i]
            rows.append(torch.stack([q.dot(W_k @ x[b, j]) for j in range(N)]) / len(q) ** 0.5)
    return torch.stack(rows).view(B, N, N)
'''),
    Right("04_q2", "functional linear", '''
def pairwise_scores(x, W_q, W_k):
    q, k = F.linear(x, W_q), F.linear(x, W_k)
    return torch.bmm(q, k.transpose(1, 2)).div(q.shape[-1] ** 0.5)
'''),
    Right("04_q2", "broadcast", '''
def pairwise_scores(x, W_q, W_k):
    import sys
    print("pairs:", x.shape[1] ** 2, file=sys.stderr)
    q, k = x.matmul(W_q.t()).unsqueeze(2), x.matmul(W_k.t()).unsqueeze(1)
    return (q * k).sum(dim=3) * (1 / math.sqrt(q.size(3)))
'''),
    Right("04_q2", "columns", '''
def pairwise_scores(x, W_q, W_k):
    X = x.transpose(1, 2)  # (B, D, N)
    scores = (W_q @ X).transpose(1, 2) @ (W_k @ X)
    scores = scores / torch.tensor(W_q.shape[0], dtype=x.dtype).sqrt()
    return scores
'''),
    # 04_q3
    Right("04_q3", "back by the inverse", '''
def equivariance_gap(layer, x, perm):
    back = torch.argsort(perm)
    return float((layer(x[:, perm, :])[:, back, :] - layer(x)).abs().max())
'''),
    Right("04_q3", "permutation matrix", '''
def equivariance_gap(layer, x, perm):
    P = torch.eye(len(perm))[perm]
    with torch.no_grad():
        return torch.linalg.vector_norm(layer(P @ x) - P @ layer(x), ord=float("inf")).item()
'''),
    Right("04_q3", "index_select", '''
@torch.no_grad()
def equivariance_gap(layer, x, perm):
    f_px = layer(x.index_select(1, perm))
    pf_x = layer(x).index_select(1, perm)
    return max(f_px.sub(pf_x).max().item(), pf_x.sub(f_px).max().item())
'''),
    Right("04_q3", "loops over tokens", '''
def equivariance_gap(layer, x, perm):
    moved = torch.stack([x[:, p] for p in perm.tolist()], dim=1)
    before, plain, gap = layer(moved).tolist(), layer(x).tolist(), 0.0
    for one, other in zip(before, plain):
        for i, p in enumerate(perm.tolist()):
            gap = max([gap] + [abs(a - b) for a, b in zip(one[i], other[p])])
    return gap
'''),
    Right("04_q3", "scatter and gather", '''
def equivariance_gap(layer, x, perm):
    moved = torch.gather(x, 1, perm[None, :, None].expand_as(x))
    y, y_moved = layer(x).detach(), layer(moved).detach()
    restored = torch.empty_like(y)
    restored[:, perm] = y_moved
    return torch.max(torch.abs(restored - y)).item()
'''),
    Right("04_q3", "numpy's dtype, one sequence at a time", '''
def equivariance_gap(layer, x, perm):
    gaps = []
    for b in range(x.shape[0]):
        one = x[b : b + 1]
        gaps.append((layer(one[:, perm]) - layer(one)[:, perm]).abs().amax().detach().numpy().item())
    return max(gaps)
'''),
    # 04_q4
    Right("04_q4", "channels in front all the way", BLOCK + '''
    def forward(self, x):
        B, C, height, width = x.shape
        q = self.W_q(x).view(B, self.d, -1)  # (B, d, N)
        k = self.W_k(x).view(B, self.d, -1)
        v = self.W_v(x).view(B, self.d, -1)
        a = torch.softmax(torch.bmm(q.transpose(1, 2), k) / math.sqrt(self.d), dim=-1)  # (B, N, N)
        out = torch.bmm(v, a.transpose(1, 2)).view(B, self.d, height, width)
        return self.gamma * self.W_o(out) + x
'''),
    Right("04_q4", "scaled_dot_product_attention", BLOCK + '''
    def forward(self, x):
        q, k, v = [w(x).flatten(2).mT for w in (self.W_q, self.W_k, self.W_v)]
        out = F.scaled_dot_product_attention(q, k, v).mT.reshape(len(x), -1, *x.shape[-2:])
        return torch.addcmul(x, self.gamma, self.W_o(out))
'''),
    Right("04_q4", "einsum over rows and columns", BLOCK + '''
    def forward(self, x):
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        e = torch.einsum("bchw,bcuv->bhwuv", q, k) * self.d ** -0.5
        B, h, w = e.shape[:3]
        a = e.reshape(B, h, w, h * w).softmax(-1).reshape(B, h, w, h, w)
        return x + self.gamma * self.W_o(torch.einsum("bhwuv,bcuv->bchw", a, v))
'''),
    Right("04_q4", "keys by columns", BLOCK + '''
    def forward(self, x):
        flip = x.permute(0, 1, 3, 2)  # in which order the keys come does not matter, as long as the values come so, too
        q = self.W_q(x).flatten(2).transpose(1, 2)
        k, v = self.W_k(flip).flatten(2), self.W_v(flip).flatten(2).transpose(1, 2)
        out = ((q @ k / self.d ** 0.5).softmax(2) @ v).permute(0, 2, 1)
        return x + self.gamma * self.W_o(out.reshape(x.shape[0], self.d, x.shape[2], x.shape[3]))
'''),
    Right("04_q4", "place by place", BLOCK + '''
    def forward(self, x):
        images = []
        for image in x:
            q, k, v = (W(image[None])[0] for W in (self.W_q, self.W_k, self.W_v))
            out = torch.zeros_like(v)
            for r in range(image.shape[1]):
                for c in range(image.shape[2]):
                    e = (q[:, r, c, None, None] * k).sum(0) / self.d ** 0.5
                    a = e.flatten().softmax(0).view_as(e)
                    out[:, r, c] = (a * v).sum((1, 2))
            images.append(image + self.gamma * self.W_o(out[None])[0])
        return torch.stack(images)
'''),
    Right("04_q4", "matrices of the convolutions", '''
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        for name in "qkv":
            setattr(self, f"W_{name}", nn.Conv2d(C, d, 1, bias=False))
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.gamma = nn.Parameter(torch.tensor([0.0]))

    def forward(self, x):
        print("attending to", x.shape[2] * x.shape[3], "places")
        tokens = x.permute(0, 2, 3, 1).flatten(1, 2)  # (B, N, C)
        q, k, v = (tokens @ W.weight.flatten(1).T for W in (self.W_q, self.W_k, self.W_v))
        y = attend_all(q, k, v) @ self.W_o.weight.flatten(1).T  # (B, N, C)
        y *= self.gamma
        y += tokens
        return y.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)
''', before='''
def attend_all(q, k, v):
    return torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), -1) @ v
'''),
    # 04_q5
    Right("04_q5", "match", '''
def count_flops(kind, N, D, width):
    match kind:
        case "self_attention":
            return 6 * N * D**2 + 4 * N**2 * D
        case "rnn":
            return N * (2 * D**2 + 2 * D**2)
        case "conv":
            return N * width * 2 * D**2
    raise ValueError("self_attention, rnn or conv")
'''),
    Right("04_q5", "a product's own function", '''
def count_flops(kind, N, D, width):
    if kind == "self_attention":
        return 3 * product(N, D, D) + product(N, D, N) + product(N, N, D)
    elif kind == "rnn":
        return N * 2 * product(D, D, 1)
    elif kind == "conv":
        return N * width * product(1, D, D)
    else:
        raise ValueError(kind)
''', before='''
def product(m, n, p):
    return 2 * m * n * p
'''),
    Right("04_q5", "a table", '''
def count_flops(kind, N, D, width):
    table = {"self_attention": 3 * D + 2 * N, "rnn": 2 * D, "conv": width * D}
    if kind not in table:
        raise ValueError(f"{kind} is none of {sorted(table)}")
    return int(2 * N * D * table[kind])
'''),
    Right("04_q5", "added up", '''
def count_flops(kind, N, D, width):
    if kind not in ("self_attention", "rnn", "conv"):
        raise ValueError("no such layer")
    multiply_adds = 0
    if kind == "self_attention":
        for _ in "qkv":
            multiply_adds += N * D * D
        multiply_adds += (N * N) * D  # scores
        multiply_adds += N * (N * D)  # weighted sum
    elif kind == "rnn":
        multiply_adds = N * sum(D * D for matrix in ("W_x", "W_h"))
    else:
        multiply_adds = math.prod([N, width, D, D])
    return multiply_adds << 1
'''),
    Right("04_q5", "an error of its own", '''
def count_flops(kind, N, D, width):
    counts = dict(self_attention=lambda: 2 * N * D * (3 * D + 2 * N), rnn=lambda: 4 * N * D * D,
                  conv=lambda: 2 * N * D * D * width)
    try:
        return counts[kind]()
    except KeyError:
        raise ValueError(f"kind is one of {', '.join(counts)}") from None
'''),
]
