"""Right answers to assignment 6 in styles that differ from the reference: each must get full marks."""

from banks.entries import Right

LAYER = '''
class MaskedSelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D, d, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, d_v, bias=False)

'''

RIGHT = [
    # 06_q1
    Right("06_q1", "places compared", '''
def causal_mask(N):
    i = torch.arange(N)
    return i[None, :] <= i[:, None]
'''),
    Right("06_q1", "loops", '''
def causal_mask(N):
    mask = torch.zeros(N, N, dtype=torch.bool)
    for i in range(N):
        mask[i, :i + 1] = True
    return mask
'''),
    Right("06_q1", "torch's mask turned", '''
def causal_mask(N):
    return nn.Transformer.generate_square_subsequent_mask(N) == 0
'''),
    Right("06_q1", "not the upper triangle, with a print", '''
def causal_mask(N):
    print("a mask for", N)
    return ~torch.triu(torch.ones((N, N)), diagonal=1).bool()
'''),
    Right("06_q1", "indices of the triangle", '''
def causal_mask(N):
    mask = torch.full((N, N), False)
    rows, columns = torch.tril_indices(N, N)
    mask[rows, columns] = True
    return mask
'''),
    # 06_q2
    Right("06_q2", "loops", '''
def padding_mask(lengths, N):
    mask = torch.zeros(lengths.shape[0], N, dtype=torch.bool, device=lengths.device)
    for b, n in enumerate(lengths.tolist()):
        mask[b, :n] = True
    return mask
'''),
    Right("06_q2", "lists", '''
def padding_mask(lengths, N):
    return torch.tensor([[t < n for t in range(N)] for n in lengths.tolist()], device=lengths.device)
'''),
    Right("06_q2", "counted down", '''
def padding_mask(lengths, N):
    left = lengths.unsqueeze(1).repeat(1, N)
    left -= torch.arange(N, device=lengths.device)
    return left.gt(0)
'''),
    Right("06_q2", "rows of a triangle", '''
def padding_mask(lengths, N):
    table = torch.ones(N + 1, N, dtype=torch.bool, device=lengths.device).tril(-1)
    return table[lengths]
'''),
    # 06_q3
    Right("06_q3", "loops", '''
def combine_masks(causal, keep):
    B, N = keep.shape
    mask = torch.zeros(B, N, N, dtype=torch.bool, device=keep.device)
    for b in range(B):
        for i in range(N):
            for j in range(N):
                mask[b, i, j] = causal[i, j] and keep[b, j]
    return mask
'''),
    Right("06_q3", "columns closed in place, in a copy", '''
def combine_masks(causal, keep):
    mask = causal.unsqueeze(0).repeat(keep.size(0), 1, 1)
    mask.masked_fill_(~keep.unsqueeze(1), False)
    return mask
'''),
    Right("06_q3", "logical_and of expanded masks", '''
def combine_masks(causal, keep):
    N = causal.shape[0]
    return torch.logical_and(causal[None].expand(len(keep), N, N), keep.unsqueeze(-2).expand(-1, N, -1))
'''),
    Right("06_q3", "einsum of numbers", '''
def combine_masks(causal, keep):
    return torch.einsum("ij,bj->bij", causal.int(), keep.int()).bool()
'''),
    Right("06_q3", "forbidden or padding, and not that", '''
def combine_masks(causal, keep):
    return torch.stack([~(~causal | ~row) for row in keep])
'''),
    # 06_q4
    Right("06_q4", "-1e9 and times the mask", '''
def masked_softmax(scores, mask):
    return torch.where(mask, scores, torch.full_like(scores, -1e9)).softmax(-1) * mask
'''),
    Right("06_q4", "minus infinity and nan_to_num", '''
def masked_softmax(scores, mask):
    return F.softmax(scores.masked_fill(mask.logical_not(), float("-inf")), dim=-1).nan_to_num()
'''),
    Right("06_q4", "empty rows opened, then closed", '''
def masked_softmax(scores, mask):
    import warnings
    warnings.warn("softmax")
    mask = mask.expand(scores.shape)
    empty = ~mask.any(dim=-1, keepdim=True)
    weights = torch.softmax(torch.where(mask | empty, scores.where(mask, 0.0), -torch.inf), dim=-1)
    return weights.masked_fill(empty, 0.0)
'''),
    Right("06_q4", "a softmax of its own", '''
def masked_softmax(scores, mask):
    low = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    top = low.max(dim=-1, keepdim=True).values.detach()
    e = torch.exp(low - top) * mask.to(scores.dtype)
    return e / e.sum(-1, keepdim=True).clamp_min(1e-12)
'''),
    Right("06_q4", "logarithms", '''
def masked_softmax(scores, mask):
    mask = mask.expand_as(scores)
    safe = scores.masked_fill(~mask, -1e30)
    return (safe - safe.logsumexp(-1, keepdim=True)).exp().masked_fill(~mask, 0)
'''),
    Right("06_q4", "each row for itself", '''
def masked_softmax(scores, mask):
    S = scores.shape[-1]
    flat, allowed = scores.reshape(-1, S), mask.broadcast_to(scores.shape).reshape(-1, S)
    rows = []
    for row, may in zip(flat, allowed):
        out = torch.zeros(S, dtype=scores.dtype, device=scores.device)
        if may.any():
            out = out.masked_scatter(may, row[may].softmax(0))
        rows.append(out)
    result = torch.stack(rows).reshape(scores.shape)
    return result if result.requires_grad else result + 0 * scores.where(mask, 0.0)
'''),
    Right("06_q4", "the lowest number added, zeroed afterwards", '''
def masked_softmax(scores, mask):
    low = torch.zeros(mask.shape, dtype=scores.dtype, device=scores.device)
    low = low.masked_fill(~mask, torch.finfo(scores.dtype).min)
    return (scores.masked_fill(~mask, 0) + low).softmax(-1) * mask
'''),
    # 06_q5
    Right("06_q5", "einsum and tril", LAYER + '''
    def forward(self, x, keep=None):
        B, N, _ = x.shape
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        e = torch.einsum("bid,bjd->bij", q, k) / math.sqrt(q.size(-1))
        mask = torch.tril(torch.ones(N, N, dtype=torch.bool, device=x.device)).repeat(B, 1, 1)
        if keep is not None:
            mask &= keep.unsqueeze(1)
        a = torch.softmax(torch.where(mask, e, -1e9), -1) * mask
        return torch.einsum("bij,bjv->biv", a, v), a
'''),
    Right("06_q5", "scaled_dot_product_attention for y, the weights beside it", LAYER + '''
    def forward(self, x, keep=None):
        N = x.shape[1]
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        mask = x.new_ones(N, N).tril().bool()[None]
        mask = mask if keep is None else mask & keep[:, None]
        some = mask.any(-1, keepdim=True)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask | ~some) * some
        with torch.no_grad():
            weights = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~mask, -1e9).softmax(-1) * mask
        return y, weights
'''),
    Right("06_q5", "one token at a time", LAYER + '''
    def forward(self, x, keep=None):
        B, N, _ = x.shape
        keep = torch.ones(B, N, dtype=torch.bool, device=x.device) if keep is None else keep
        Q, K, V = self.W_q(x), self.W_k(x), self.W_v(x)
        ys, all_weights = [], []
        for b in range(B):
            for i in range(N):
                a = x.new_zeros(N)
                who = keep[b, :i + 1].nonzero()[:, 0]
                if len(who):
                    a = a.index_put((who,), (K[b, who] @ Q[b, i] / Q.shape[-1] ** 0.5).softmax(0))
                ys.append(a @ V[b])
                all_weights.append(a)
        return torch.stack(ys).reshape(B, N, -1), torch.stack(all_weights).reshape(B, N, N)
'''),
    Right("06_q5", "minus infinity and nan_to_num", LAYER + '''
    def forward(self, x, keep=None):
        scores = torch.bmm(self.W_q(x), self.W_k(x).mT) * self.W_q.out_features ** -0.5
        future = torch.ones_like(scores, dtype=torch.bool).triu(diagonal=1)
        hidden = future if keep is None else future | keep.logical_not().unsqueeze(1)
        weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=2).nan_to_num(0.0)
        return [torch.bmm(weights, self.W_v(x)), weights]
'''),
    Right("06_q5", "helpers in a cell before", LAYER + '''
    def forward(self, x, keep=None):
        mask = who_sees_whom(x, keep)
        weights = obedient(self.W_q(x) @ self.W_k(x).permute(0, 2, 1) / math.sqrt(self.W_k.weight.shape[0]), mask)
        return weights.matmul(self.W_v(x)), weights
''', before='''
def who_sees_whom(x, keep):
    N = x.shape[1]
    places = torch.arange(N, device=x.device)
    past = (places.view(1, N) <= places.view(N, 1)).unsqueeze(0)
    return past if keep is None else past * keep.unsqueeze(1)


def obedient(scores, mask):
    print("mask", tuple(mask.shape))
    scores = scores.clone()
    scores[~mask.expand_as(scores)] = -3e38
    return scores.softmax(2) * mask
'''),
    Right("06_q5", "its own answers above", LAYER + '''
    def forward(self, x, keep=None):
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        mask = causal_mask(x.shape[1]).to(x.device)
        if keep is not None:
            mask = combine_masks(mask, keep)
        weights = masked_softmax(q @ k.mT / q.shape[-1] ** 0.5, mask)
        return weights @ v, weights
'''),
    # 06_q6
    Right("06_q6", "loops", '''
def next_token_loss(logits, tokens, keep):
    B, N, _ = logits.shape
    total, n = logits.sum() * 0, 0
    for b in range(B):
        for t in range(N - 1):
            if keep[b, t + 1]:
                total = total - logits[b, t].log_softmax(-1)[tokens[b, t + 1]]
                n += 1
    return total / max(n, 1)
'''),
    Right("06_q6", "ignore_index", '''
def next_token_loss(logits, tokens, keep):
    targets = tokens[:, 1:].masked_fill(~keep[:, 1:], -100)
    total = F.cross_entropy(logits[:, :-1].flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum")
    return total / (targets != -100).sum().clamp(min=1)
'''),
    Right("06_q6", "the real ones selected", '''
def next_token_loss(logits, tokens, keep):
    real = keep[:, 1:]
    said, targets = logits[:, :-1][real], tokens[:, 1:][real]
    if len(targets) == 0:
        return 0 * logits.sum()
    return F.cross_entropy(said, targets)
'''),
    Right("06_q6", "log_softmax and gather", '''
def next_token_loss(logits, tokens, keep):
    logp = torch.log_softmax(logits, dim=-1)[:, :-1]
    nll = -logp.gather(-1, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    weight = keep[:, 1:].to(nll.dtype)
    return (nll * weight).sum() / weight.sum().clamp(min=1.0)
'''),
    Right("06_q6", "logsumexp, one-hot, rolled with the last place taken out", '''
def next_token_loss(logits, tokens, keep):
    real = keep.roll(-1, dims=1).clone()
    real[:, -1] = False
    hot = F.one_hot(tokens.roll(-1, dims=1), logits.shape[-1]).to(logits.dtype)
    nll = logits.logsumexp(-1) - (logits * hot).sum(-1)
    nll = torch.where(real, nll, torch.zeros_like(nll))
    count = real.sum()
    return nll.sum() / count if count > 0 else nll.sum()
'''),
    # 06_q7
    Right("06_q7", "every output's gradient", '''
def sees_the_future(layer, x):
    x = x.detach().clone().requires_grad_(True)
    y = layer(x)
    if not y.requires_grad:
        return False
    for t in range(x.shape[1] - 1):
        for c in range(y.shape[-1]):
            grad = torch.autograd.grad(y[:, t, c].sum(), x, retain_graph=True, allow_unused=True)[0]
            if grad is not None and (grad[:, t + 1:].abs() > 1e-5).any():
                return True
    return False
'''),
    Right("06_q7", "gradients of random mixtures of outputs", '''
def sees_the_future(layer, x):
    x = x.clone().requires_grad_()
    for t in range(x.shape[1] - 1):
        y = layer(x)
        if not y.requires_grad:
            return False
        x.grad = None
        (y[:, :t + 1] * torch.randn(y[:, :t + 1].shape)).sum().backward()
        if x.grad is not None and x.grad[:, t + 1:].abs().max().item() > 1e-5:
            return True
    return False
'''),
    Right("06_q7", "jacobian", '''
def sees_the_future(layer, x):
    N = x.shape[1]
    J = torch.autograd.functional.jacobian(layer, x)  # (B, N, D_out, B, N, D)
    J = J.abs().amax(dim=(0, 2, 3, 5))  # (N, N)
    return bool(J.triu(1).max() > 1e-5)
'''),
    Right("06_q7", "all later tokens drawn anew, in all ways", '''
def sees_the_future(layer, x):
    torch.manual_seed(1)
    y = layer(x.clone()).detach()
    for t in range(1, x.shape[1]):
        for _ in range(3):
            z = torch.cat([x[:, :t], torch.randn_like(x[:, t:]) * 2], dim=1)
            if not torch.allclose(layer(z).detach()[:, :t], y[:, :t], rtol=0, atol=1e-5):
                return True
    return False
'''),
    Right("06_q7", "every number changed by one", '''
def sees_the_future(layer, x):
    B, N, D = x.shape
    with torch.no_grad():
        y = layer(x)
        worst = 0.0
        for s in range(1, N):
            for j in range(D):
                z = x.clone()
                z[:, s, j] += 1
                worst = max(worst, (layer(z) - y)[:, :s].abs().max().item())
    return worst > 1e-4
'''),
    Right("06_q7", "squares of the tokens put in, and prints", '''
def sees_the_future(layer, x):
    answer = False
    y = layer(x).detach().numpy().copy()
    for s in reversed(range(1, x.shape[1])):
        z = x.clone()
        z[:, s] = x[:, s].square() - 2
        gap = abs(layer(z).detach().numpy() - y)[:, :s].max()
        print("token", s, "moves what comes before by", gap)
        answer = answer or bool(gap > 1e-5)
    return answer
'''),
]
