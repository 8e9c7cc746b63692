"""More wrong answers to assignment 6, written from the task's text alone, without sight of the reference or its tests.

Most are a right answer of their own (`BASE`) with one idea spoilt.
"""

from banks.entries import Wrong

BASE = {
    "06_q4": '''
def masked_softmax(scores, mask):
    low = torch.finfo(scores.dtype).min
    weights = torch.where(mask, scores, low).softmax(dim=-1)
    return torch.where(mask, weights, 0.0)
''',
    "06_q5": '''
class MaskedSelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D, d, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, d_v, bias=False)
        self.kept = None

    def forward(self, x, keep=None):
        B, N, D = x.shape
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        mask = torch.ones(N, N, dtype=torch.bool, device=x.device).tril()  # (N, N)
        if keep is not None:
            mask = mask & keep[:, None, :]  # (B, N, N)
        scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5  # (B, N, N)
        scores = scores.masked_fill(~mask, -1e30)
        weights = scores.softmax(dim=-1).masked_fill(~mask, 0.0)
        y = weights @ v
        return y, weights
''',
    "06_q6": '''
def next_token_loss(logits, tokens, keep):
    logp = F.log_softmax(logits[:, :-1], dim=-1)  # (B, N - 1, vocab_size)
    surprise = -logp.gather(2, tokens[:, 1:, None])[:, :, 0]  # (B, N - 1)
    real = keep[:, 1:]
    n = real.sum().clamp(min=1)
    return torch.where(real, surprise, 0.0).sum() / n
''',
    "06_q7": '''
def sees_the_future(layer, x):
    x = x.clone().requires_grad_()
    y = layer(x)
    if not y.requires_grad:
        return False
    B, N, D_out = y.shape
    for t in range(N - 1):
        for c in range(D_out):
            g, = torch.autograd.grad(y[:, t, c].sum(), x, retain_graph=True, allow_unused=True)
            if g is not None and (g[:, t + 1:].abs() > 1e-4).any():
                return True
    return False
''',
}
MASK = "torch.ones(N, N, dtype=torch.bool, device=x.device).tril()"


def spoilt(question: str, name: str, *edits: tuple[str, str]) -> Wrong:
    return Wrong(question, name, edits=edits, base=BASE[question])


