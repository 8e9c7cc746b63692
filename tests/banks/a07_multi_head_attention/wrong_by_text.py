"""More wrong answers to assignment 7, written from the task's text alone, without sight of the reference or its tests.

Most are a right answer of their own (`BASE`) with one idea spoilt."""

from banks.entries import Wrong

BASE = {
    "07_q1": '''
def split_heads(x, H):
    B, N, D = x.shape
    if D % H != 0:
        raise ValueError("H must divide D")
    d = D // H
    y = x.reshape(B, N, H, d)
    return y.transpose(1, 2)
''',
    "07_q2": '''
def merge_heads(x):
    B, H, N, d = x.shape
    y = x.transpose(1, 2)
    return y.reshape(B, N, H * d)
''',
    "07_q3": '''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H != 0:
            raise ValueError("H must divide D")
        self.H = H
        self.W_q = nn.Linear(D, D)
        self.W_k = nn.Linear(D, D)
        self.W_v = nn.Linear(D, D)
        self.W_o = nn.Linear(D, D)
        self.drop = nn.Dropout(dropout)

    def split(self, x):
        return x.unflatten(-1, (self.H, -1)).transpose(1, 2)

    def forward(self, query, key, value, mask=None):
        q, k, v = self.split(self.W_q(query)), self.split(self.W_k(key)), self.split(self.W_v(value))
        scores = q @ k.mT * q.shape[-1] ** -0.5
        if mask is not None:
            allowed = mask if mask.dim() == 2 else mask[:, None]
            scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
            weights = scores.softmax(-1) * allowed
        else:
            weights = scores.softmax(-1)
        weights = self.drop(weights)
        y = weights @ v
        return self.W_o(y.transpose(1, 2).flatten(2)), weights
''',
    "07_q4": '''
def convert_state(state_dict, D):
    new = {}
    for i, name in enumerate(["W_q", "W_k", "W_v"]):
        rows = slice(i * D, (i + 1) * D)
        new[name + ".weight"] = state_dict["in_proj_weight"][rows]
        new[name + ".bias"] = state_dict["in_proj_bias"][rows]
    new["W_o.weight"] = state_dict["out_proj.weight"]
    new["W_o.bias"] = state_dict["out_proj.bias"]
    return new
''',
    "07_q5": '''
def merge_attention(y1, lse1, y2, lse2):
    top = torch.maximum(lse1, lse2).detach()
    empty = top == -math.inf
    top = top.masked_fill(empty, 0.0)
    e1, e2 = torch.exp(lse1 - top), torch.exp(lse2 - top)
    total = (e1 + e2).masked_fill(empty, 1.0)
    w1, w2 = e1 / total, e2 / total
    y = w1[..., None] * y1 + w2[..., None] * y2
    lse = (top + total.log()).masked_fill(empty, -math.inf)
    return y, lse
''',
}


def spoilt(question: str, name: str, *edits: tuple[str, str]) -> Wrong:
    return Wrong(question, name, edits=edits, base=BASE[question])


DROP = "        weights = self.drop(weights)\n"
MIX = DROP + "        y = weights @ v\n"
RETURN = "return self.W_o(y.transpose(1, 2).flatten(2)), weights"
ALLOWED = "allowed = mask if mask.dim() == 2 else mask[:, None]"
FILL = "torch.finfo(scores.dtype).min)"

