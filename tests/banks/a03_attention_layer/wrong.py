"""Wrong answers to assignment 3, each the reference with one idea spoilt (or written whole where that is clearer)."""

from banks.entries import Wrong

# The misconceptions that chapter 3 explains and feedback names, by their labels. Each has at least one member below.
LINES = (
    "03-scale-missing", "03-scale-wrong-size", "03-scale-twice", "03-scale-after-softmax", "03-softmax-over-batch",
    "03-softmax-over-queries", "03-transposed-scores", "03-keys-as-values", "03-values-changed", "03-hard-argmax",
    "03-weights-detached", "03-changes-inputs", "03-sizes-assumed", "03-not-stable", "03-global-max", "03-empty-row",
    "03-mask-after-softmax", "03-masked-with-zero", "03-mask-upside-down", "03-no-tanh", "03-jacobian-diagonal",
    "03-row-sum-missing", "03-backward-scale",
)
# Lines that no question can show, with the reason.
UNSHOWN: dict[str, str] = {
    "03-scale-model-width": "the root of the model width, where several heads share it, needs heads, which come in chapter 7; "
                            "the root of D_q or D_x, from which the one head here is made, is 03-scale-wrong-size",
}

HIGHEST = "x.detach().amax(dim=dim, keepdim=True)"
SHIFT = "torch.exp(x - highest.masked_fill(highest == -torch.inf, 0.0))"
DIVIDE = "e / total.masked_fill(total == 0, 1.0)"
TOTAL = "e.sum(dim=dim, keepdim=True)"
DOT = "scores = q @ k.transpose(1, 2)  # (B, T, S)"
SCALED = "return scores * q.shape[-1] ** -0.5 if scale else scores"
HIDDEN = "return torch.tanh(asked + offered) @ v"
SCORES = "scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5  # (B, T, S)"
ROOT = "q.shape[-1] ** -0.5"
OPEN = "weights = scores.softmax(dim=-1)"
MASKED = "weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=-1)"
ZEROED = "        weights = weights.masked_fill(~mask, 0.0)\n"
MIX = "return weights @ v, weights"
LAYER = "return attention(self.W_q(queries), self.W_k(x), self.W_v(x), mask)"
DA = "da = dy @ v.transpose(1, 2)"
DE = "weights * (da - (weights * da).sum(dim=-1, keepdim=True))"
FACTOR = "    de = de * q.shape[-1] ** -0.5\n"
BACK = "return de @ k, de.transpose(1, 2) @ q, dv"

# Another right answer to 03_q4, without a line of the reference: it serves as the base of what is clearer there.
ALONE = """
def attention(q, k, v, mask=None):
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    allowed = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask.expand(scores.shape)
    scores = scores.masked_fill(~allowed, -1e30)
    weights = scores.softmax(-1) * allowed
    y = weights @ v
    return y, weights
"""
# A layer that holds its attention itself.
INLINE = """
class AttentionLayer(nn.Module):
    def __init__(self, D_q, D_x, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D_q, d, bias=False)
        self.W_k = nn.Linear(D_x, d, bias=False)
        self.W_v = nn.Linear(D_x, d_v, bias=False)

    def forward(self, queries, x, mask=None):
        q, k, v = self.W_q(queries), self.W_k(x), self.W_v(x)
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        allowed = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask.expand(scores.shape)
        weights = scores.masked_fill(~allowed, -1e30).softmax(-1) * allowed
        return weights @ v, weights
"""