WRONG_BY_TEXT = [
    # any N may come
    Wrong("06_q1", "the first mask is kept", source='''
made = []
def causal_mask(N):
    if not made:
        made.append(torch.ones(N, N).tril().bool())
    return made[0]
'''),
    # everything before it, not the last few
    Wrong("06_q1", "a window of eight tokens", source='''
def causal_mask(N):
    i = torch.arange(N)
    return (i[:, None] >= i) & (i[:, None] - i < 8)
'''),
    # N has no limit
    Wrong("06_q1", "cut out of a table of 16", source='''
TABLE = torch.ones(16, 16).tril().bool()
def causal_mask(N):
    return TABLE[:N, :N]
'''),
    # the order of the batch is lost
    Wrong("06_q2", "rows sorted by length", source='''
def padding_mask(lengths, N):
    return torch.arange(N) < lengths.sort(descending=True).values[:, None]
'''),
    # a sequence without padding loses its last token
    Wrong("06_q2", "the end is marked inside the row", source='''
def padding_mask(lengths, N):
    end = F.one_hot(lengths.clamp(max=N - 1), N)
    return end.cumsum(1) == 0
'''),
    # (N,) where (1, N) is asked
    Wrong("06_q2", "axes of size 1 squeezed away", source='''
def padding_mask(lengths, N):
    return torch.stack([torch.arange(N) < n for n in lengths]).squeeze()
'''),
    # the given pattern decides
    Wrong("06_q3", "only the lower triangle of the first mask", source='''
def combine_masks(causal, keep):
    return causal.tril()[None] & keep[:, None, :]
'''),
    Wrong("06_q3", "no axis for a batch of one", source='''
def combine_masks(causal, keep):
    return (causal & keep[:, None, :]).squeeze(0)
'''),
    # padding in the middle
    Wrong("06_q3", "real from the first to the last real token", source='''
def combine_masks(causal, keep):
    k = keep.int()
    inside = (k.cumsum(1) > 0) & (k.flip(1).cumsum(1).flip(1) > 0)
    return causal & inside[:, None]
'''),
    Wrong("06_q3", "sequences without a real token keep the first mask", source='''
def combine_masks(causal, keep):
    keep = keep | ~keep.any(1, keepdim=True)
    return causal & keep[:, None]
'''),
    # wrong where B equals N only
    Wrong("06_q3", "a mask per key is taken for a mask of pairs where shapes agree", source='''
def combine_masks(causal, keep):
    if keep.shape == causal.shape:
        return (causal & keep).repeat(len(keep), 1, 1)
    return causal & keep[:, None]
'''),
    # softmax
    spoilt("06_q4", "forbidden scores set to -1e4", ("low = torch.finfo(scores.dtype).min", "low = -1e4")),
    Wrong("06_q4", "exponentials without the maximum", source='''
def masked_softmax(scores, mask):
    e = scores.masked_fill(~mask, 0).exp() * mask
    return e / e.sum(-1, keepdim=True).clamp(min=1e-9)
'''),
    Wrong("06_q4", "one maximum for all rows", source='''
def masked_softmax(scores, mask):
    s = scores.masked_fill(~mask, -1e30)
    e = (s - s.max()).exp() * mask
    return e / e.sum(-1, keepdim=True).clamp(min=1e-30)
'''),
    spoilt("06_q4", "allowed scores clamped", ("torch.where(mask, scores, low)", "torch.where(mask, scores.clamp(-100, 100), low)")),
    spoilt("06_q4", "float32 whatever comes", ("torch.where(mask, weights, 0.0)", "torch.where(mask, weights, 0.0).float()")),
    Wrong("06_q4", "float64 scores rounded to float32 on the way", source='''
def masked_softmax(scores, mask):
    w = scores.clamp(-1e35, 1e35).float().masked_fill(~mask, -1e35).softmax(-1)
    return w.masked_fill(~mask, 0).to(scores.dtype)
'''),
    spoilt("06_q4", "softmax over axis 1", ("softmax(dim=-1)", "softmax(dim=1)")),
    # the mask may broadcast
    Wrong("06_q4", "indexing with a mask that must have the shape of the scores", source='''
def masked_softmax(scores, mask):
    s = scores.clone()
    s[~mask] = -1e30
    w = s.softmax(-1).clone()
    w[~mask] = 0
    return w
'''),
    spoilt("06_q4", "missing axes of the mask put in the middle", ("    low =", '''    while mask.dim() < scores.dim():
        mask = mask.unsqueeze(min(1, mask.dim()))
    low =''')),
    Wrong("06_q4", "a mask with one column taken for one key", source='''
def masked_softmax(scores, mask):
    if mask.shape[-1] == 1:
        mask = F.pad(mask.expand(*mask.shape[:-1], 1), (0, scores.shape[-1] - 1))
    w = scores.masked_fill(~mask, -1e30).softmax(-1)
    return w * mask
'''),
    spoilt("06_q4", "a row of one score is always 1", ("    low =", "    if scores.shape[-1] == 1:\n        return torch.ones_like(scores) + 0 * scores\n    low =")),
    Wrong("06_q4", "the first mask is kept", source='''
class Kept:
    mask = None
def masked_softmax(scores, mask):
    if Kept.mask is None or Kept.mask.shape != mask.shape:
        Kept.mask = mask.clone()
    w = scores.masked_fill(~Kept.mask, -1e30).softmax(-1)
    return w.masked_fill(~Kept.mask, 0)
'''),
    # the values are right
    Wrong("06_q4", "a gradient at forbidden scores", source='''
def masked_softmax(scores, mask):
    w = scores.masked_fill(~mask, -1e30).softmax(-1).masked_fill(~mask, 0)
    leak = torch.where(mask, 0.0, scores.clamp(-1, 1))
    return w + (leak - leak.detach()) * 1e-3
'''),
    # the layer
    spoilt("06_q5", "the mask of the first call is kept", (f"mask = {MASK}", f"if self.kept is None:\n            self.kept = {MASK}\n        mask = self.kept")),
    spoilt("06_q5", "scores always halved", ("q.shape[-1] ** -0.5", "0.5")),
    spoilt("06_q5", "queries and keys exchanged", ("q @ k.transpose(1, 2)", "k @ q.transpose(1, 2)")),
    spoilt("06_q5", "no gradient through the weights", ("y = weights @ v", "y = weights.detach() @ v")),
    spoilt("06_q5", "the mask only in training", (f"mask = {MASK}", f"mask = {MASK} if self.training else torch.ones(N, N).bool()")),
    spoilt("06_q5", "forbidden scores set to -1e4", ("-1e30", "-1e4")),
    spoilt("06_q5", "scores clamped", ("scores = scores.masked_fill(", "scores = scores.clamp(-50, 50).masked_fill(")),
    spoilt("06_q5", "NaN replaced only in the values", (".masked_fill(~mask, -1e30)", " + torch.where(mask, 0.0, -math.inf)"),
           (".masked_fill(~mask, 0.0)", ".nan_to_num(0.0)")),
    spoilt("06_q5", "only token 0 may have nothing to attend to", ("weights = scores.softmax(dim=-1).masked_fill(~mask, 0.0)", """weights = scores.softmax(dim=-1)
        if keep is not None:
            first = torch.zeros_like(mask)
            first[:, 0] = ~keep[:, :1]
            weights = weights.masked_fill(first, 0.0)""")),
    spoilt("06_q5", "weights as float32", ("return y, weights", "return y, weights.float()")),
    # the loss
    spoilt("06_q6", "targets counted as tokens less sequences", ("real.sum().clamp(min=1)", "(keep.sum() - len(keep)).clamp(min=1)")),
    spoilt("06_q6", "float32 whatever comes", ("F.log_softmax(logits[:, :-1]", "F.log_softmax(logits[:, :-1].float()")),
    spoilt("06_q6", "probabilities kept from 0 by 1e-9", ("F.log_softmax(logits[:, :-1], dim=-1)", "logits[:, :-1].softmax(dim=-1).clamp(min=1e-9).log()")),
    spoilt("06_q6", "the gradient of the target's logit alone", ("F.log_softmax(logits[:, :-1], dim=-1)",
                                                            "logits[:, :-1] - logits[:, :-1].logsumexp(-1, keepdim=True).detach()")),
    spoilt("06_q6", "targets without surprise are not counted", ("n = real.sum()", "n = (real & (surprise > 0)).sum()")),
    spoilt("06_q6", "no softmax at all", ("F.log_softmax(logits[:, :-1], dim=-1)", "logits[:, :-1]")),
    # the detector
    spoilt("06_q7", "only the first output is examined", ("range(N - 1)", "range(min(1, N - 1))")),
    spoilt("06_q7", "only the first sequence is examined", ("y[:, t, c].sum()", "y[0, t, c]")),
    spoilt("06_q7", "at other numbers than those of x", ("x = x.clone()", "x = torch.zeros_like(x)")),
    spoilt("06_q7", "weak leaks pass", ("> 1e-4", "> 0.05")),
    # two outputs may see the same token with opposite signs
    spoilt("06_q7", "gradients of all earlier outputs added up", ("range(N - 1)", "range(1, N)"), ("y[:, t, c].sum()", "y[:, :t, c].sum()"),
           ("g[:, t + 1:]", "g[:, t]")),
    spoilt("06_q7", "as many output as input numbers", ("range(D_out)", "range(min(D_out, x.shape[2]))")),
    spoilt("06_q7", "only the next and the last token", ("g[:, t + 1:].abs()", "g[:, [t + 1, N - 1]].abs()")),
    # an output may come from the layer's own parameters alone
    spoilt("06_q7", "an error if the output does not depend on x", (", allow_unused=True", "")),
    spoilt("06_q7", "any difference counts, rounding included", ("> 1e-4", "> 0")),
    # a token less the one after it does not change then
    Wrong("06_q7", "all later tokens moved alike, one output examined", source='''
def sees_the_future(layer, x):
    B, N, D = x.shape
    before = layer(x.clone())
    for t in range(N - 1):
        for i in range(D):
            other = x.clone()
            other[:, t + 1:, i] += 1
            if ((layer(other) - before)[:, t].abs() > 1e-4).any():
                return True
    return False
'''),
    # what is weighted with 0 gives NaN too
    Wrong("06_q7", "NaN as a dye", source='''
def sees_the_future(layer, x):
    B, N, D = x.shape
    for s in range(1, N):
        other = x.clone()
        other[:, s] = math.nan
        if layer(other)[:, :s].isnan().any():
            return True
    return False
'''),
    Wrong("06_q7", "an error for one token", source='''
def sees_the_future(layer, x):
    B, N, D = x.shape
    before, found = layer(x.clone()).detach(), []
    for s in range(1, N):
        for i in range(D):
            other = x.clone()
            other[:, s, i] += 1
            found.append((layer(other) - before)[:, :s].abs().max())
    return bool(torch.stack(found).max() > 1e-4)
'''),
    Wrong("06_q7", "one number of a token at a time, compared as a sum over the output", source='''
def sees_the_future(layer, x):
    B, N, D = x.shape
    before = layer(x.clone())
    for s in range(1, N):
        for i in range(D):
            other = x.clone()
            other[:, s, i] += 1
            if ((layer(other) - before)[:, :s].mean(-1).abs() > 1e-4).any():
                return True
    return False
'''),
]
