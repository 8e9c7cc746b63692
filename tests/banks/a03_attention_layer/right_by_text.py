"""Right answers to assignment 3 that were written from the tasks' text alone."""

from banks.entries import Right

RIGHT_BY_TEXT: list[Right] = [
    # 03_q1
    Right("03_q1", "detached maximum, safe divisor", source='''
def stable_softmax(x, dim):
    top = x.detach().amax(dim, keepdim=True)
    top = torch.where(torch.isinf(top), 0.0, top)
    e = torch.exp(x - top)
    total = e.sum(dim, keepdim=True)
    return e / torch.where(total == 0, 1.0, total)
'''),
    Right("03_q1", "one row after the other, as lists", source='''
def stable_softmax(x, dim):
    rows = x.movedim(dim, -1)
    out = []
    for row in rows.reshape(-1, rows.shape[-1]):
        scores = list(row)
        allowed = [s for s in scores if s.item() != -math.inf]
        if not allowed:
            out.append(torch.zeros_like(row))
            continue
        top = max(s.item() for s in allowed)
        powers = [torch.exp(s - top) if s.item() != -math.inf else s.new_zeros(()) for s in scores]
        out.append(torch.stack([p / sum(powers) for p in powers]))
    return torch.stack(out).reshape(rows.shape).movedim(-1, dim)
'''),
    Right("03_q1", "logarithm of the sum, by hand", source='''
def stable_softmax(x, dim):
    allowed = x > -math.inf
    filled = x.masked_fill(~allowed, torch.finfo(x.dtype).min)
    top = torch.max(filled, dim=dim, keepdim=True)[0]
    sums = (torch.exp(filled - top) * allowed).sum(dim, keepdim=True)
    # top is taken away first: next to 10,000 a logarithm's last digits would be lost
    return torch.exp((filled - top) - torch.log(sums.clamp(min=1e-30))) * allowed
'''),
    Right("03_q1", "float64 inside, sorted for the maximum", source='''
def stable_softmax(x, dim):
    z = x.to(torch.float64)
    top = z.sort(dim=dim, descending=True).values.narrow(dim, 0, 1).detach()
    nothing = top == -torch.inf
    e = (z - top.masked_fill(nothing, 0)).exp()
    return (e / (e.sum(dim, keepdim=True) + nothing)).type_as(x)
'''),
    Right("03_q1", "running maximum and sum, slice by slice", source='''
def stable_softmax(x, dim):
    print("softmax along", dim)
    slices = x.unbind(dim)
    best = torch.full_like(slices[0], -torch.inf)
    for s in slices:
        best = torch.maximum(best, s.detach())
    best = best.clamp(min=torch.finfo(x.dtype).min)
    powers = []
    total = 0
    for s in slices:
        powers.append(torch.exp(s - best))
        total = total + powers[-1]
    none = total == 0
    return torch.stack([p / total.masked_fill(none, 1) for p in powers], dim)
'''),
    Right("03_q1", "an autograd function of its own, in a cell before", before='''
class RowSoftmax(torch.autograd.Function):
    """Along the last axis."""

    @staticmethod
    def forward(ctx, x):
        top = x.max(dim=-1, keepdim=True).values
        top[top == -torch.inf] = 0.0
        w = torch.exp(x - top)
        total = w.sum(-1, keepdim=True)
        total[total == 0] = 1.0
        w /= total
        ctx.save_for_backward(w)
        return w

    @staticmethod
    def backward(ctx, g):
        w, = ctx.saved_tensors
        return w * (g - (w * g).sum(-1, keepdim=True))
''', source='''
def stable_softmax(x, dim):
    return RowSoftmax.apply(x.transpose(dim, -1)).transpose(dim, -1)
'''),
    # 03_q2
    Right("03_q2", "three loops and a list", source='''
def dot_product_scores(q, k, scale=True):
    d = q.shape[-1]
    factor = 1 / math.sqrt(d) if scale else 1.0
    batch = []
    for queries, keys in zip(q, k):
        batch.append(torch.stack([torch.stack([(a * b).sum() * factor for b in keys]) for a in queries]))
    return torch.stack(batch)
'''),
    Right("03_q2", "a quarter power on both sides, einsum", source='''
def dot_product_scores(q, k, scale=True):
    power = -0.25 if scale else 0
    return torch.einsum("btd,bsd->bts", q * q.size(-1) ** power, k * k.size(-1) ** power)
'''),
    Right("03_q2", "from squares of sums and differences, float64 inside", source='''
def dot_product_scores(q, k, scale=True):
    a, b = q.double()[:, :, None], k.double()[:, None]
    e = ((a + b).pow(2).sum(-1) - (a - b).pow(2).sum(-1)) / 4
    if scale:
        e /= math.sqrt(a.shape[-1])
    return e.to(q.dtype)
'''),
    Right("03_q2", "a linear map for each example", source='''
def dot_product_scores(q, k, scale=True):
    import warnings
    warnings.warn("one example after the other: slow")
    scores = q.new_empty(q.shape[0], q.shape[1], k.shape[1])
    scores = torch.stack([F.linear(q[b], k[b]) for b in range(len(scores))])
    return scores.div(q.shape[2] ** 0.5) if scale else scores
'''),
    Right("03_q2", "baddbmm with alpha", source='''
def dot_product_scores(q, k, scale=True):
    return torch.baddbmm(q.new_zeros(1, 1, 1), q, k.permute(0, 2, 1), beta=0, alpha=q.size(2) ** -0.5 if scale else 1)
'''),
    # 03_q3
    Right("03_q3", "linear functions and broadcasting", source='''
def additive_scores(q, k, W_q, W_k, v):
    hidden = F.linear(q, W_q)[:, :, None, :] + F.linear(k, W_k)[:, None, :, :]  # (B, T, S, A)
    return (hidden.tanh() * v).sum(dim=-1)
'''),
    Right("03_q3", "pairs side by side through one matrix", source='''
def additive_scores(q, k, W_q, W_k, v):
    B, T, S = q.size(0), q.size(1), k.size(1)
    pairs = torch.cat([q.repeat_interleave(S, dim=1), k.repeat(1, T, 1)], dim=-1)  # (B, T * S, d_q + d_k)
    W = torch.cat([W_q, W_k], dim=1)
    return (torch.tanh(pairs @ W.T) @ v).reshape(B, T, S)
'''),
    Right("03_q3", "loops over every pair", source='''
def additive_scores(q, k, W_q, W_k, v):
    def score(query, key):
        return torch.dot(v, torch.tanh(W_q.mv(query) + W_k.mv(key)))
    return torch.stack([torch.stack([torch.stack([score(a, b) for b in keys]) for a in queries]) for queries, keys in zip(q, k)])
'''),
    Right("03_q3", "one hidden unit after the other, tanh from a sigmoid", source='''
def additive_scores(q, k, W_q, W_k, v):
    total = 0
    for w_q, w_k, weight in zip(W_q, W_k, v):
        z = (q @ w_q).unsqueeze(2) + (k @ w_k).unsqueeze(1)
        total = total + weight * (2 * torch.sigmoid(2 * z) - 1)
    return total
'''),
    Right("03_q3", "einsum and float64 inside, helper in a cell before", before='''
def project(x, W):
    return torch.einsum("bnd,ad->abn", x.double(), W.double())
''', source='''
def additive_scores(q, k, W_q, W_k, v):
    hidden = torch.tanh(project(q, W_q).unsqueeze(3) + project(k, W_k).unsqueeze(2))  # (A, B, T, S)
    return torch.einsum("a,abts->bts", v.double(), hidden).to(q)
'''),
    # 03_q4
    Right("03_q4", "minus infinity, then nan_to_num", source='''
def attention(q, k, v, mask=None):
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = torch.nan_to_num(scores.softmax(-1))
    return weights @ v, weights
'''),
    Right("03_q4", "the lowest number there is, then times the mask", source='''
def attention(q, k, v, mask=None):
    e = (q * q.shape[-1] ** -0.5) @ k.mT  # (B, T, S)
    if mask is None:
        a = F.softmax(e, dim=2)
    else:
        a = F.softmax(torch.where(mask, e, torch.finfo(e.dtype).min), dim=2) * mask
    return (a.unsqueeze(-1) * v.unsqueeze(1)).sum(dim=2), a
'''),
    Right("03_q4", "every query on its own, over its allowed keys", source='''
def attention(q, k, v, mask=None):
    B, T, d = q.shape
    S = k.shape[1]
    mask = torch.ones(B, T, S, dtype=torch.bool, device=q.device) if mask is None else mask.expand(B, T, S)
    rows = []
    for b in range(B):
        for t in range(T):
            at = mask[b, t].nonzero()[:, 0]
            row = torch.zeros(S, dtype=q.dtype, device=q.device)
            if len(at) > 0:
                row = row.index_put((at,), torch.softmax(k[b, at] @ q[b, t] * d ** -0.5, dim=0))
            rows.append(row)
    weights = torch.stack(rows).reshape(B, T, S)
    return torch.stack([w @ x for w, x in zip(weights, v)]), weights
'''),
    Right("03_q4", "torch's own attention, the weights from an identity", source='''
def attention(q, k, v, mask=None):
    B, T, S = q.shape[0], q.shape[1], k.shape[1]
    if mask is None:
        mask = torch.ones((), dtype=torch.bool, device=q.device)
    mask = torch.broadcast_to(mask, (B, T, S))
    some = mask.any(dim=2, keepdim=True)  # (B, T, 1)
    one = torch.eye(S, dtype=q.dtype, device=q.device).expand(B, S, S)
    weights = F.scaled_dot_product_attention(q, k, one, attn_mask=mask | ~some) * some
    return weights @ v, weights
'''),
    Right("03_q4", "exponentials by hand, float64 inside", source='''
def attention(q, k, v, mask=None):
    allowed = True if mask is None else mask
    allowed = torch.as_tensor(allowed, device=q.device)
    e = torch.einsum("btd,bsd->bts", q.double(), k.double()) * q.shape[-1] ** -0.5
    e = torch.where(allowed, e, torch.tensor(-torch.inf, dtype=torch.float64, device=q.device))
    top = e.detach().amax(-1, keepdim=True)
    e = torch.exp(e - torch.where(top == -torch.inf, 0.0, top))
    total = e.sum(-1, keepdim=True)
    a = e / total.masked_fill(total == 0, 1.0)
    return torch.einsum("bts,bsv->btv", a, v.double()).to(q.dtype), a.to(q.dtype)
'''),
    Right("03_q4", "a shut key more, which takes what nobody else may have", source='''
def attention(q, k, v, mask=None):
    """Each row has one more place, allowed only where nothing else is: no row is empty for the softmax."""
    e = torch.bmm(q, k.mT).div(math.sqrt(k.shape[2]))
    if mask is None:
        mask = torch.tensor([[[True]]], device=q.device)
    mask = mask.expand_as(e)
    spare = ~mask.any(-1, keepdim=True)
    e = torch.cat([e, torch.zeros_like(e[..., :1])], dim=-1)
    e[~torch.cat([mask, spare], dim=-1)] = -torch.inf
    weights = F.softmax(e, dim=-1)[..., :-1]
    return torch.bmm(weights, v), weights
'''),
    # 03_q5
    Right("03_q5", "parts in another order, arguments by name", source='''
class AttentionLayer(nn.Module):
    def __init__(self, D_q, D_x, d, d_v):
        super().__init__()
        self.d = d
        self.W_v = nn.Linear(D_x, d_v, bias=False)
        self.W_k = nn.Linear(D_x, d, bias=False)
        self.W_q = nn.Linear(D_q, d, bias=False)

    def forward(self, queries, x, mask=None):
        result = attention(q=self.W_q(queries), k=self.W_k(x), v=self.W_v(x), mask=mask)
        return result
'''),
    Right("03_q5", "matrices by hand, parts from a loop", source='''
class AttentionLayer(nn.Module):
    def __init__(self, D_q, D_x, d, d_v):
        nn.Module.__init__(self)
        for letter, (inside, outside) in {"q": (D_q, d), "k": (D_x, d), "v": (D_x, d_v)}.items():
            setattr(self, f"W_{letter}", nn.Linear(inside, outside, bias=False))

    def forward(self, queries, x, mask=None):
        q = queries @ self.W_q.weight.T
        k, v = (x @ torch.cat([self.W_k.weight, self.W_v.weight]).T).split([len(self.W_k.weight), len(self.W_v.weight)], dim=-1)
        y, weights = attention(q, k, v, mask)
        return y, weights
'''),
    Right("03_q5", "one example after the other", source='''
class AttentionLayer(nn.Module):
    def __init__(self, D_q, D_x, d, d_v):
        super().__init__()
        self.W_q, self.W_k = nn.Linear(D_q, d, bias=False), nn.Linear(D_x, d, bias=False)
        self.W_v = nn.Linear(D_x, d_v, bias=False)

    def forward(self, queries, x, mask=None):
        B, T, S = queries.size(0), queries.size(1), x.size(1)
        if mask is not None:
            mask = mask.expand(B, T, S)
        ys, weights = [], []
        for b in range(B):
            y, a = attention(self.W_q(queries[b:b + 1]), self.W_k(x[b:b + 1]), self.W_v(x[b:b + 1]),
                             None if mask is None else mask[b:b + 1])
            ys.append(y)
            weights.append(a)
        return torch.cat(ys), torch.cat(weights)
'''),
    Right("03_q5", "from a helper class in a cell before, own start values", before='''
class Projections(nn.Module):
    def __init__(self, **widths):
        super().__init__()
        for name, (inside, outside) in widths.items():
            self.add_module(name, nn.Linear(inside, outside, bias=False))
            nn.init.xavier_uniform_(getattr(self, name).weight)
''', source='''
class AttentionLayer(Projections):
    def __init__(self, D_q, D_x, d, d_v):
        super().__init__(W_q=(D_q, d), W_k=(D_x, d), W_v=(D_x, d_v))

    def forward(self, queries, x, mask=None):
        return attention(F.linear(queries, self.W_q.weight), F.linear(x, self.W_k.weight), F.linear(x, self.W_v.weight), mask)
'''),
    # 03_q6
    Right("03_q6", "rows minus their mean under the weights", source='''
def attention_backward(dy, q, k, v, weights):
    dv = weights.transpose(1, 2) @ dy
    da = dy @ v.transpose(1, 2)
    de = weights * (da - (weights * da).sum(-1, keepdim=True))
    de = de / math.sqrt(q.shape[-1])
    return de @ k, de.transpose(1, 2) @ q, dv
'''),
    Right("03_q6", "the whole Jacobian of every row", source='''
def attention_backward(dy, q, k, v, weights):
    jacobian = torch.diag_embed(weights) - weights.unsqueeze(-1) * weights.unsqueeze(-2)  # (B, T, S, S)
    de = torch.einsum("btr,btrs->bts", torch.einsum("btv,brv->btr", dy, v), jacobian) * q.shape[2] ** -0.5
    return torch.einsum("bts,bsd->btd", de, k), torch.einsum("bts,btd->bsd", de, q), torch.einsum("bts,btv->bsv", weights, dy)
'''),
    Right("03_q6", "the row sum from dy and y, in place on its own copies", source='''
def attention_backward(dy, q, k, v, weights):
    y = torch.bmm(weights, v)
    delta = (dy * y).sum(dim=2)  # (B, T), the same as the sum of weights times dA
    de = torch.bmm(dy, v.mT)
    de -= delta[:, :, None]
    de *= weights
    de *= q.size(-1) ** -0.5
    return torch.bmm(de, k), torch.bmm(de.mT, q), torch.bmm(weights.mT, dy)
'''),
    Right("03_q6", "loops over queries and keys, float64 inside", source='''
def attention_backward(dy, q, k, v, weights):
    kind = dy.dtype
    dy, q, k, v, weights = (x.to(torch.float64) for x in (dy, q, k, v, weights))
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    r = 1 / math.sqrt(q.shape[-1])
    for b in range(q.shape[0]):
        for t in range(q.shape[1]):
            a = weights[b, t]
            da = v[b] @ dy[b, t]
            mean = torch.dot(a, da)
            for s in range(k.shape[1]):
                slope = a[s] * (da[s] - mean) * r
                dq[b, t] += slope * k[b, s]
                dk[b, s] += slope * q[b, t]
                dv[b, s] += a[s] * dy[b, t]
    return dq.to(kind), dk.to(kind), dv.to(kind)
'''),
    Right("03_q6", "values as seen from their mean, helper in a cell before", before='''
def turned(x):
    return x.transpose(-2, -1)
''', source='''
def attention_backward(dy, q, k, v, weights):
    y = weights @ v
    away = v[:, None] - y[:, :, None]  # (B, T, S, d_v): how far each value lies from the output
    de = weights * (away * dy[:, :, None]).sum(-1) / math.sqrt(k.shape[-1])
    return tuple([de @ k, turned(de) @ q, turned(weights) @ dy])
'''),
]