def wrong(question: str, slug: str, name: str, *edits: tuple[str, str], base: str = "", breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(f"03_{question}", name, edits=edits, slug=slug and f"03-{slug}", base=base, breaks=breaks)


def whole(question: str, slug: str, name: str, source: str, breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(f"03_{question}", name, source=source, slug=slug and f"03-{slug}", breaks=breaks)


WRONG = [
    # 03_q1 stable_softmax
    whole("q1", "not-stable", "the formula as it stands", """
def stable_softmax(x, dim):
    e = torch.exp(x)
    total = e.sum(dim=dim, keepdim=True)
    return e / torch.where(total == 0, 1.0, total)
"""),
    whole("q1", "not-stable", "a small number in the denominator", """
def stable_softmax(x, dim):
    e = torch.exp(x)
    return e / (e.sum(dim=dim, keepdim=True) + 1e-9)
"""),
    whole("q1", "not-stable", "scores clamped", """
def stable_softmax(x, dim):
    e = torch.exp(x.clamp(-80, 80)) * (x > -torch.inf)
    total = e.sum(dim=dim, keepdim=True)
    return e / torch.where(total == 0, 1.0, total)
"""),
    whole("q1", "not-stable", "a mean subtracted instead of the maximum", """
def stable_softmax(x, dim):
    real = x > -torch.inf
    middle = x.masked_fill(~real, 0.0).sum(dim, keepdim=True) / real.sum(dim, keepdim=True).clamp(min=1)
    e = torch.exp(x - middle.detach())
    total = e.sum(dim=dim, keepdim=True)
    return e / torch.where(total == 0, 1.0, total)
"""),
    wrong("q1", "not-stable", "minimum subtracted", (HIGHEST, "x.detach().masked_fill(x == -torch.inf, 1e9).amin(dim=dim, keepdim=True)"),
          ("highest == -torch.inf", "highest == 1e9")),
    wrong("q1", "global-max", "one maximum for all", (HIGHEST, "x.detach().max()")),
    wrong("q1", "global-max", "one maximum for all, patched with zeros", (HIGHEST, "x.detach().max()"), (DIVIDE, "e / (total + 1e-9)")),
    wrong("q1", "", "maximum over the first axis", (HIGHEST, "x.detach().amax(dim=0, keepdim=True)")),
    wrong("q1", "empty-row", "NaN for an empty row", (SHIFT, "torch.exp(x - highest)"), (DIVIDE, "e / total")),
    wrong("q1", "empty-row", "torch's own", (DIVIDE, "x.softmax(dim)")),
    wrong("q1", "empty-row", "torch's own, NaN replaced", (DIVIDE, "x.softmax(dim).nan_to_num(0.0)")),
    wrong("q1", "empty-row", "uniform for an empty row",
          (DIVIDE, "torch.where(total == 0, 1 / x.shape[dim], e / total.masked_fill(total == 0, 1.0))")),
    wrong("q1", "empty-row", "NaN replaced afterwards, so that it stays in the gradient",
          (SHIFT, "torch.exp(x - x.amax(dim=dim, keepdim=True))"), (DIVIDE, "torch.where(total.isnan(), 0.0, e / total)")),
    wrong("q1", "empty-row", "lowest finite number in the place of minus infinity",
          ("highest = ", "x = x.clamp(min=torch.finfo(x.dtype).min)\n    highest = ")),
    wrong("q1", "softmax-over-batch", "first axis always",
          ("highest = ", "dim = 0\n    highest = ")),
    wrong("q1", "", "last axis always", ("highest = ", "dim = -1\n    highest = ")),
    wrong("q1", "", "negative axes not understood", ("highest = ", "dim = max(dim, 0)\n    highest = ")),
    wrong("q1", "", "sum over everything", (TOTAL, "e.sum()")),
    wrong("q1", "", "not divided", (DIVIDE, "e")),
    wrong("q1", "", "logarithms", (DIVIDE, "(e / total.masked_fill(total == 0, 1.0)).log()")),
    wrong("q1", "", "no gradient", ("e = torch.exp(x -", "e = torch.exp(x.detach() -")),
    wrong("q1", "", "the sum detached", (TOTAL, "e.sum(dim=dim, keepdim=True).detach()")),
    wrong("q1", "", "changes x in place", (SHIFT, "x.sub_(highest.masked_fill(highest == -torch.inf, 0.0)).exp()")),
    wrong("q1", "", "powers of two", ("torch.exp(", "torch.exp2(")),
    wrong("q1", "", "absolute maximum subtracted", (HIGHEST, "x.detach().abs().amax(dim=dim, keepdim=True)")),
    wrong("q1", "", "two axes only", (TOTAL, "e.sum(dim=dim, keepdim=True) if x.dim() < 4 else e.sum()")),
    # 03_q2 dot_product_scores
    wrong("q2", "scale-missing", "never scaled", (SCALED, "return scores")),
    wrong("q2", "scale-wrong-size", "root of the number of keys", (ROOT, "k.shape[1] ** -0.5")),
    wrong("q2", "scale-wrong-size", "root of the number of queries", (ROOT, "q.shape[1] ** -0.5")),
    wrong("q2", "scale-wrong-size", "root of the batch", (ROOT, "q.shape[0] ** -0.5")),
    wrong("q2", "scale-wrong-size", "root of the last axis of the scores", (ROOT, "scores.shape[-1] ** -0.5")),
    wrong("q2", "scale-twice", "divided by d", (ROOT, "q.shape[-1] ** -1.0")),
    wrong("q2", "scale-twice", "both sides scaled whole", (DOT, "scores = q * q.shape[-1] ** -0.5 @ k.transpose(1, 2)")),
    wrong("q2", "transposed-scores", "keys by queries", (DOT, "scores = k @ q.transpose(1, 2)")),
    wrong("q2", "changes-inputs", "scales q in place",
          (DOT, "if scale:\n        q *= q.shape[-1] ** -0.5\n    scores = q @ k.transpose(1, 2)"), (SCALED, "return scores")),
    wrong("q2", "", "multiplied by the root", (ROOT, "q.shape[-1] ** 0.5")),
    wrong("q2", "", "scaled always", (SCALED, "return scores * q.shape[-1] ** -0.5")),
    wrong("q2", "", "scale upside down", ("if scale else scores", "if not scale else scores")),
    wrong("q2", "", "not scaled by default", ("scale=True", "scale=False")),
    wrong("q2", "", "softmax too", (SCALED, "return (scores * q.shape[-1] ** -0.5 if scale else scores).softmax(-1)")),
    wrong("q2", "", "cosines", (DOT, "scores = F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(1, 2)")),
    wrong("q2", "", "distances", (DOT, "scores = -torch.cdist(q, k)")),
    wrong("q2", "", "keys of the first example", (DOT, "scores = q @ k[0].T")),
    wrong("q2", "", "reshaped, not transposed", (DOT, "scores = q @ k.reshape(k.shape[0], k.shape[2], k.shape[1])")),
    wrong("q2", "", "keys detached", (DOT, "scores = q @ k.detach().transpose(1, 2)")),
    wrong("q2", "", "each query with its own key", (DOT, "n = min(q.shape[1], k.shape[1])\n    scores = (q[:, :n] * k[:, :n]).sum(-1)")),
    # 03_q3 additive_scores
    wrong("q3", "no-tanh", "linear", (HIDDEN, "return (asked + offered) @ v")),
    wrong("q3", "no-tanh", "a tanh of each part", (HIDDEN, "return (torch.tanh(asked) + torch.tanh(offered)) @ v")),
    wrong("q3", "transposed-scores", "keys by queries", (HIDDEN, "return (torch.tanh(asked + offered) @ v).mT")),
    wrong("q3", "transposed-scores", "keys by queries from the start",
          ("unsqueeze(2)", "unsqueeze(1)"), ("(k @ W_k.T).unsqueeze(1)", "(k @ W_k.T).unsqueeze(2)")),
    wrong("q3", "", "scaled", (HIDDEN, "return torch.tanh(asked + offered) @ v * len(v) ** -0.5")),
    wrong("q3", "", "scaled by the query width", (HIDDEN, "return torch.tanh(asked + offered) @ v * q.shape[-1] ** -0.5")),
    wrong("q3", "", "softmax too", (HIDDEN, "return (torch.tanh(asked + offered) @ v).softmax(-1)")),
    wrong("q3", "", "v not used", (HIDDEN, "return torch.tanh(asked + offered).sum(-1)")),
    wrong("q3", "", "tanh after v", (HIDDEN, "return torch.tanh((asked + offered) @ v)")),
    wrong("q3", "", "tanh inside and outside", (HIDDEN, "return torch.tanh(torch.tanh(asked + offered) @ v)")),
    wrong("q3", "", "sigmoid", (HIDDEN, "return torch.sigmoid(asked + offered) @ v")),
    wrong("q3", "", "ReLU", (HIDDEN, "return torch.relu(asked + offered) @ v")),
    wrong("q3", "", "multiplied", (HIDDEN, "return torch.tanh(asked * offered) @ v")),
    wrong("q3", "", "subtracted", (HIDDEN, "return torch.tanh(asked - offered) @ v")),
    wrong("q3", "", "weights as (in, out)", ("q @ W_q.T", "q @ W_q"), ("k @ W_k.T", "k @ W_k")),
    wrong("q3", "", "weights as (in, out), by reshape", ("q @ W_q.T", "q @ W_q.reshape(W_q.shape[1], -1)"),
          ("k @ W_k.T", "k @ W_k.reshape(W_k.shape[1], -1)")),
    wrong("q3", "", "a layer made anew", ("asked = ", "q = nn.Linear(q.shape[-1], q.shape[-1])(q)\n    asked = ")),
    wrong("q3", "", "W_q through .data", ("q @ W_q.T", "q @ W_q.data.T")),
    wrong("q3", "", "v detached", ("@ v", "@ v.detach()")),
    wrong("q3", "", "the first query for all", (HIDDEN, "return torch.tanh(asked[:, :1] + offered).expand(-1, q.shape[1], -1, -1) @ v")),
    # 03_q4 attention
    wrong("q4", "scale-missing", "never scaled", (f" * {ROOT}", "")),
    wrong("q4", "scale-wrong-size", "root of the width of the values", (ROOT, "v.shape[-1] ** -0.5")),
    wrong("q4", "scale-wrong-size", "root of the number of keys", (ROOT, "k.shape[1] ** -0.5")),
    wrong("q4", "scale-wrong-size", "root of the number of queries", (ROOT, "q.shape[1] ** -0.5")),
    wrong("q4", "scale-twice", "divided by d", (ROOT, "q.shape[-1] ** -1.0")),
    wrong("q4", "scale-twice", "q and the scores scaled", (SCORES, f"scores = q * {ROOT} @ k.transpose(1, 2) * {ROOT}")),
    wrong("q4", "scale-after-softmax", "the weights scaled",
          (f" * {ROOT}", ""), (MIX, f"weights = weights * {ROOT}\n    return weights @ v, weights")),
    wrong("q4", "scale-after-softmax", "scores and weights scaled", (MIX, f"weights = weights * {ROOT}\n    return weights @ v, weights")),
    wrong("q4", "softmax-over-batch", "softmax over axis 0", (OPEN, "weights = scores.softmax(dim=0)"),
          (MASKED, "weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=0)")),
    wrong("q4", "softmax-over-queries", "softmax over axis 1", (OPEN, "weights = scores.softmax(dim=1)"),
          (MASKED, "weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=1)")),
    whole("q4", "transposed-scores", "keys by queries", """
def attention(q, k, v, mask=None):
    scores = k @ q.mT / math.sqrt(q.shape[-1])
    allowed = torch.ones_like(scores.mT, dtype=torch.bool) if mask is None else mask.expand(scores.mT.shape)
    weights = scores.masked_fill(~allowed.mT, -1e30).softmax(1) * allowed.mT
    return weights.mT @ v, weights
"""),
    wrong("q4", "keys-as-values", "keys mixed", (MIX, "return weights @ k, weights")),
    wrong("q4", "values-changed", "values scaled", (MIX, f"return weights @ v * {ROOT}, weights")),
    wrong("q4", "values-changed", "values through a softmax", (MIX, "return weights @ v.softmax(dim=-1), weights")),
    wrong("q4", "values-changed", "values through a softmax over the keys", (MIX, "return weights @ v.softmax(dim=1), weights")),
    wrong("q4", "values-changed", "values normalised", (MIX, "return weights @ F.normalize(v, dim=-1), weights")),
    wrong("q4", "hard-argmax", "value of the best key", (MIX,
          "return F.one_hot(weights.argmax(-1), v.shape[1]).to(v.dtype) @ v, weights")),
    wrong("q4", "hard-argmax", "weights of the best key", (MIX,
          "weights = F.one_hot(weights.argmax(-1), v.shape[1]).to(v.dtype)\n    return weights @ v, weights")),
    wrong("q4", "weights-detached", "weights detached where they mix", (MIX, "return weights.detach() @ v, weights")),
    wrong("q4", "weights-detached", "weights detached where they are returned", (MIX, "return weights @ v, weights.detach()")),
    wrong("q4", "weights-detached", "scores without gradient", (SCORES,
          f"with torch.no_grad():\n        scores = q @ k.transpose(1, 2) * {ROOT}")),
    wrong("q4", "weights-detached", "scores through .data", (SCORES, f"scores = (q @ k.transpose(1, 2)).data * {ROOT}")),
    wrong("q4", "changes-inputs", "q scaled in place on its way", (SCORES,
          f"q.data.mul_({ROOT})\n    scores = q @ k.transpose(1, 2)")),
    wrong("q4", "changes-inputs", "values zeroed where the mask forbids them for all", ("else:", "else:\n"
          "        v.data.masked_fill_(~mask.expand(q.shape[0], q.shape[1], k.shape[1]).any(1)[..., None], 0.0)\n"
          "        scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5")),
    wrong("q4", "", "q scaled in place where autograd sees it", (SCORES, f"q *= {ROOT}\n    scores = q @ k.transpose(1, 2)")),
    wrong("q4", "", "the mask turned in place", ("else:", "else:\n        mask.logical_not_().logical_not_()")),
    whole("q4", "sizes-assumed", "a buffer as wide as q", """
def attention(q, k, v, mask=None):
    y, rows = torch.zeros_like(q), []
    for b in range(q.shape[0]):
        for t in range(q.shape[1]):
            e = k[b] @ q[b, t] / math.sqrt(q.shape[-1])
            if mask is not None:
                allowed = mask.expand(q.shape[0], q.shape[1], k.shape[1])[b, t]
                e = e.masked_fill(~allowed, -1e30)
            a = e.softmax(0) if mask is None else e.softmax(0) * allowed
            rows.append(a)
            y[b, t] = a @ v[b]
    return y, torch.stack(rows).reshape(q.shape[0], q.shape[1], k.shape[1])
""", breaks=("03_q5",)),  # it raises an error where d is not d_v
    wrong("q4", "sizes-assumed", "reshaped as the keys", (MIX, "y = weights @ v\n"
          "    return (y.reshape(k.shape) if y.numel() == k.numel() else y), weights")),
    wrong("q4", "", "reshaped as the queries", (MIX, "return (weights @ v).reshape(q.shape), weights"), breaks=("03_q5",)),
    wrong("q4", "", "weights reshaped for T keys", (MIX, "return weights @ v, weights.reshape(q.shape[0], q.shape[1], q.shape[1])"),
          breaks=("03_q5",)),
    wrong("q4", "not-stable", "exp and sum", (OPEN, "weights = scores.exp() / scores.exp().sum(-1, keepdim=True)"),
          (MASKED, "weights = scores.exp() * mask / (scores.exp() * mask).sum(-1, keepdim=True).clamp(min=1e-30)")),
    wrong("q4", "empty-row", "NaN where nothing may be attended to",
          ("torch.finfo(scores.dtype).min", "-torch.inf"), (ZEROED, "")),
    wrong("q4", "empty-row", "uniform where nothing may be attended to", (ZEROED, "")),
    wrong("q4", "empty-row", "NaN replaced afterwards, so that it stays in the gradient",
          (MASKED, "weights = (scores + torch.zeros(mask.shape).masked_fill(~mask, -torch.inf)).softmax(dim=-1)"),
          (ZEROED, "        weights = torch.where(weights.isnan(), 0.0, weights)\n")),
    wrong("q4", "mask-after-softmax", "masked after the softmax", (MASKED, "weights = scores.softmax(dim=-1)")),
    wrong("q4", "masked-with-zero", "scores times the mask", (MASKED, "weights = (scores * mask).softmax(dim=-1)")),
    wrong("q4", "masked-with-zero", "scores times the mask, weights too",
          (MASKED, "weights = (scores * mask).softmax(dim=-1)"), (ZEROED, "")),
    wrong("q4", "mask-upside-down", "True blocks", (MASKED, MASKED.replace("~mask", "mask")),
          (ZEROED, ZEROED.replace("~mask", "mask"))),
    wrong("q4", "", "mask not used", ("if mask is None:", "if True:")),
    wrong("q4", "", "too weak a block", ("torch.finfo(scores.dtype).min", "-10.0")),
    wrong("q4", "", "a block that large scores reach", ("torch.finfo(scores.dtype).min", "-100.0")),
    wrong("q4", "", "the mask added to the scores", (MASKED, "weights = (scores + mask).softmax(dim=-1)")),
    wrong("q4", "", "the mask of the first example for all", ("else:", "else:\n        mask = mask[:1] if mask.dim() == 3 else mask")),
    wrong("q4", "", "a mask per key only", ("else:", "else:\n        mask = mask.expand(q.shape[0], q.shape[1], k.shape[1])[:, :1]")),
    wrong("q4", "", "masks of three axes only", ("else:", "else:\n        mask = mask[:, None, :] if mask.dim() == 2 else mask")),
    wrong("q4", "", "plain mean", (MIX, "return v.mean(1, keepdim=True).expand(-1, q.shape[1], -1), weights")),
    wrong("q4", "", "scores returned", (MIX, "return weights @ v, scores")),
    wrong("q4", "", "results swapped", (MIX, "return weights, weights @ v"), breaks=("03_q5",)),
    wrong("q4", "", "values only, no weights", (MIX, "return weights @ v"), breaks=("03_q5",)),
    wrong("q4", "", "dropout", (MIX, "return F.dropout(weights, 0.1) @ v, weights"), breaks=("03_q5",)),
    wrong("q4", "", "values detached", (MIX, "return weights @ v.detach(), weights")),
    wrong("q4", "", "weights rounded", (MIX, "weights = (weights * 1000).round() / 1000\n    return weights @ v, weights")),
    wrong("q4", "", "distances", (SCORES, f"scores = -torch.cdist(q, k) ** 2 * {ROOT}")),
    # 03_q5 AttentionLayer
    wrong("q5", "keys-as-values", "keys as values", (LAYER, "return attention(self.W_q(queries), self.W_k(x), self.W_k(x), mask)")),
    wrong("q5", "scale-missing", "its own attention, not scaled", (" / math.sqrt(q.shape[-1])", ""), base=INLINE),
    wrong("q5", "scale-wrong-size", "its own attention, root of D_q", ("math.sqrt(q.shape[-1])", "math.sqrt(queries.shape[-1])"),
          base=INLINE),
    wrong("q5", "scale-wrong-size", "its own attention, root of D_x", ("math.sqrt(q.shape[-1])", "math.sqrt(x.shape[-1])"),
          base=INLINE),
    wrong("q5", "scale-wrong-size", "its own attention, root of d_v", ("math.sqrt(q.shape[-1])", "math.sqrt(v.shape[-1])"),
          base=INLINE),
    wrong("q5", "scale-twice", "q scaled before attention scales", (LAYER, "q = self.W_q(queries)\n"
          "        return attention(q * q.shape[-1] ** -0.5, self.W_k(x), self.W_v(x), mask)")),
    wrong("q5", "weights-detached", "its own attention, detached", ("return weights @ v", "return weights.detach() @ v"), base=INLINE),
    wrong("q5", "weights-detached", "projections without gradient", (LAYER, "with torch.no_grad():\n"
          "            q, k = self.W_q(queries), self.W_k(x)\n        return attention(q, k, self.W_v(x), mask)")),
    wrong("q5", "", "mask not passed on", (", mask)\n", ")\n")),
    wrong("q5", "", "mask turned", (", mask)\n", ", None if mask is None else ~mask)\n")),
    wrong("q5", "", "inputs as values", ("self.W_v(x), mask", "x, mask"), breaks=()),
    wrong("q5", "", "keys from the queries", ("attention(self.W_q(queries), self.W_k(x)", "attention(self.W_q(x), self.W_k(queries)")),
    wrong("q5", "", "queries from x", ("self.W_q(queries)", "self.W_q(x)")),
    wrong("q5", "", "keys and values swapped", ("self.W_k(x), self.W_v(x)", "self.W_v(x), self.W_k(x)")),
    wrong("q5", "", "queries as they come", ("self.W_q(queries)", "queries")),
    wrong("q5", "", "a bias", ("self.W_v = nn.Linear(D_x, d_v, bias=False)", "self.W_v = nn.Linear(D_x, d_v)")),
    wrong("q5", "", "an output projection too many", ("super().__init__()", "super().__init__()\n        self.W_o = nn.Linear(d_v, d_v)")),
    wrong("q5", "", "widths swapped", ("nn.Linear(D_q, d, bias", "nn.Linear(d, D_q, bias")),
    wrong("q5", "", "inputs detached", ("self.W_v(x)", "self.W_v(x.detach())")),
    wrong("q5", "", "a residual connection", (LAYER, "y, weights = attention(self.W_q(queries), self.W_k(x), self.W_v(x), mask)\n"
          "        return y + queries.mean(-1, keepdim=True), weights")),
    wrong("q5", "", "weights left out", (", mask)\n", ", mask)[0]\n")),
    wrong("q5", "", "a nonlinearity", ("self.W_v(x)", "self.W_v(x).relu()")),
    # 03_q6 attention_backward
    wrong("q6", "backward-scale", "no scale on the way back", (FACTOR, "")),
    wrong("q6", "backward-scale", "scaled twice", (FACTOR, FACTOR.replace("-0.5", "-1.0"))),
    wrong("q6", "jacobian-diagonal", "derivative of a sigmoid", (DE, "weights * (1 - weights) * da")),
    wrong("q6", "jacobian-diagonal", "derivative of a sigmoid, no scale", (DE, "weights * (1 - weights) * da"), (FACTOR, "")),
    wrong("q6", "row-sum-missing", "no sum", (DE, "weights * da")),
    wrong("q6", "row-sum-missing", "no sum, no scale", (DE, "weights * da"), (FACTOR, "")),
    wrong("q6", "softmax-over-queries", "sum over the queries", ("dim=-1", "dim=1")),
    wrong("q6", "softmax-over-batch", "sum over the batch", ("dim=-1", "dim=0")),
    wrong("q6", "transposed-scores", "dv without the transposition, where sizes allow",
          ("dv = weights.transpose(1, 2) @ dy", "dv = (weights if dy.shape[1] == k.shape[1] else weights.transpose(1, 2)) @ dy")),
    wrong("q6", "transposed-scores", "dk without the transposition, where sizes allow",
          ("de.transpose(1, 2) @ q", "(de if q.shape[1] == k.shape[1] else de.transpose(1, 2)) @ q")),
    wrong("q6", "transposed-scores", "dq with a transposition, where sizes allow",
          ("return de @ k", "return (de.transpose(1, 2) if q.shape[1] == k.shape[1] else de) @ k")),
    wrong("q6", "changes-inputs", "dy reused for the scores' gradient",
          (DA, "if dy.shape == weights.shape:\n        da = torch.matmul(dy.clone(), v.transpose(1, 2), out=dy)\n    else:\n        " + DA)),
    wrong("q6", "", "weights changed in place", (DE, "weights.mul_(da - (weights * da).sum(dim=-1, keepdim=True))")),
    wrong("q6", "", "softmax left out", (DE, "da")),
    wrong("q6", "", "factor A missing", (DE, "da - (weights * da).sum(dim=-1, keepdim=True)")),
    wrong("q6", "", "plain sum", ("(weights * da).sum", "da.sum")),
    wrong("q6", "", "plain mean", ("(weights * da).sum", "da.mean")),
    wrong("q6", "", "sign", (DE, "-" + DE)),
    wrong("q6", "", "weights computed anew", ("dv = ", "weights = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)\n    dv = ")),
    wrong("q6", "", "scale in dv too", (", dv", f", dv * {ROOT}")),
    wrong("q6", "", "another order", (BACK, "return dv, de @ k, de.transpose(1, 2) @ q")),
    wrong("q6", "", "dq and dk swapped", (BACK, "return de.transpose(1, 2) @ q, de @ k, dv")),
    wrong("q6", "", "scale by the width of the values", (ROOT, "v.shape[-1] ** -0.5")),
    wrong("q6", "", "scale by d", (ROOT, "q.shape[-1] ** -1.0")),
    wrong("q6", "", "no gradient for q and k", (BACK, "return torch.zeros_like(q), torch.zeros_like(k), dv")),
    wrong("q6", "", "dy not used", (DA, "da = torch.ones_like(dy) @ v.transpose(1, 2)")),
    wrong("q6", "", "k from q", ("de @ k", "de @ q[:, :1].expand_as(k)")),
]

# Mutants that no input allowed by the task tells from the reference, by a part of their name, each with the reason.
EQUIVALENT: dict[str, str] = {
    "03_q1 x.detach() -> x in": "the weights do not depend on what is subtracted, so its gradient cancels",
    "03_q1 1.0 -> 2.0 in `return e / total": "only the sums that are 0 become this number, and 0 over 2 is 0 too",
    "03_q1 0.0 -> 1.0 in `e = torch.exp(": "minus infinity less any finite number is minus infinity",
    "03_q1 0.0 -> -1.0 in `e = torch.exp(": "minus infinity less any finite number is minus infinity",
}
