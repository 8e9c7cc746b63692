"""Wrong answers to assignment 3 that were written from the tasks' text alone.

Most are a right answer of their own (`BASE`) with one idea spoilt."""

from banks.entries import Wrong

BASE = {
    "03_q1": '''
def stable_softmax(x, dim):
    top = x.detach().amax(dim, keepdim=True)
    top = torch.where(torch.isinf(top), 0.0, top)
    e = torch.exp(x - top)
    total = e.sum(dim, keepdim=True)
    return e / torch.where(total == 0, 1.0, total)
''',
    "03_q2": '''
def dot_product_scores(q, k, scale=True):
    scores = q @ k.transpose(1, 2)
    if scale:
        scores = scores / math.sqrt(q.shape[-1])
    return scores
''',
    "03_q3": '''
def additive_scores(q, k, W_q, W_k, v):
    hq = q @ W_q.T
    hk = k @ W_k.T
    return torch.tanh(hq.unsqueeze(2) + hk.unsqueeze(1)) @ v
''',
    "03_q4": '''
def attention(q, k, v, mask=None):
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    if mask is None:
        weights = scores.softmax(-1)
    else:
        mask = mask.expand(scores.shape)
        empty = ~mask.any(-1, keepdim=True)
        scores = scores.masked_fill(~mask, float("-inf")).masked_fill(empty, 0.0)
        weights = scores.softmax(-1).masked_fill(empty, 0.0)
    return weights @ v, weights
''',
    "03_q5": '''
class AttentionLayer(nn.Module):
    def __init__(self, D_q, D_x, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D_q, d, bias=False)
        self.W_k = nn.Linear(D_x, d, bias=False)
        self.W_v = nn.Linear(D_x, d_v, bias=False)

    def forward(self, queries, x, mask=None):
        q, k, v = self.W_q(queries), self.W_k(x), self.W_v(x)
        return attention(q, k, v, mask)
''',
    "03_q6": '''
def attention_backward(dy, q, k, v, weights):
    dv = weights.transpose(1, 2) @ dy
    da = dy @ v.transpose(1, 2)
    mean = (weights * da).sum(-1, keepdim=True)
    de = weights * (da - mean)
    de = de / math.sqrt(q.shape[-1])
    return de @ k, de.transpose(1, 2) @ q, dv
''',
}


