"""Right answers to assignment 3 in styles that differ from the reference: each must get full marks."""

from banks.entries import Right

LAYER = '''
class AttentionLayer(nn.Module):
    def __init__(self, D_q, D_x, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D_q, d, bias=False)
        self.W_k = nn.Linear(D_x, d, bias=False)
        self.W_v = nn.Linear(D_x, d_v, bias=False)

'''

RIGHT = [
    # 03_q1
    Right("03_q1", "where", '''
def stable_softmax(x, dim):
    top = torch.max(x, dim=dim, keepdim=True).values
    top = torch.where(torch.isinf(top), torch.zeros_like(top), top)
    p = (x - top).exp()
    z = p.sum(dim, keepdim=True)
    return p / torch.where(z > 0, z, torch.ones_like(z))
'''),
    Right("03_q1", "a tiny number in the denominator", '''
def stable_softmax(x, dim):
    highest = x.max(dim, keepdim=True)[0].clamp(min=-1e30)
    numerator = torch.exp(x - highest)
    return numerator / (numerator.sum(dim, keepdim=True) + 1e-12)
'''),
    Right("03_q1", "by logarithms", '''
def stable_softmax(x, dim):
    nothing = torch.isneginf(x).all(dim=dim, keepdim=True)
    x = x.masked_fill(nothing, 0.0)
    x = x - x.max(dim=dim, keepdim=True).values
    log_z = torch.log(torch.sum(torch.exp(x), dim=dim, keepdim=True))
    return torch.exp(x - log_z) * ~nothing
'''),
    Right("03_q1", "the logarithm of the sum taken off", '''
def stable_softmax(x, dim):
    top = x.amax(dim, keepdim=True)
    top = top.where(top > -math.inf, 0.0)
    log_sum = top + (x - top).exp().sum(dim, keepdim=True).clamp(min=1e-30).log()
    return (x - log_sum).exp()
'''),
    Right("03_q1", "row by row", '''
def stable_softmax(x, dim):
    moved = x.movedim(dim, -1)
    rows = []
    for row in moved.reshape(-1, moved.shape[-1]):
        if (row == float("-inf")).all():
            rows.append(torch.zeros_like(row))
        else:
            e = torch.exp(row - row.max())
            rows.append(e / e.sum())
    return torch.stack(rows).reshape(moved.shape).movedim(-1, dim)
'''),
    Right("03_q1", "in place on its own copies", '''
def stable_softmax(x, dim):
    """Numerically stable softmax."""
    x = x.clone()
    with torch.no_grad():
        m = torch.amax(x, dim, True)
        m[m == -math.inf] = 0
    x -= m
    x = x.exp_()
    s = x.sum(dim, True)
    s = s.clamp(min=torch.finfo(s.dtype).tiny)
    return x.div(s)
'''),
    Right("03_q1", "with a helper, a warning and a print", '''
def stable_softmax(x, dim):
    import warnings
    warnings.warn("a softmax of my own")
    print("shape", tuple(x.shape), "axis", dim)
    return normalised(x, dim % x.ndim)
''', before='''
def normalised(x, axis):
    finite = x > float("-inf")
    peak = x.masked_fill(~finite, -3e38).amax(axis).unsqueeze(axis)
    e = torch.where(finite, torch.exp(torch.where(finite, x - peak, 0.0)), 0.0)
    return e / e.sum(axis).unsqueeze(axis).clamp_min(1e-20)
'''),
    # 03_q2
    Right("03_q2", "einsum", '''
def dot_product_scores(q, k, scale=True):
    e = torch.einsum("btd,bsd->bts", q, k)
    if scale:
        e = e / math.sqrt(k.size(-1))
    return e
'''),
    Right("03_q2", "bmm, the queries scaled", '''
def dot_product_scores(q, k, scale=True):
    factor = 1 / q.shape[2] ** 0.5 if scale else 1.0
    return torch.bmm(q * factor, k.permute(0, 2, 1))
'''),
    Right("03_q2", "broadcast and sum", '''
def dot_product_scores(q, k, scale=True):
    products = q.unsqueeze(2) * k.unsqueeze(1)
    total = products.sum(dim=3)
    return total / torch.sqrt(torch.tensor(products.shape[3], dtype=total.dtype)) if scale else total
'''),
    Right("03_q2", "loops", '''
def dot_product_scores(q, k, scale=True):
    (B, T, d), S = q.shape, k.shape[1]
    scores = torch.zeros(B, T, S, dtype=q.dtype)
    for b in range(B):
        for t in range(T):
            for s in range(S):
                scores[b, t, s] = torch.dot(q[b, t], k[b, s])
    if scale:
        scores /= math.sqrt(d)
    return scores
'''),
    Right("03_q2", "both sides by the fourth root", '''
def dot_product_scores(q, k, scale=True):
    if scale:
        root = q.shape[-1] ** -0.25
        q, k = q * root, k * root
    return torch.matmul(q, k.mT)
'''),
    # 03_q3
    Right("03_q3", "einsum", '''
def additive_scores(q, k, W_q, W_k, v):
    queries = torch.einsum("btd,ad->bta", q, W_q)
    keys = torch.einsum("bsd,ad->bsa", k, W_k)
    return torch.einsum("btsa,a->bts", (queries[:, :, None] + keys[:, None]).tanh(), v)
'''),
    Right("03_q3", "linear layers of torch's", '''
def additive_scores(q, k, W_q, W_k, v):
    hidden = torch.tanh(F.linear(q, W_q).unsqueeze(2) + F.linear(k, W_k).unsqueeze(1))
    return F.linear(hidden, v[None]).squeeze(-1)
'''),
    Right("03_q3", "query and key side by side", '''
def additive_scores(q, k, W_q, W_k, v):
    T, S = q.shape[1], k.shape[1]
    pairs = torch.cat([q[:, :, None].expand(-1, -1, S, -1), k[:, None].expand(-1, T, -1, -1)], dim=-1)
    W = torch.cat([W_q, W_k], dim=1)
    return (torch.tanh(pairs @ W.T) * v).sum(-1)
'''),
    Right("03_q3", "one query at a time", '''
def additive_scores(q, k, W_q, W_k, v):
    keys, columns = k @ W_k.t(), []
    for query in q.unbind(1):
        columns.append(torch.tanh((query @ W_q.t())[:, None] + keys).matmul(v))
    return torch.stack(columns, dim=1)
'''),
    Right("03_q3", "pair by pair into a buffer", '''
def additive_scores(q, k, W_q, W_k, v):
    e = q.new_zeros(q.shape[0], q.shape[1], k.shape[1])
    for b, t in [(b, t) for b in range(q.shape[0]) for t in range(q.shape[1])]:
        for s in range(k.shape[1]):
            e[b, t, s] = v.dot(torch.tanh(W_q.mv(q[b, t]) + W_k.mv(k[b, s])))
    return e
'''),
    # 03_q4
    Right("03_q4", "scaled_dot_product_attention mixes the values", '''
def attention(q, k, v, mask=None):
    B, T, S = q.shape[0], q.shape[1], k.shape[1]
    allowed = torch.ones(B, T, S, dtype=torch.bool) if mask is None else mask.expand(B, T, S)
    any_key = allowed.any(-1, keepdim=True)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed | ~any_key)
    weights = F.scaled_dot_product_attention(q, k, torch.eye(S, dtype=q.dtype).expand(B, S, S), attn_mask=allowed | ~any_key)
    return y * any_key, weights * any_key
'''),
    Right("03_q4", "minus infinity, then zero where masked", '''
def attention(q, k, v, mask=None):
    e = torch.einsum("btd,bsd->bts", q, k) / math.sqrt(k.shape[2])
    if mask is None:
        a = F.softmax(e, dim=2)
    else:
        a = e.masked_fill(torch.logical_not(mask), float("-inf")).softmax(-1).masked_fill(~mask, 0)
    return torch.einsum("bts,bsv->btv", a, v), a
'''),
    Right("03_q4", "one query at a time, only the keys it may see", '''
def attention(q, k, v, mask=None):
    B, T, d = q.shape
    S, d_v = v.shape[1:]
    if mask is None:
        mask = torch.ones(1, dtype=torch.bool)
    mask = torch.broadcast_to(mask, (B, T, S))
    y, weights = torch.zeros(B, T, d_v, dtype=v.dtype), torch.zeros(B, T, S, dtype=q.dtype)
    for b in range(B):
        for t in range(T):
            seen = mask[b, t].nonzero().flatten()
            if len(seen):
                a = torch.softmax(k[b, seen] @ q[b, t] * d**-0.5, 0)
                weights[b, t, seen] = a
                y[b, t] = a @ v[b, seen]
    return y, weights
'''),
    Right("03_q4", "an additive mask of zeros and minus infinity", '''
def attention(q, k, v, mask=None):
    scores = torch.baddbmm(torch.zeros(1, 1, 1, dtype=q.dtype), q, k.mT, beta=0, alpha=q.shape[-1] ** -0.5)
    if mask is not None:
        mask = mask.expand_as(scores)
        has = mask.any(dim=-1, keepdim=True)
        bias = torch.zeros_like(scores).masked_fill(~mask & has, -math.inf)
        weights = torch.softmax(scores + bias, -1) * has
    else:
        weights = torch.softmax(scores, -1)
    return torch.bmm(weights, v), weights
'''),
    Right("03_q4", "its own stable softmax", '''
def attention(q, k, v, mask=None):
    mask = torch.tensor(True) if mask is None else mask
    e = (q / math.sqrt(q.size(-1))) @ k.transpose(-2, -1)
    blocked = torch.where(mask, e, torch.full_like(e, -1e30))
    p = torch.exp(blocked - blocked.max(-1, keepdim=True).values) * mask
    total = p.sum(-1, keepdim=True)
    a = p / total.clamp(min=1e-20)
    return a @ v, a
'''),
    Right("03_q4", "with a helper and a warning, a list returned", '''
def attention(q, k, v, mask=None):
    import sys, warnings
    warnings.warn("attending")
    print("scores of", q.shape, "and", k.shape, file=sys.stderr)
    keep = None if mask is None else mask.broadcast_to(q.shape[0], q.shape[1], k.shape[1]).clone()
    a = shares(q @ k.permute(0, 2, 1) * q.shape[-1] ** -0.5, keep)
    return [(a.unsqueeze(-1) * v.unsqueeze(1)).sum(2), a]
''', before='''
def shares(scores, keep):
    if keep is None:
        return scores.softmax(-1)
    lonely = ~keep.any(-1)
    keep[lonely] = True
    a = scores.masked_fill(~keep, float("-inf")).softmax(-1)
    return a * (~lonely).unsqueeze(-1)
'''),
    # 03_q5
    Right("03_q5", "its own attention", LAYER + '''
    def forward(self, queries, x, mask=None):
        q, k, v = self.W_q(queries), self.W_k(x), self.W_v(x)
        e = q @ k.mT / math.sqrt(q.shape[-1])
        if mask is None:
            a = e.softmax(-1)
        else:
            a = e.masked_fill(~mask, -1e30).softmax(-1) * mask
        return a @ v, a
'''),
    Right("03_q5", "weights without the layers", LAYER + '''
    def forward(self, queries, x, mask=None):
        q = F.linear(queries, self.W_q.weight)
        k, v = (x @ part.weight.T for part in (self.W_k, self.W_v))
        y, weights = attention(q=q, k=k, v=v, mask=mask)
        return y, weights
'''),
    Right("03_q5", "mixes the inputs, then projects", LAYER + '''
    def forward(self, queries, x, mask=None):
        mixed, weights = attention(self.W_q(queries), self.W_k(x), x, mask)
        return self.W_v(mixed), weights
'''),
    Right("03_q5", "keys and values in one product", LAYER + '''
    def forward(self, queries, x, mask=None):
        both = x @ torch.cat([self.W_k.weight, self.W_v.weight]).T
        k, v = both.split([self.W_k.out_features, self.W_v.out_features], dim=-1)
        if mask is None:
            return attention(self.W_q(queries), k, v)
        return attention(self.W_q(queries), k, v, mask)
'''),
    Right("03_q5", "a full mask and a print", '''
class AttentionLayer(nn.Module):
    def __init__(self, D_q: int, D_x: int, d: int, d_v: int) -> None:
        super().__init__()
        for name, size_in, size_out in ("W_q", D_q, d), ("W_k", D_x, d), ("W_v", D_x, d_v):
            layer = nn.Linear(size_in, size_out, bias=False)
            nn.init.xavier_uniform_(layer.weight)
            setattr(self, name, layer)

    def forward(self, queries, x, mask=None):
        B, T, S = len(queries), queries.shape[1], x.shape[1]
        full = torch.ones((B, T, S), dtype=torch.bool) if mask is None else mask.expand(B, T, S)
        print("attending", B, T, S)
        return tuple(attention(self.W_q(queries), self.W_k(x), self.W_v(x), full))
'''),
    # 03_q6
    Right("03_q6", "einsum", '''
def attention_backward(dy, q, k, v, weights):
    d = q.shape[-1]
    dv = torch.einsum("bts,btv->bsv", weights, dy)
    da = torch.einsum("btv,bsv->bts", dy, v)
    de = weights * da - weights * torch.einsum("bts,bts->bt", weights, da)[..., None]
    return torch.einsum("bts,bsd->btd", de, k) / math.sqrt(d), torch.einsum("bts,btd->bsd", de, q) / math.sqrt(d), dv
'''),
    Right("03_q6", "the row sum from y and dy", '''
def attention_backward(dy, q, k, v, weights):
    y = weights.bmm(v)
    inner = (y * dy).sum(-1, keepdim=True)
    de = weights * (dy.bmm(v.mT) - inner) / q.size(-1) ** 0.5
    return de.bmm(k), de.mT.bmm(q), weights.mT.bmm(dy)
'''),
    Right("03_q6", "a Jacobian for every row", '''
def attention_backward(dy, q, k, v, weights):
    scale = 1 / math.sqrt(q.shape[-1])
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    for b in range(q.shape[0]):
        for t in range(q.shape[1]):
            a = weights[b, t]
            jacobian = torch.diag(a) - torch.outer(a, a)
            de = jacobian @ (v[b] @ dy[b, t])
            dq[b, t] = scale * de @ k[b]
            dk[b] += scale * torch.outer(de, q[b, t])
            dv[b] += torch.outer(a, dy[b, t])
    return dq, dk, dv
'''),
    Right("03_q6", "in place on its own copies", '''
def attention_backward(dy, q, k, v, weights):
    g = torch.matmul(dy, v.transpose(-1, -2))
    g -= (g * weights).sum(dim=2, keepdim=True)
    g *= weights
    g /= q.shape[2] ** 0.5
    return [torch.matmul(g, k), torch.matmul(g.transpose(1, 2), q), torch.matmul(weights.transpose(1, 2), dy)]
'''),
    Right("03_q6", "a helper in its own cell", '''
def attention_backward(dy, q, k, v, weights):
    print("backwards through", weights.shape)
    de = softmax_backward(weights, dy @ v.permute(0, 2, 1))
    scale = k.shape[-1] ** -0.5
    dq = scale * (de @ k)
    dk = scale * (de.permute(0, 2, 1) @ q)
    return dq, dk, (dy.unsqueeze(2) * weights.unsqueeze(3)).sum(1)
''', before='''
def softmax_backward(a, da):
    off_diagonal = -(a.unsqueeze(-1) * a.unsqueeze(-2))
    jacobian = off_diagonal + torch.diag_embed(a)
    return (jacobian @ da.unsqueeze(-1)).squeeze(-1)
'''),
]
