"""More right answers to assignment 6, written from the task's text alone, without sight of the reference or its tests."""

from banks.entries import Right

RIGHT_BY_TEXT = [
    Right("06_q1", "lists in a list", source='''
def causal_mask(N):
    return torch.tensor([[j <= i for j in range(N)] for i in range(N)])
'''),
    Right("06_q1", "running sum of the identity", source='''
def causal_mask(N):
    seen = torch.cumsum(torch.eye(N), dim=1)  # 1 from the diagonal on
    return (seen.T > 0.5).contiguous()
'''),
    Right("06_q1", "the complement of what lies above, in place on an own tensor", source='''
def causal_mask(N):
    mask = torch.full((N, N), True)
    for i in range(N - 1):
        mask[i, i + 1:] = False
    return mask
'''),
    Right("06_q2", "row by row, concatenated", source='''
def padding_mask(lengths, N):
    rows = []
    for n in lengths.tolist():
        rows.append([True] * n + [False] * (N - n))
    return torch.tensor(rows, dtype=torch.bool, device=lengths.device)
'''),
    Right("06_q2", "ones counted up, with a print", source='''
def padding_mask(lengths, N):
    print("lengths", lengths)
    places = torch.ones(len(lengths), N, dtype=lengths.dtype, device=lengths.device).cumsum(1)  # from 1
    return places.le(lengths.unsqueeze(1))
'''),
    Right("06_q2", "rows of a table of all lengths", source='''
def padding_mask(lengths, N):
    table = torch.ones(N + 1, N, device=lengths.device).tril(-1).bool()  # row n has n ones
    return table[lengths]
'''),
    Right("06_q3", "three loops", source='''
def combine_masks(causal, keep):
    (B, N), out = keep.shape, []
    for b in range(B):
        out.append([[bool(causal[i, j]) and bool(keep[b, j]) for j in range(N)] for i in range(N)])
    return torch.tensor(out)
'''),
    Right("06_q3", "product of booleans by einsum of numbers", source='''
def combine_masks(causal, keep):
    return torch.einsum("ij,bj->bij", causal.float(), keep.float()) == 1
'''),
    Right("06_q3", "an own copy, closed in place", source='''
def combine_masks(causal, keep):
    mask = causal.repeat(keep.shape[0], 1, 1)
    mask.masked_fill_(~keep[:, None, :], False)
    return mask
'''),
    Right("06_q4", "float64 inside, own copies, in place", before='''
def lowest(t):
    return torch.finfo(t.dtype).min
''', source='''
def masked_softmax(scores, mask):
    s = scores.double().masked_fill(~mask, lowest(scores.double()))
    e = (s - s.amax(-1, keepdim=True)).exp() * mask
    total = e.sum(-1, keepdim=True)
    total = torch.where(total == 0, torch.ones_like(total), total)
    return (e / total).to(scores.dtype)
'''),
    Right("06_q4", "minus infinity, the rest cut by masked_fill", source='''
def masked_softmax(scores, mask):
    weights = torch.softmax(scores.masked_fill(mask.logical_not(), -math.inf), -1)
    return weights.masked_fill(~mask, 0)
'''),
    Right("06_q4", "row by row over what is allowed", source='''
def masked_softmax(scores, mask):
    S = scores.shape[-1]
    rows = scores.reshape(-1, S)
    allowed = mask.expand(scores.shape).reshape(-1, S)
    out = []
    for row, may in zip(rows, allowed):
        places = may.nonzero()[:, 0]
        new = torch.zeros_like(row)
        if len(places):
            new = new.scatter(0, places, row[places].softmax(0))
        out.append(new + 0 * row.masked_fill(~may, 0))
    return torch.stack(out).reshape(scores.shape)
'''),
    Right("06_q5", "token by token", source='''
class MaskedSelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_v = nn.Linear(D, d_v, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_q = nn.Linear(D, d, bias=False)
        self.d = d

    def forward(self, x, keep=None):
        B, N, _ = x.shape
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        ys, ws = [], []
        for b in range(B):
            for i in range(N):
                js = [j for j in range(i + 1) if keep is None or keep[b, j]]
                w = x.new_zeros(N)
                if js:
                    a = (k[b, js] @ q[b, i] / math.sqrt(self.d)).softmax(0)
                    ys.append(a @ v[b, js])
                    w[js] = a.detach()
                else:
                    ys.append(0 * v[b, i])
                ws.append(w)
        return torch.stack(ys).view(B, N, -1), torch.stack(ws).view(B, N, N)
'''),
    Right("06_q5", "W_v last, einsum, queries scaled, weights returned detached", source='''
class MaskedSelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_q, self.W_k = (nn.Linear(D, d, bias=False) for _ in range(2))
        self.W_v = nn.Linear(D, d_v, bias=False)

    def forward(self, x, keep=None):
        N = x.shape[1]
        place = torch.arange(N, device=x.device)
        closed = (place[None, :] > place[:, None])[None].repeat(len(x), 1, 1)
        if keep is not None:
            closed |= ~keep.unsqueeze(1)
        scores = torch.einsum("bid,bjd->bij", self.W_q(x) * self.W_q.out_features ** -0.5, self.W_k(x))
        scores = scores.masked_fill(closed, float("-inf"))
        top = scores.amax(2, keepdim=True).clamp(min=-1e30).detach()
        e = (scores - top).exp()
        a = e / e.sum(2, keepdim=True).clamp(min=1e-30)
        return self.W_v(a @ x), a.detach().clone()
'''),
    Right("06_q5", "torch's own attention, the weights by its identity matrix", source='''
class MaskedSelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D, d, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, d_v, bias=False)

    def forward(self, x, keep=None):
        B, N = x.shape[:2]
        mask = torch.ones(B, N, N, device=x.device).tril().bool()
        if keep is not None:
            mask &= keep[:, None]
        empty = ~mask.any(-1, keepdim=True)
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        one = torch.eye(N, dtype=x.dtype, device=x.device).expand(B, N, N)
        both = F.scaled_dot_product_attention(q, k, torch.cat([v, one], -1), attn_mask=mask | empty)
        both = both.masked_fill(empty, 0)
        return both[..., :-N], both[..., -N:]
'''),
    Right("06_q6", "cross entropy, its NaN replaced", source='''
def next_token_loss(logits, tokens, keep):
    real = keep[:, 1:]
    return F.cross_entropy(logits[:, :-1][real], tokens[:, 1:][real]).nan_to_num(0.0)
'''),
    Right("06_q6", "two loops, one sum", source='''
def next_token_loss(logits, tokens, keep):
    total, n = 0 * logits[0, 0, 0], 0
    for b in range(tokens.shape[0]):
        for t in range(1, tokens.shape[1]):
            if keep[b, t]:
                total = total + logits[b, t - 1].logsumexp(0) - logits[b, t - 1, tokens[b, t]]
                n += 1
    return total / n if n else total
'''),
    Right("06_q6", "ignore_index on an own copy, float64 inside", source='''
def next_token_loss(logits, tokens, keep):
    targets = tokens.clone()
    targets[~keep] = -1
    targets = targets[:, 1:]
    losses = F.cross_entropy(logits.double()[:, :-1].transpose(1, 2), targets, ignore_index=-1, reduction="sum")
    return (losses / max(1, int((targets >= 0).sum()))).to(logits.dtype)
'''),
    Right("06_q7", "the whole Jacobian", source='''
def sees_the_future(layer, x):
    J = torch.autograd.functional.jacobian(layer, x.clone())  # (B, N, D_out, B, N, D)
    J = J.abs().amax(dim=(0, 2, 3, 5))  # (N, N): output place, input place
    return (J.triu(1) > 3e-5).any().item()
'''),
    Right("06_q7", "one number at a time, by 1 upwards", source='''
def sees_the_future(layer, x):
    B, N, D = x.shape
    with torch.no_grad():
        before = layer(x.clone())
        for s in range(1, N):
            for i in range(D):
                other = x.clone()
                other[:, s, i] += 1
                if ((layer(other) - before)[:, :s].abs() > 1e-4).any():
                    return True
    return False
'''),
]