WRONG_BY_TEXT: list[Wrong] = [
    # into heads
    spoilt("07_q1", "axes d and H changed round, right where they are equal", ("(B, N, H, d)", "(B, N, d, H)")),
    spoilt("07_q1", "read as if always contiguous in memory", ("x.reshape(B, N, H, d)", "x.as_strided((B, N, H, d), (N * D, D, d, 1))")),
    spoilt("07_q1", "as many heads as columns refused", ("D % H != 0", "D % H != 0 or D == H")),
    spoilt("07_q1", "one head refused", ("D % H != 0", "D % H != 0 or H < 2")),
    spoilt("07_q1", "always float32", ("x.reshape", "x.float().reshape")),
    spoilt("07_q1", "detached", ("x.reshape", "x.detach().reshape")),
    spoilt("07_q1", "axes of size 1 squeezed away", ("return y.transpose(1, 2)", "return y.transpose(1, 2).squeeze()")),
    spoilt("07_q1", "not moved where there are as many tokens as heads", ("return y.transpose(1, 2)",
           "return y if N == H else y.transpose(1, 2)")),
    spoilt("07_q1", "number of tokens of the first call kept", ("    y = x.reshape(B, N, H, d)",
           "    split_heads.N = getattr(split_heads, 'N', N)\n    y = x.reshape(-1, split_heads.N, H, d)")),
    # out of heads
    spoilt("07_q2", "only the first and the last head", ("    return y.reshape(B, N, H * d)",
           "    return y.reshape(B, N, H * d) if H < 3 else torch.cat([x[:, 0], x[:, -1]], -1)")),
    spoilt("07_q2", "not moved where there are as many tokens as heads", ("y = x.transpose(1, 2)", "y = x if N == H else x.transpose(1, 2)")),
    spoilt("07_q2", "float64 becomes float32", ("y = x.", "y = x.to(torch.float32).")),
    spoilt("07_q2", "bool becomes int64", ("return y.reshape(B, N, H * d)", "return y.reshape(B, N, H * d) * 1")),
    spoilt("07_q2", "squeezed", ("return y.reshape(B, N, H * d)", "return y.reshape(B, N, H * d).squeeze()")),
    # masks
    spoilt("07_q3", "mask of two axes is one of keys where it has B rows", (ALLOWED, '''allowed = mask[:, None]
            if mask.dim() == 2:
                allowed = mask[:, None, None] if len(mask) == len(query) else mask''')),
    spoilt("07_q3", "mask with B rows gets an axis for the heads, whatever its axes", (ALLOWED,
           "allowed = mask[:, None] if len(mask) == len(query) else mask")),
    spoilt("07_q3", "mask of three axes for one example fails", (ALLOWED,
           "allowed = mask if mask.dim() == 2 else mask.view(len(query), 1, -1, key.shape[1])")),
    spoilt("07_q3", "mask of two axes must be whole", (ALLOWED,
           "allowed = mask.view(1, 1, query.shape[1], key.shape[1]) if mask.dim() == 2 else mask[:, None]")),
    spoilt("07_q3", "mask only in training mode", ("if mask is not None:", "if mask is not None and self.training:")),
    spoilt("07_q3", "mask of the last call kept", ("        if mask is not None:", '''        if mask is None:
            mask = getattr(self, "mask", None)
            if mask is not None and mask.shape[-2:] != scores.shape[-2:]:
                mask = None
        self.mask = mask
        if mask is not None:''')),
    spoilt("07_q3", "a query counts as empty only if it is so in every example", (ALLOWED, ALLOWED + '''
            empty = ~allowed.reshape(-1, *allowed.shape[-2:]).any(-1).any(0)[:, None]'''),
           ("softmax(-1) * allowed", "softmax(-1).masked_fill(empty, 0.0)")),
    spoilt("07_q3", "empty rows are zero only with a mask of two axes", ("softmax(-1) * allowed",
           "softmax(-1)\n            weights = weights * allowed if mask.dim() == 2 else weights")),
    spoilt("07_q3", "causal by itself where queries and keys are equally many", ("        if mask is not None:", '''        if query is key:
            scores = scores.masked_fill(~torch.ones_like(scores, dtype=torch.bool).tril(), torch.finfo(scores.dtype).min)
        if mask is not None:''')),
    # large scores
    spoilt("07_q3", "forbidden scores are -10,000", (FILL, "-1e4)")),
    spoilt("07_q3", "forbidden weights taken out afterwards, the rest scaled up", ("scores = scores.masked_fill(~allowed, " + FILL, "pass"),
           ("softmax(-1) * allowed", "softmax(-1) * allowed\n            weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-12)")),
    spoilt("07_q3", "scores clamped to 10,000", ("** -0.5", "** -0.5\n        scores = scores.clamp(-1e4, 1e4)")),
    spoilt("07_q3", "exponentials without the largest taken off", ("            weights = scores.softmax(-1) * allowed",
           "            weights = scores.exp() * allowed\n            weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)"),
           ("            weights = scores.softmax(-1)\n", "            weights = scores.exp() / scores.exp().sum(-1, keepdim=True)\n")),
    # dropout
    spoilt("07_q3", "the mixed result is dropped once more", (MIX, MIX.replace("weights @ v", "self.drop(weights @ v)"))),
    spoilt("07_q3", "the output is dropped once more", (RETURN, "return self.drop(self.W_o(y.transpose(1, 2).flatten(2))), weights")),
    spoilt("07_q3", "returned weights are dropped on their own", (MIX, "        y = self.drop(weights) @ v\n        weights = self.drop(weights)\n")),
    spoilt("07_q3", "one pattern of dropout for all heads", (DROP, "        weights = weights * self.drop(torch.ones_like(weights[:, :1]))\n")),
    spoilt("07_q3", "one pattern of dropout for all examples", (DROP, "        weights = weights * self.drop(torch.ones_like(weights[:1]))\n")),
    spoilt("07_q3", "whole keys dropped", (DROP, "        weights = weights * self.drop(torch.ones_like(weights[:, :, :1]))\n")),
    spoilt("07_q3", "dropout is the probability to stay", ("nn.Dropout(dropout)", "nn.Dropout(1 - dropout if dropout else 0)")),
    spoilt("07_q3", "dropout of one half whatever is asked", ("nn.Dropout(dropout)", "nn.Dropout(0.5 if dropout else 0)")),
    spoilt("07_q3", "the same weights dropped at every call", (DROP, '''        if self.training and self.drop.p:
            generator = torch.Generator(device=weights.device).manual_seed(0)
            stays = torch.rand(weights.shape, generator=generator, device=weights.device) >= self.drop.p
            weights = weights * stays / (1 - self.drop.p)
''')),
    spoilt("07_q3", "no dropout under no_grad", (DROP, "        weights = self.drop(weights) if torch.is_grad_enabled() else weights\n")),
    # sizes, state, gradients, dtypes
    spoilt("07_q3", "number of heads kept by the class", ("        self.H = H", "        MultiHeadAttention.H = H")),
    spoilt("07_q3", "weights of one head without its axis", (RETURN, RETURN + ".squeeze(1)")),
    spoilt("07_q3", "keys carry no gradient", ("self.W_k(key)", "self.W_k(key).detach()")),
    spoilt("07_q3", "no gradient reaches the values given", ("self.W_v(value)", "self.W_v(value.detach())")),
    spoilt("07_q3", "float32 weights of a float64 module", (RETURN, RETURN + ".float()")),
    # PyTorch's weights
    spoilt("07_q4", "rows for a width of 2", ("slice(i * D, (i + 1) * D)", "slice(i * 2, (i + 1) * 2)")),
    spoilt("07_q4", "float32 whatever comes in", ("return new", "return {name: tensor.float() for name, tensor in new.items()}")),
    spoilt("07_q4", "entries found by their place in the dict", ("    new = {}\n",
           "    new = {}\n    order = ['in_proj_weight', 'in_proj_bias', 'out_proj.weight', 'out_proj.bias']\n"
           "    state_dict = dict(zip(order, state_dict.values()))\n")),
    # two blocks
    spoilt("07_q5", "only positive log-sum-exps taken off", ("lse2).detach()\n", "lse2).detach()\n    low = top.clamp(min=0.0)\n"),
           ("top = top.masked_fill(empty, 0.0)", "top = low"), ("masked_fill(empty, 1.0)", "clamp(min=1e-30)")),
    spoilt("07_q5", "the first log-sum-exp taken off, not the larger", ("    top = top.masked_fill(empty, 0.0)",
           "    top = torch.where(lse1 == -math.inf, lse2, lse1).detach().masked_fill(empty, 0.0)")),
    spoilt("07_q5", "lse without gradient", ("    lse = (top", "    lse = (top.detach()"), ("total.log()", "total.detach().log()")),
    spoilt("07_q5", "weights without gradient", ("e1 / total, e2 / total", "(e1 / total).detach(), (e2 / total).detach()")),
    spoilt("07_q5", "the mean of the log-sum-exps taken off", ("    e1, e2 =",
           "    top = torch.where(torch.isfinite(lse1 + lse2), (lse1 + lse2) / 2, top).detach()\n    e1, e2 =")),
    spoilt("07_q5", "a log-sum-exp below -5,000 counts as an empty block", ("    top = torch.maximum", "    lse1 = lse1.masked_fill(lse1 < -5e3, -math.inf)\n"
           "    lse2 = lse2.masked_fill(lse2 < -5e3, -math.inf)\n    top = torch.maximum")),
    spoilt("07_q5", "a result of zeros counts as an empty block", ("    top = torch.maximum", "    lse1 = lse1.masked_fill((y1 == 0).all(-1), -math.inf)\n"
           "    lse2 = lse2.masked_fill((y2 == 0).all(-1), -math.inf)\n    top = torch.maximum")),
    spoilt("07_q5", "one leading axis at most", ("w1[..., None] * y1 + w2[..., None] * y2", "w1[:, None] * y1 + w2[:, None] * y2")),
    spoilt("07_q5", "weights run along the values where these are as many as the queries", ("    y = w1[..., None]",
           "    if y1.dim() == 2 and y1.shape[0] == y1.shape[1] > 1:\n        return w1 * y1 + w2 * y2, (top + total.log()).masked_fill(empty, -math.inf)\n"
           "    y = w1[..., None]")),
    spoilt("07_q5", "float64 computed in float32", ("    top = torch.maximum", "    dtype = y1.dtype\n    y1, lse1, y2, lse2 = (x.float() for x in (y1, lse1, y2, lse2))\n"
           "    top = torch.maximum"), ("return y, lse", "return y.to(dtype), lse.to(dtype)")),
    spoilt("07_q5", "log1p of the exponential of the difference", ("    lse = (top + total.log())",
           "    low = lse1 == -math.inf\n    gap = lse2.masked_fill(empty, 0.0) - lse1.masked_fill(low, 0.0)\n"
           "    lse = torch.where(low, lse2, lse1.masked_fill(low, 0.0) + gap.exp().log1p())")),
    spoilt("07_q5", "no block weighs less than exp(-8) of the other", ("torch.exp(lse1 - top), torch.exp(lse2 - top)",
           "(torch.exp((x - top).clamp(min=-8.0)) * (x != -math.inf) for x in (lse1, lse2))")),
]