def spoilt(question: str, name: str, *edits: tuple[str, str], breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(question, name, edits=edits, base=BASE[question], breaks=breaks)


TOP = "    top = torch.where(torch.isinf(top), 0.0, top)\n"
DIVIDE = "    return e / torch.where(total == 0, 1.0, total)\n"
EXPAND = "        mask = mask.expand(scores.shape)\n"
FILL = '.masked_fill(~mask, float("-inf"))'
CALL = "        return attention(q, k, v, mask)\n"
PAIR = "torch.tanh(hq.unsqueeze(2) + hk.unsqueeze(1)) @ v"

WRONG_BY_TEXT: list[Wrong] = [
    # 03_q1: levels and sizes
    spoilt("03_q1", "the largest score of the whole tensor", ("x.detach().amax(dim, keepdim=True)", "x.detach().max()")),
    spoilt("03_q1", "the largest score of the last axis whatever dim", ("amax(dim, keepdim=True)", "amax(-1, keepdim=True)")),
    spoilt("03_q1", "scores clamped to 100,000 either way", ("def stable_softmax(x, dim):\n", "def stable_softmax(x, dim):\n    x = torch.where(torch.isinf(x), x, x.clamp(-1e5, 1e5))\n")),
    spoilt("03_q1", "the mean is taken off instead of the maximum", ("    top = x.detach().amax(dim, keepdim=True)\n" + TOP, "    top = torch.where(torch.isinf(x), 0.0, x.detach()).mean(dim, keepdim=True)\n")),
    spoilt("03_q1", "the size of the largest score, without its sign", ("x.detach().amax", "x.detach().abs().amax")),
    spoilt("03_q1", "one thousandth under the fraction", (DIVIDE, "    return e / (total + 1e-3)\n")),
    spoilt("03_q1", "a row below minus a million counts as empty", (TOP, TOP + "    low = top < -1e6\n"), (DIVIDE, DIVIDE.rstrip() + ".masked_fill(low, 0.0) + 0.0\n")),
    spoilt("03_q1", "the first score is taken off instead of the largest", ("x.detach().amax(dim, keepdim=True)", "x.detach().narrow(dim, 0, 1)")),
    # 03_q1: minus infinity
    spoilt("03_q1", "empty rows are uniform", ("    e = torch.exp", "    x = x.clamp(min=-1e30)\n    top = top.clamp(min=-1e30)\n    top = torch.where((x == -1e30).all(dim, keepdim=True), -1e30, top)\n    e = torch.exp")),
    spoilt("03_q1", "one minus infinity empties its row", (DIVIDE, "    w = e / torch.where(total == 0, 1.0, total)\n    return w.masked_fill(torch.isinf(x).any(dim, keepdim=True), 0.0)\n")),
    spoilt("03_q1", "zeros put in after a division of zero by zero, gradient NaN", (DIVIDE, "    return torch.where(total == 0, 0.0, e / total)\n")),
    spoilt("03_q1", "minus infinity is minus 20,000", ("def stable_softmax(x, dim):\n", "def stable_softmax(x, dim):\n    empty = torch.isinf(x).all(dim, keepdim=True)\n    x = x.masked_fill(torch.isinf(x), -2e4)\n"), (DIVIDE, DIVIDE.rstrip() + ".masked_fill(empty, 0.0) + 0.0\n")),
    spoilt("03_q1", "an empty row empties every other", (DIVIDE, "    return e / torch.where(total == 0, 1.0, total) * (total > 0).all()\n")),
    spoilt("03_q1", "logsumexp and nan_to_num, gradient NaN in empty rows", (DIVIDE, "    return torch.nan_to_num(torch.exp(x - torch.logsumexp(x, dim, keepdim=True)))\n")),
    # 03_q1: gradients, axes, types, habits
    spoilt("03_q1", "no gradient through the sum", ("e.sum(dim, keepdim=True)", "e.detach().sum(dim, keepdim=True)")),
    spoilt("03_q1", "negative axes are taken for the last", ("def stable_softmax(x, dim):\n", "def stable_softmax(x, dim):\n    dim = max(dim, -1)\n")),
    spoilt("03_q1", "every axis but the first is taken for the last", ("def stable_softmax(x, dim):\n", "def stable_softmax(x, dim):\n    dim = 0 if dim == 0 or dim == -x.dim() else -1\n")),
    spoilt("03_q1", "the input is changed in place", ("    e = torch.exp(x - top)", "    with torch.no_grad():\n        x.sub_(top)\n    e = torch.exp(x)")),
    spoilt("03_q1", "float32 comes back for float64", (DIVIDE, "    return (e / torch.where(total == 0, 1.0, total)).float()\n")),
    spoilt("03_q1", "the maximum of the first call is kept", ("    e = torch.exp", "    top = KEPT.setdefault((tuple(x.shape), dim), top)\n    e = torch.exp"), ("def stable", "KEPT = {}\n\n\ndef stable")),
    # 03_q2
    spoilt("03_q2", "the root of d rounded down", ("math.sqrt(q.shape[-1])", "math.isqrt(q.shape[-1])")),
    spoilt("03_q2", "divided by 2, as in the visible test", ("math.sqrt(q.shape[-1])", "2")),
    spoilt("03_q2", "scale upside down", ("if scale:", "if not scale:")),
    spoilt("03_q2", "cosines", ("    scores = q @ k.transpose(1, 2)\n", "    scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(1, 2)\n")),
    spoilt("03_q2", "keys reshaped instead of transposed", ("k.transpose(1, 2)", "k.reshape(k.shape[0], k.shape[2], k.shape[1])")),
    spoilt("03_q2", "keys of all examples added up", ("q @ k.transpose(1, 2)", 'torch.einsum("btd,csd->bts", q, k)')),
    spoilt("03_q2", "queries of the first example alone", ("q @ k", "q[:1] @ k")),
    spoilt("03_q2", "axes of size one are dropped", ("    return scores", "    return scores.squeeze()")),
    spoilt("03_q2", "no gradient to the keys", ("k.transpose(1, 2)", "k.detach().transpose(1, 2)")),
    spoilt("03_q2", "transposed when there are as many queries as keys", ("    return scores", "    return scores.mT if q.shape[1] == k.shape[1] else scores")),
    spoilt("03_q2", "the queries scaled in place", ("    scores = q @ k.transpose(1, 2)\n    if scale:\n        scores = scores / math.sqrt(q.shape[-1])\n", "    if scale:\n        q /= math.sqrt(q.shape[-1])\n    scores = q @ k.transpose(1, 2)\n")),
    spoilt("03_q2", "half precision inside", ("q @ k.transpose(1, 2)", "(q.bfloat16() @ k.bfloat16().transpose(1, 2)).to(q.dtype)")),
    spoilt("03_q2", "float32 comes back for float64", ("    return scores", "    return scores.float()")),
    spoilt("03_q2", "clamped to 1,000", ("    return scores", "    return scores.clamp(-1e3, 1e3)")),
    spoilt("03_q2", "the width of the first call is kept", ("math.sqrt(q.shape[-1])", 'WIDTH.setdefault("d", q.shape[-1]) ** 0.5'), ("def dot", "WIDTH = {}\n\n\ndef dot")),
    spoilt("03_q2", "softmax already", ("    return scores", "    return scores.softmax(-1)")),
    # 03_q3
    spoilt("03_q3", "tanh of each before the sum", (PAIR, "(torch.tanh(hq).unsqueeze(2) + torch.tanh(hk).unsqueeze(1)) @ v")),
    spoilt("03_q3", "tanh comes last", (PAIR, "torch.tanh((hq.unsqueeze(2) + hk.unsqueeze(1)) @ v)")),
    spoilt("03_q3", "tanh cut to straight lines", ("torch.tanh(", "F.hardtanh(")),
    spoilt("03_q3", "W_q for both where the widths agree", ("k @ W_k.T", "k @ (W_q if W_q.shape == W_k.shape else W_k).T")),
    spoilt("03_q3", "square matrices the wrong way round", ("    hq = q @ W_q.T\n", "    hq = q @ W_q if W_q.shape[0] == W_q.shape[1] else q @ W_q.T\n")),
    spoilt("03_q3", "scaled by the root of A", (PAIR, PAIR + " / math.sqrt(len(v))")),
    spoilt("03_q3", "the mean over A", (PAIR, PAIR + " / len(v)")),
    spoilt("03_q3", "softmax already", (PAIR, "(" + PAIR + ").softmax(-1)")),
    spoilt("03_q3", "the first query for all", ("hq.unsqueeze(2)", "hq[:, :1].unsqueeze(2)"), (" @ v", " @ v + 0 * hq.sum(-1, keepdim=True)")),
    spoilt("03_q3", "keys of the first example for all", ("hk.unsqueeze(1)", "hk[:1].unsqueeze(1)")),
    spoilt("03_q3", "no gradient to v", (" @ v", " @ v.detach()")),
    spoilt("03_q3", "no gradient to W_k", ("k @ W_k.T", "k @ W_k.detach().T")),
    spoilt("03_q3", "no gradient to the queries", ("q @ W_q.T", "q.detach() @ W_q.T")),
    spoilt("03_q3", "axes of size one are dropped", (PAIR, "(" + PAIR + ").squeeze()")),
    spoilt("03_q3", "paired one to one where T and S agree", (PAIR, "(torch.tanh(hq + hk) @ v).unsqueeze(1).expand(-1, q.shape[1], -1) if q.shape[1] == k.shape[1] else " + PAIR)),
    spoilt("03_q3", "float32 comes back for float64", (PAIR, "(" + PAIR + ").float()")),
    spoilt("03_q3", "what enters the tanh is clamped to 1.5", (PAIR, "torch.tanh((hq.unsqueeze(2) + hk.unsqueeze(1)).clamp(-1.5, 1.5)) @ v")),
    spoilt("03_q3", "the keys are overwritten once used", ("    return " + PAIR, "    e = " + PAIR + "\n    with torch.no_grad():\n        k.zero_()\n    return e")),
    # 03_q4: the mask
    spoilt("03_q4", "empty rows are NaN", (".masked_fill(empty, 0.0)\n        weights = scores.softmax(-1).masked_fill(empty, 0.0)", "\n        weights = scores.softmax(-1)")),
    spoilt("03_q4", "empty rows look everywhere", (".softmax(-1).masked_fill(empty, 0.0)", ".softmax(-1)")),
    spoilt("03_q4", "forbidden scores are minus 10,000", (FILL, ".masked_fill(~mask, -1e4)")),
    spoilt("03_q4", "masked after the softmax, then divided by the sum again", ("        scores = scores" + FILL + ".masked_fill(empty, 0.0)\n        weights = scores.softmax(-1).masked_fill(empty, 0.0)", "        weights = scores.softmax(-1) * mask\n        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)")),
    spoilt("03_q4", "a logarithm of the mask, whose empty rows give NaN gradients", ("        scores = scores" + FILL + ".masked_fill(empty, 0.0)\n        weights = scores.softmax(-1).masked_fill(empty, 0.0)", "        weights = (scores + mask.to(scores.dtype).log()).softmax(-1).nan_to_num()")),
    spoilt("03_q4", "one empty row empties its example", ("mask.any(-1, keepdim=True)", "mask.any(-1, keepdim=True).all(1, keepdim=True)")),
    spoilt("03_q4", "empty only if the whole example is", ("empty = ~mask.any(-1, keepdim=True)", "empty = ~mask.any(-1, keepdim=True).any(1, keepdim=True)")),
    spoilt("03_q4", "the first query's mask for all", (EXPAND, EXPAND + "        mask = mask[:, :1].expand(scores.shape)\n")),
    spoilt("03_q4", "the first example's mask for all", (EXPAND, EXPAND + "        mask = mask[:1].expand(scores.shape)\n")),
    spoilt("03_q4", "a mask (T, S) is taken for one per example and key", (EXPAND, "        if mask.dim() == 2 and mask.shape[0] == q.shape[0]:\n            mask = mask[:, None]\n" + EXPAND)),
    spoilt("03_q4", "a mask (B, T, 1) is not understood", (EXPAND, "        if mask.shape[-1] != k.shape[1]:\n            mask = torch.ones_like(mask[..., :1])\n" + EXPAND)),
    spoilt("03_q4", "the mask is turned over in place", (EXPAND, "        mask.logical_not_()\n" + EXPAND + "        mask = ~mask\n")),
    spoilt("03_q4", "the mask of an earlier call where none is given", ("    if mask is None:\n", "    if mask is not None:\n        LAST[scores.shape] = mask\n    mask = LAST.get(scores.shape)\n    if mask is None:\n"), ("def attention", "LAST = {}\n\n\ndef attention"), breaks=("03_q5",)),
    # 03_q4: scores, weights, values
    spoilt("03_q4", "the width of the values in the scale", ("math.sqrt(q.shape[-1])", "math.sqrt(v.shape[-1])")),
    spoilt("03_q4", "scores clamped to 10,000", ("    if mask is None:\n", "    scores = scores.clamp(-1e4, 1e4)\n    if mask is None:\n")),
    spoilt("03_q4", "exponentials without the maximum", ("        weights = scores.softmax(-1)\n", "        weights = scores.exp() / scores.exp().sum(-1, keepdim=True)\n")),
    spoilt("03_q4", "the maximum of the whole batch", ("        weights = scores.softmax(-1)\n", "        e = (scores - scores.max()).exp()\n        weights = e / e.sum(-1, keepdim=True)\n")),
    spoilt("03_q4", "nobody looks ahead where T and S agree", ("    if mask is None:\n", "    if mask is None and q.shape[1] == k.shape[1]:\n        mask = torch.ones_like(scores, dtype=torch.bool).tril()\n    if mask is None:\n")),
    spoilt("03_q4", "a query sees the keys up to its own place", ("    if mask is None:\n", "    early = torch.ones(scores.shape, dtype=torch.bool, device=q.device).tril()\n    mask = early if mask is None else mask & early\n    if mask is None:\n")),
    spoilt("03_q4", "a little less for every later key", ("    if mask is None:\n", "    scores = scores - 0.1 * torch.arange(k.shape[1], device=q.device)\n    if mask is None:\n")),
    spoilt("03_q4", "keys as values where the widths agree", ("weights @ v, weights", "weights @ (k if k.shape == v.shape else v), weights")),
    spoilt("03_q4", "the weights come back without gradient", ("weights @ v, weights", "weights @ v, weights.detach()")),
    spoilt("03_q4", "no gradient through the weights to y", ("weights @ v, weights", "weights.detach() @ v, weights")),
    spoilt("03_q4", "y of an empty row is the mean of the values", ("    return weights @ v, weights", "    y = weights @ v\n    y = torch.where(weights.sum(-1, keepdim=True) == 0, v.mean(1, keepdim=True), y)\n    return y, weights")),
    spoilt("03_q4", "weights below a hundredth are rounded to zero", ("    return weights", "    weights = weights * (weights > 0.01)\n    return weights")),
    spoilt("03_q4", "the values of the first example for all", ("weights @ v,", "weights @ v[:1],")),
    spoilt("03_q4", "axes of size one are dropped from the weights", ("weights @ v, weights", "weights @ v, weights.squeeze()")),
    spoilt("03_q4", "float32 comes back for float64", ("weights @ v, weights", "(weights @ v).float(), weights.float()")),
    spoilt("03_q4", "dropout", ("    return weights", "    weights = F.dropout(weights, 0.1)\n    return weights"), breaks=("03_q5",)),
    spoilt("03_q4", "the queries scaled in place", ("    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])\n", "    with torch.no_grad():\n        q.div_(math.sqrt(q.shape[-1]))\n    scores = q @ k.transpose(1, 2)\n")),
    # 03_q5
    spoilt("03_q5", "the mask is forgotten", ("attention(q, k, v, mask)", "attention(q, k, v)")),
    spoilt("03_q5", "the mask must be given", ("mask=None", "mask")),
    spoilt("03_q5", "W_q also for the keys where the widths agree", ("self.W_k(x), self.W_v(x)", "(self.W_q if D == x.shape[-1] else self.W_k)(x), self.W_v(x)"), ("        q, k, v", "        D = queries.shape[-1]\n        q, k, v")),
    spoilt("03_q5", "keys from the queries where the shapes agree", ("self.W_k(x), self.W_v(x)", "self.W_k(queries if queries.shape == x.shape else x), self.W_v(x)")),
    spoilt("03_q5", "queries from the inputs where the shapes agree", ("self.W_q(queries)", "self.W_q(x if queries.shape == x.shape else queries)")),
    spoilt("03_q5", "the raw inputs as values where the widths agree", ("self.W_v(x)\n", "x if x.shape[-1] == self.W_v.out_features else self.W_v(x)\n")),
    spoilt("03_q5", "the queries are added to y where the widths agree", (CALL, "        y, weights = attention(q, k, v, mask)\n        return (y + queries if y.shape == queries.shape else y), weights\n")),
    spoilt("03_q5", "a bias in the values", ("self.W_v = nn.Linear(D_x, d_v, bias=False)", "self.W_v = nn.Linear(D_x, d_v)")),
    spoilt("03_q5", "an output map more", ("\n    def forward", "        self.W_o = nn.Linear(d_v, d_v, bias=False)\n\n    def forward"), (CALL, "        y, weights = attention(q, k, v, mask)\n        return self.W_o(y), weights\n")),
    spoilt("03_q5", "a learned temperature", ("\n    def forward", "        self.temperature = nn.Parameter(torch.ones(()))\n\n    def forward"), ("attention(q, k", "attention(q * self.temperature, k")),
    spoilt("03_q5", "scaled a second time", ("attention(q, k", "attention(q / math.sqrt(q.shape[-1]), k")),
    spoilt("03_q5", "an attention of its own that forgets empty rows", (CALL, "        e = q @ k.mT / math.sqrt(q.shape[-1])\n        a = (e if mask is None else e.masked_fill(~mask, -1e9)).softmax(-1)\n        return a @ v, a\n")),
    spoilt("03_q5", "dropout in training", ("self.W_v(x)\n", "F.dropout(self.W_v(x), 0.2, self.training)\n")),
    spoilt("03_q5", "the keys do not learn", ("self.W_k(x)", "F.linear(x, self.W_k.weight.detach())")),
    spoilt("03_q5", "no gradient to the inputs", ("self.W_k(x), self.W_v(x)", "self.W_k(x.detach()), self.W_v(x.detach())")),
    spoilt("03_q5", "no gradient to the queries", ("self.W_q(queries)", "self.W_q(queries.detach())")),
    spoilt("03_q5", "frozen parameters", ("\n    def forward", "        self.requires_grad_(False)\n\n    def forward")),
    spoilt("03_q5", "the keys of the first call are kept", ("self.W_v(x)\n", "self.W_v(x)\n        k = self.__dict__.setdefault('kept', {}).setdefault(tuple(k.shape), k)\n")),
    spoilt("03_q5", "the inputs are overwritten once used", (CALL, "        with torch.no_grad():\n            x.zero_()\n" + CALL)),
    spoilt("03_q5", "D_q and D_x in the other order", ("D_q, D_x, d, d_v", "D_x, D_q, d, d_v")),
    spoilt("03_q5", "a mask (T, S) is taken for one per example and key", (CALL, "        if mask is not None and mask.dim() == 2 and len(mask) == len(x):\n            mask = mask[:, None]\n" + CALL)),
    spoilt("03_q5", "the first example's mask for all", (CALL, "        if mask is not None and mask.dim() == 3:\n            mask = mask[:1]\n" + CALL)),
    spoilt("03_q5", "linear maps as plain matrices", ("self.W_k = nn.Linear(D_x, d, bias=False)", "self.W_k = nn.Parameter(torch.randn(d, D_x))"), ("self.W_k(x)", "x @ self.W_k.T")),
    # 03_q6
    spoilt("03_q6", "the scale only in dq", ("    de = de / math.sqrt(q.shape[-1])\n", ""), ("de @ k,", "de @ k / math.sqrt(q.shape[-1]),")),
    spoilt("03_q6", "the width of the values in the scale", ("math.sqrt(q.shape[-1])", "math.sqrt(v.shape[-1])")),
    spoilt("03_q6", "divided by 2, as in the first visible test, unless d is 5", ("math.sqrt(q.shape[-1])", "(math.sqrt(5) if q.shape[-1] == 5 else 2)")),
    spoilt("03_q6", "the row sum without weights", ("(weights * da).sum(-1, keepdim=True)", "da.mean(-1, keepdim=True)")),
    spoilt("03_q6", "the row sum over the queries", ("(weights * da).sum(-1, keepdim=True)", "(weights * da).sum(1, keepdim=True)")),
    spoilt("03_q6", "the row sum over all queries of an example", ("(weights * da).sum(-1, keepdim=True)", "(weights * da).sum((1, 2), keepdim=True)")),
    spoilt("03_q6", "the wrong sign", ("(da - mean)", "(mean - da)")),
    spoilt("03_q6", "weights transposed the wrong way where T and S agree", ("weights.transpose(1, 2) @ dy", "(weights if q.shape[1] == k.shape[1] else weights.transpose(1, 2)) @ dy")),
    spoilt("03_q6", "dk from the keys where T and S agree", ("de.transpose(1, 2) @ q", "de.transpose(1, 2) @ (k if k.shape == q.shape else q)")),
    spoilt("03_q6", "the weights computed anew, without the mask", ("    dv =", "    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])).softmax(-1)\n    dv =")),
    spoilt("03_q6", "the weights made to add up to one again", ("    dv =", "    weights = weights / weights.sum(-1, keepdim=True)\n    dv =")),
    spoilt("03_q6", "divided by weights that may be zero", ("    de = weights * (da - mean)\n", "    de = (weights * da - weights * mean) / weights * weights\n")),
    spoilt("03_q6", "empty rows filled with equal weights", ("    dv =", "    empty = weights.sum(-1, keepdim=True) == 0\n    weights = torch.where(empty, 1 / k.shape[1], weights)\n    dv =")),
    spoilt("03_q6", "small weights count as forbidden", ("    dv =", "    weights = torch.where(weights < 1e-2, 0.0, weights)\n    dv =")),
    spoilt("03_q6", "the mean over the batch", ("    de = de /", "    dv = dv / len(dy)\n    de = de / len(dy) /")),
    spoilt("03_q6", "values of the first example for all", ("dy @ v.transpose(1, 2)", "dy @ v[:1].transpose(1, 2)")),
    spoilt("03_q6", "dv added up over the batch", ("    da =", "    dv = dv.sum(0, keepdim=True).expand_as(v)\n    da =")),
    spoilt("03_q6", "dy is changed in place", ("    da = dy @ v.transpose(1, 2)\n", "    da = dy @ v.transpose(1, 2)\n    dy *= 0\n")),
    spoilt("03_q6", "the weights are changed in place", ("de = weights * (da - mean)", "de = weights.mul_(da - mean)")),
    spoilt("03_q6", "gradients of earlier calls are added", ("    return de @ k,", "    dv = SUM[dv.shape] = dv + SUM.get(dv.shape, 0)\n    return de @ k,"), ("def attention", "SUM = {}\n\n\ndef attention")),
    spoilt("03_q6", "float32 comes back for float64", ("    return de @ k,", "    de, dv = de.float(), dv.float()\n    q, k = q.float(), k.float()\n    return de @ k,")),
    spoilt("03_q6", "dq and dk in the other order", ("de @ k, de.transpose(1, 2) @ q, dv", "de.transpose(1, 2) @ q, de @ k, dv")),
    spoilt("03_q6", "gradients cut at five", ("    return de @ k,", "    de = de.clamp(-5, 5)\n    return de @ k,")),
]
