"""Wrong answers to assignment 4, each the reference with one idea spoilt (or written whole where that is clearer)."""

from banks.entries import Wrong

# The misconceptions that chapter 4 explains and feedback names, by their labels. Each has at least one member below.
LINES = (
    "04-shared-projection", "04-values-not-projected", "04-bias-added", "04-wrong-scale", "04-transposed-scores",
    "04-softmax-over-queries", "04-invariance", "04-wrong-way-back", "04-claims-equivariance", "04-scrambled-grid", "04-one-axis",
    "04-not-identity-at-first", "04-pairs-forgotten", "04-multiply-add-once",
)
# Lines that no question can show, with the reason: none.
UNSHOWN: dict[str, str] = {}

# 04_q1
PROJECT = "q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)"
SCORES = "scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5"
FREE = "weights = scores.softmax(dim=-1)"
MASKED = "weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=-1)"
ZEROED = "weights = weights.masked_fill(~mask, 0.0)"
VALUES = "return weights @ v, weights"
# 04_q4
GRID = "q, k, v = (W(x).flatten(2).transpose(1, 2) for W in (self.W_q, self.W_k, self.W_v))"
GRID_WEIGHTS = "weights = (q @ k.transpose(1, 2) * q.shape[-1] ** -0.5).softmax(dim=-1)"
SEEN = "seen = (weights @ v).transpose(1, 2)"
ADD = "return x + self.gamma * self.W_o(seen.unflatten(2, x.shape[2:]))"
GAMMA = "self.gamma = nn.Parameter(torch.zeros(1))"
# 04_q3 and 04_q5
BEFORE = "before = layer(x[:, perm])"
AFTER = "after = layer(x)[:, perm]"
GAP = "return (before - after).abs().max().item()"
COUNT = "2 * (3 * N * D * D + 2 * N * N * D)"


def wrong(question: str, slug: str, name: str, *edits: tuple[str, str]) -> Wrong:
    return Wrong(f"04_{question}", name, edits=edits, slug=slug and f"04-{slug}")


def whole(question: str, slug: str, name: str, source: str) -> Wrong:
    return Wrong(f"04_{question}", name, source=source, slug=slug and f"04-{slug}")


def both(question: str, slug: str, name: str, new: str) -> Wrong:
    """04_q1: the softmax spoilt with and without a mask; `new` says how, SCORES_ standing for the scores."""
    blocked = "scores.masked_fill(~mask, torch.finfo(scores.dtype).min)"
    return wrong(question, slug, name, (FREE, f"weights = {new.replace('SCORES_', 'scores')}"),
                 (MASKED, f"weights = {new.replace('SCORES_', blocked)}"))


WRONG = [
    # 04_q1 SelfAttention
    wrong("q1", "shared-projection", "keys from W_q", (PROJECT, "q, k, v = self.W_q(x), self.W_q(x), self.W_v(x)")),
    wrong("q1", "shared-projection", "queries from W_k", (PROJECT, "q, k, v = self.W_k(x), self.W_k(x), self.W_v(x)")),
    wrong("q1", "shared-projection", "one layer under two names",
          ("self.W_k = nn.Linear(D, d, bias=False)", "self.W_k = self.W_q")),
    wrong("q1", "shared-projection", "no W_k", ("self.W_k = nn.Linear(D, d, bias=False)", "pass"),
          (PROJECT, "q, k, v = self.W_q(x), self.W_q(x), self.W_v(x)")),
    wrong("q1", "values-not-projected", "tokens as values", (VALUES, "return weights @ x, weights")),
    wrong("q1", "values-not-projected", "no W_v", ("self.W_v = nn.Linear(D, d_v, bias=False)", "pass"),
          (PROJECT, "q, k, v = self.W_q(x), self.W_k(x), x")),
    wrong("q1", "values-not-projected", "keys as values, where the widths are equal",
          (PROJECT, "q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)\n        v = k if k.shape == v.shape else v")),
    wrong("q1", "values-not-projected", "tokens as values, where the widths are equal",
          (VALUES, "return weights @ (x if x.shape == v.shape else v), weights")),
    wrong("q1", "bias-added", "bias on the values", ("nn.Linear(D, d_v, bias=False)", "nn.Linear(D, d_v)")),
    wrong("q1", "bias-added", "bias on the queries", ("self.W_q = nn.Linear(D, d, bias=False)", "self.W_q = nn.Linear(D, d)")),
    wrong("q1", "wrong-scale", "not scaled", (" * q.shape[-1] ** -0.5", "")),
    wrong("q1", "wrong-scale", "root of D", ("q.shape[-1] ** -0.5", "x.shape[-1] ** -0.5")),
    wrong("q1", "wrong-scale", "root of d_v", ("q.shape[-1] ** -0.5", "v.shape[-1] ** -0.5")),
    wrong("q1", "wrong-scale", "root of N", ("q.shape[-1] ** -0.5", "q.shape[1] ** -0.5")),
    wrong("q1", "wrong-scale", "divided by d", ("q.shape[-1] ** -0.5", "q.shape[-1] ** -1.0")),
    wrong("q1", "wrong-scale", "multiplied", ("q.shape[-1] ** -0.5", "q.shape[-1] ** 0.5")),
    wrong("q1", "", "scaled after the softmax", (" * q.shape[-1] ** -0.5", ""), (VALUES, "weights = weights * q.shape[-1] ** -0.5\n"
          "        return weights @ v, weights")),
    wrong("q1", "transposed-scores", "keys ask", (SCORES, "scores = k @ q.transpose(1, 2) * q.shape[-1] ** -0.5")),
    both("q1", "softmax-over-queries", "softmax over the queries", "SCORES_.softmax(dim=1)"),
    both("q1", "softmax-over-queries", "legacy softmax, which takes axis 0 of three", "torch.stack([F.softmax(s, dim=0) for s in SCORES_])"),
    both("q1", "", "softmax over the batch", "SCORES_.softmax(dim=0)"),
    both("q1", "", "softmax over all pairs at once", "SCORES_.flatten(1).softmax(dim=-1).view_as(scores)"),
    both("q1", "", "not stable", "SCORES_.exp() / SCORES_.exp().sum(-1, keepdim=True)"),
    wrong("q1", "", "mask not used", (MASKED, FREE), (ZEROED, "pass")),
    wrong("q1", "", "mask after the softmax", (MASKED, FREE)),
    wrong("q1", "", "torch's other polarity", (MASKED, MASKED.replace("~", "")), (ZEROED, ZEROED.replace("~", ""))),
    wrong("q1", "", "other polarity, uniform rows", (MASKED, MASKED.replace("~", "")), (ZEROED, "pass")),
    wrong("q1", "", "NaN where nothing may be attended to", ("torch.finfo(scores.dtype).min", 'float("-inf")'), (ZEROED, "pass")),
    wrong("q1", "", "NaN gradient", (MASKED, "weights = (scores + torch.zeros(mask.shape).masked_fill(~mask, float('-inf'))).softmax(-1)"),
          (ZEROED, "weights = torch.where(weights.isnan(), 0.0, weights)")),
    wrong("q1", "", "uniform where nothing may be attended to", (ZEROED, "pass")),
    wrong("q1", "", "too weak a block", ("torch.finfo(scores.dtype).min", "-100.0"), (ZEROED, "pass")),
    wrong("q1", "", "too weak a block, zeroed afterwards", ("torch.finfo(scores.dtype).min", "-100.0")),
    wrong("q1", "", "masked with zero", ("torch.finfo(scores.dtype).min", "0.0")),
    wrong("q1", "", "mask as a number, added", (MASKED, "weights = (scores + mask).softmax(dim=-1)")),
    wrong("q1", "", "mask per key only", ("~mask, torch.finfo", "~mask[..., -1:, :], torch.finfo")),
    wrong("q1", "", "the first sequence's mask for all", (MASKED, "mask = mask.expand(scores.shape)[:1]\n            " + MASKED)),
    wrong("q1", "", "mask transposed", (MASKED, "mask = mask.expand(scores.shape).transpose(1, 2)\n            " + MASKED)),
    wrong("q1", "", "cannot take a mask of two axes", (MASKED, "B, one, N = mask.shape\n            " + MASKED)),
    wrong("q1", "", "always causal", (SCORES, SCORES + "\n        causal = torch.ones(x.shape[1], x.shape[1]).tril().bool()\n"
          "        mask = causal if mask is None else mask & causal")),
    wrong("q1", "", "a token does not see itself", (SCORES, SCORES + "\n        others = ~torch.eye(x.shape[1]).bool()\n"
          "        mask = others if mask is None else mask & others")),
    wrong("q1", "", "hard", (VALUES, "return F.one_hot(weights.argmax(-1), x.shape[1]).float() @ v, weights")),
    wrong("q1", "", "weights detached", (VALUES, "return weights.detach() @ v, weights")),
    wrong("q1", "", "values detached", (VALUES, "return weights @ v.detach(), weights")),
    wrong("q1", "", "no gradient to the tokens", (PROJECT, "x = x.detach()\n        " + PROJECT)),
    wrong("q1", "", "weights transposed for the values", (VALUES, "return weights.transpose(1, 2) @ v, weights")),
    wrong("q1", "", "values softmaxed", (VALUES, "return weights @ v.softmax(dim=-1), weights")),
    wrong("q1", "", "tokens added", (VALUES, "y = weights @ v\n        return (y + x if y.shape == x.shape else y), weights")),
    wrong("q1", "", "scores returned", (VALUES, "return weights @ v, scores")),
    wrong("q1", "", "swapped results", (VALUES, "return weights, weights @ v")),
    wrong("q1", "", "y alone", (VALUES, "return weights @ v")),
    wrong("q1", "", "dropout on the weights", (VALUES, "return F.dropout(weights, 0.1) @ v, weights")),
    wrong("q1", "", "squeezed", (VALUES, "return (weights @ v).squeeze(), weights.squeeze()")),
    # 04_q2 pairwise_scores
    wrong("q2", "shared-projection", "keys from W_q", ("x @ W_k.T", "x @ W_q.T")),
    wrong("q2", "shared-projection", "queries from W_k", ("x @ W_q.T", "x @ W_k.T")),
    wrong("q2", "transposed-scores", "keys ask", ("q @ k.transpose(1, 2)", "k @ q.transpose(1, 2)")),
    wrong("q2", "transposed-scores", "matrices swapped",
          ("q = x @ W_q.T", "q = x @ W_k.T"), ("k = x @ W_k.T", "k = x @ W_q.T")),
    wrong("q2", "wrong-scale", "not scaled", (" * W_q.shape[0] ** -0.5", "")),
    wrong("q2", "wrong-scale", "root of D", ("W_q.shape[0] ** -0.5", "W_q.shape[1] ** -0.5")),
    wrong("q2", "wrong-scale", "root of N", ("W_q.shape[0] ** -0.5", "x.shape[1] ** -0.5")),
    wrong("q2", "wrong-scale", "divided by d", ("W_q.shape[0] ** -0.5", "W_q.shape[0] ** -1.0")),
    wrong("q2", "wrong-scale", "multiplied", ("W_q.shape[0] ** -0.5", "W_q.shape[0] ** 0.5")),
    wrong("q2", "", "weights, not scores", ("return q @ k.transpose(1, 2) * W_q.shape[0] ** -0.5",
                                           "return (q @ k.transpose(1, 2) * W_q.shape[0] ** -0.5).softmax(-1)")),
    wrong("q2", "", "not projected", ("q @ k.transpose(1, 2)", "x @ x.transpose(1, 2)")),
    wrong("q2", "", "matrices the wrong way round", ("x @ W_q.T", "x @ W_q"), ("x @ W_k.T", "x @ W_k")),
    wrong("q2", "", "wrong way round where that fits", ("x @ W_q.T", "x @ (W_q if W_q.shape[0] == W_q.shape[1] else W_q.T)")),
    wrong("q2", "", "cosine", ("x @ W_q.T", "F.normalize(x @ W_q.T, dim=-1)"), ("x @ W_k.T", "F.normalize(x @ W_k.T, dim=-1)")),
    wrong("q2", "", "one sequence only", ("return q", "q, k = q[:1], k[:1]\n    return q")),
    wrong("q2", "", "keys of the first sequence", ("k.transpose(1, 2)", "k[0].T")),
    wrong("q2", "", "in float32 always", ("x @ W_q.T", "x.float() @ W_q.float().T"), ("x @ W_k.T", "x.float() @ W_k.float().T")),
    wrong("q2", "", "tokens detached", ("x @ W_q.T", "x.detach() @ W_q.T"), ("x @ W_k.T", "x.detach() @ W_k.T")),
    wrong("q2", "", "matrices as data", ("x @ W_q.T", "x @ W_q.data.T"), ("x @ W_k.T", "x @ W_k.data.T")),
    whole("q2", "", "new parameters", """
def pairwise_scores(x, W_q, W_k):
    ask, offer = nn.Linear(x.shape[-1], W_q.shape[0], bias=False), nn.Linear(x.shape[-1], W_k.shape[0], bias=False)
    ask.weight.data, offer.weight.data = W_q.clone(), W_k.clone()
    return ask(x) @ offer(x).transpose(1, 2) * W_q.shape[0] ** -0.5
"""),
    # 04_q3 equivariance_gap
    wrong("q3", "invariance", "permuted before only", (AFTER, "after = layer(x)")),
    wrong("q3", "invariance", "permuted after only", (BEFORE, "before = layer(x)")),
    wrong("q3", "wrong-way-back", "inverse after", (AFTER, "after = layer(x)[:, perm.argsort()]")),
    wrong("q3", "wrong-way-back", "the permutation again on the way back", (BEFORE, "before = layer(x[:, perm])[:, perm]"),
          (AFTER, "after = layer(x)")),
    wrong("q3", "wrong-way-back", "scattered after", (AFTER, "y = layer(x)\n    after = torch.empty_like(y)\n    after[:, perm] = y")),
    wrong("q3", "wrong-way-back", "scattered before", (BEFORE, "moved = torch.empty_like(x)\n    moved[:, perm] = x\n    before = layer(moved)")),
    wrong("q3", "claims-equivariance", "the same twice", (BEFORE, "before = layer(x)[:, perm]")),
    wrong("q3", "claims-equivariance", "both permuted before", (AFTER, "after = layer(x[:, perm])")),
    wrong("q3", "claims-equivariance", "means over the tokens compared", ("(before - after)", "(before.mean(1) - after.mean(1))")),
    wrong("q3", "claims-equivariance", "sums compared", ("(before - after)", "(before - after).sum(1)")),
    wrong("q3", "claims-equivariance", "always zero", (GAP, "return 0.0")),
    wrong("q3", "claims-equivariance", "the identity only", (BEFORE, "perm = torch.arange(x.shape[1])\n    before = layer(x[:, perm])")),
    wrong("q3", "", "sorted tokens compared", ("(before - after)", "(before.sort(1).values - after.sort(1).values)")),
    wrong("q3", "", "signed", (".abs()", "")),
    wrong("q3", "", "minus the minimum", ("(before - after).abs().max()", "-(before - after).min()")),
    wrong("q3", "", "mean", (".max()", ".mean()")),
    wrong("q3", "", "numpy, which wants no gradient", (".abs().max().item()", ".abs().numpy().max().item()")),
    wrong("q3", "", "sum", (".max()", ".sum()")),
    wrong("q3", "", "squared", (".abs().max()", ".square().max()")),
    wrong("q3", "", "norm", (".abs().max()", ".norm()")),
    wrong("q3", "", "first sequence only", ("(before - after)", "(before - after)[0]")),
    wrong("q3", "", "last sequence only", ("(before - after)", "(before - after)[-1]")),
    wrong("q3", "", "first feature only", ("(before - after)", "(before - after)[..., 0]")),
    wrong("q3", "", "first token only", ("(before - after)", "(before - after)[:, 0]")),
    wrong("q3", "", "relative", (GAP, "return ((before - after).abs().max() / after.abs().max()).item()")),
    wrong("q3", "", "batch permuted", ("x[:, perm]", "x[perm]"), ("layer(x)[:, perm]", "layer(x)[perm]")),
    wrong("q3", "", "features permuted where there are as many", ("x[:, perm]", "(x[..., perm] if x.shape[1] == x.shape[2] else x[:, perm])"),
          ("layer(x)[:, perm]", "(layer(x)[..., perm] if x.shape[1] == x.shape[2] else layer(x)[:, perm])")),
    wrong("q3", "", "yes or no", (GAP, "return (before - after).abs().max().item() < 1e-5")),
    wrong("q3", "", "a tensor", (".max().item()", ".max()")),
    wrong("q3", "", "rounded", (GAP, "return round((before - after).abs().max().item(), 2)")),
    wrong("q3", "", "a permutation of its own", (BEFORE, "perm = torch.arange(x.shape[1]).flip(0)\n    before = layer(x[:, perm])")),
    wrong("q3", "", "tokens of its own", (BEFORE, "x = torch.randn(x.shape)\n    before = layer(x[:, perm])")),
    wrong("q3", "", "one sequence at a time without the batch axis", (BEFORE, "before = torch.stack([layer(s[perm]) for s in x])")),
    wrong("q3", "", "permutes in place", (BEFORE, "x[:] = x[:, perm]\n    before = layer(x)")),
    # 04_q4 SelfAttention2d
    wrong("q4", "scrambled-grid", "read as if channels came last",
          (GRID, "q, k, v = (W(x).reshape(len(x), -1, self.W_q.out_channels) for W in (self.W_q, self.W_k, self.W_v))")),
    wrong("q4", "scrambled-grid", "written as if channels came first",
          (SEEN, "seen = (weights @ v).reshape(len(x), -1, x.shape[2] * x.shape[3])")),
    wrong("q4", "scrambled-grid", "read and written straight",
          (GRID, "q, k, v = (W(x).reshape(len(x), -1, self.W_q.out_channels) for W in (self.W_q, self.W_k, self.W_v))"),
          (SEEN, "seen = (weights @ v).reshape(len(x), -1, x.shape[2] * x.shape[3])")),
    wrong("q4", "scrambled-grid", "height and width swapped on the way back",
          ("seen.unflatten(2, x.shape[2:])", "seen.unflatten(2, (x.shape[3], x.shape[2])).transpose(2, 3)")),
    wrong("q4", "scrambled-grid", "values column by column",
          (GRID_WEIGHTS, "v = self.W_v(x).transpose(2, 3).flatten(2).transpose(1, 2)\n        " + GRID_WEIGHTS)),
    wrong("q4", "", "assumes a square", ("x.shape[2:]", "(x.shape[2], x.shape[2])")),
    wrong("q4", "one-axis", "within rows", (GRID_WEIGHTS, "row = torch.arange(q.shape[1]) // x.shape[3]\n"
          "        weights = (q @ k.mT * q.shape[-1] ** -0.5).masked_fill(row[:, None] != row, -1e9).softmax(-1)")),
    wrong("q4", "", "within a window of columns", (GRID_WEIGHTS, "column = torch.arange(q.shape[1]) % x.shape[3]\n"
          "        weights = (q @ k.mT * q.shape[-1] ** -0.5).masked_fill((column[:, None] - column).abs() > 4, -1e9).softmax(-1)")),
    whole("q4", "one-axis", "rows as sequences", """
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        self.W_q, self.W_k, self.W_v = (nn.Conv2d(C, d, 1, bias=False) for _ in range(3))
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, k, v = (W(x).permute(0, 2, 3, 1) for W in (self.W_q, self.W_k, self.W_v))  # (B, grid_h, grid_w, d)
        a = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)
        return x + self.gamma * self.W_o((a @ v).permute(0, 3, 1, 2))
"""),
    whole("q4", "one-axis", "columns as sequences", """
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        self.W_q, self.W_k, self.W_v = (nn.Conv2d(C, d, 1, bias=False) for _ in range(3))
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        q, k, v = (W(x).permute(0, 3, 2, 1) for W in (self.W_q, self.W_k, self.W_v))  # (B, grid_w, grid_h, d)
        a = (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)
        return x + self.gamma * self.W_o((a @ v).permute(0, 3, 2, 1))
"""),
    wrong("q4", "not-identity-at-first", "gamma one at first", (GAMMA, GAMMA.replace("zeros", "ones"))),
    wrong("q4", "not-identity-at-first", "x not added", ("x + self.gamma", "self.gamma")),
    wrong("q4", "not-identity-at-first", "gamma not used", ("self.gamma * self.W_o", "self.W_o")),
    wrong("q4", "not-identity-at-first", "gamma at x", ("x + self.gamma * self.W_o", "self.gamma * x + self.W_o")),
    wrong("q4", "", "a mixture", ("x + self.gamma", "(1 - self.gamma) * x + self.gamma")),
    wrong("q4", "", "does nothing while gamma is zero", (ADD, "if self.gamma == 0:\n            return x\n        " + ADD)),
    wrong("q4", "", "values zero at first, too", (GAMMA, GAMMA + "\n        nn.init.zeros_(self.W_v.weight)")),
    wrong("q4", "", "gamma per channel", (GAMMA, "self.gamma = nn.Parameter(torch.zeros(C, 1, 1))")),
    wrong("q4", "", "gamma a buffer", (GAMMA, 'self.register_buffer("gamma", torch.zeros(1))')),
    wrong("q4", "", "gamma detached", ("x + self.gamma", "x + self.gamma.item()")),
    wrong("q4", "wrong-scale", "not scaled", (" * q.shape[-1] ** -0.5", "")),
    wrong("q4", "wrong-scale", "root of C", ("q.shape[-1] ** -0.5", "x.shape[1] ** -0.5")),
    wrong("q4", "wrong-scale", "root of N", ("q.shape[-1] ** -0.5", "q.shape[1] ** -0.5")),
    wrong("q4", "wrong-scale", "divided by d", ("q.shape[-1] ** -0.5", "q.shape[-1] ** -1.0")),
    wrong("q4", "shared-projection", "keys from W_q", ("(self.W_q, self.W_k, self.W_v)", "(self.W_q, self.W_q, self.W_v)")),
    wrong("q4", "transposed-scores", "keys ask", ("q @ k.transpose(1, 2)", "k @ q.transpose(1, 2)")),
    wrong("q4", "softmax-over-queries", "softmax over the queries", (".softmax(dim=-1)", ".softmax(dim=1)")),
    wrong("q4", "", "softmax over the batch", (".softmax(dim=-1)", ".softmax(dim=0)")),
    wrong("q4", "", "weights transposed for the values", ("weights @ v", "weights.transpose(1, 2) @ v")),
    wrong("q4", "bias-added", "bias on the values", ("self.W_v = nn.Conv2d(C, d, 1, bias=False)", "self.W_v = nn.Conv2d(C, d, 1)")),
    wrong("q4", "bias-added", "bias on the way out", ("nn.Conv2d(d, C, 1, bias=False)", "nn.Conv2d(d, C, 1)")),
    wrong("q4", "", "linear layers", ("self.W_q = nn.Conv2d(C, d, 1, bias=False)", "self.W_q = nn.Linear(C, d, bias=False)")),
    wrong("q4", "", "3x3 convolutions", ("self.W_v = nn.Conv2d(C, d, 1, bias=False)", "self.W_v = nn.Conv2d(C, d, 3, padding=1, bias=False)")),
    wrong("q4", "", "keys as values", (SEEN, "seen = (weights @ k).transpose(1, 2)")),
    wrong("q4", "", "channels attend to channels", (GRID_WEIGHTS, "weights = (q.mT @ k * q.shape[-1] ** -0.5).softmax(-1)"),
          ("(weights @ v)", "(v @ weights.mT)")),
    wrong("q4", "", "all images are one set", (GRID_WEIGHTS, "q, k, v = (t.flatten(0, 1)[None] for t in (q, k, v))\n        " + GRID_WEIGHTS),
          (SEEN, "seen = (weights @ v)[0].unflatten(0, (len(x), -1)).transpose(1, 2)")),
    wrong("q4", "", "not stable", (GRID_WEIGHTS, "e = (q @ k.transpose(1, 2) * q.shape[-1] ** -0.5).exp()\n        weights = e / e.sum(-1, keepdim=True)")),
    wrong("q4", "", "weights detached", ("weights @ v", "weights.detach() @ v")),
    wrong("q4", "", "no gradient through x", (ADD, ADD.replace("return x", "return x.detach()"))),
    wrong("q4", "", "weights returned too", (ADD, ADD + ", weights")),
    wrong("q4", "", "a ReLU at the end", (ADD, ADD.replace("return ", "return F.relu(") + ")")),
    # 04_q5 count_flops
    wrong("q5", "multiply-add-once", "multiply-adds", (COUNT, "3 * N * D * D + 2 * N * N * D"), ("4 * N * D * D", "2 * N * D * D"),
          ("2 * N * width", "N * width")),
    wrong("q5", "multiply-add-once", "multiply-adds of a convolution", ("2 * N * width", "N * width")),
    wrong("q5", "pairs-forgotten", "projections only", (COUNT, "6 * N * D * D")),
    wrong("q5", "pairs-forgotten", "linear scores", (COUNT, "2 * (3 * N * D * D + 2 * N * D)")),
    wrong("q5", "pairs-forgotten", "linear scores only", (COUNT, "2 * (3 * N * D * D + N * D + N * N * D)")),
    wrong("q5", "pairs-forgotten", "scores like projections", (COUNT, "2 * (5 * N * D * D)")),
    wrong("q5", "pairs-forgotten", "letters swapped", (COUNT, "2 * (3 * N * N * D + 2 * N * D * D)")),
    wrong("q5", "", "no weighted sum", (COUNT, "2 * (3 * N * D * D + N * N * D)")),
    wrong("q5", "", "no projections", (COUNT, "4 * N * N * D")),
    wrong("q5", "", "one projection", (COUNT, "2 * (N * D * D + 2 * N * N * D)")),
    wrong("q5", "", "an output projection", (COUNT, "2 * (4 * N * D * D + 2 * N * N * D)")),
    wrong("q5", "", "softmax counted", (COUNT, "2 * (3 * N * D * D + 2 * N * N * D) + N * N")),
    wrong("q5", "", "floats", (COUNT, "2.0 * (3 * N * D * D + 2 * N * N * D)")),
    wrong("q5", "", "halved and doubled in floats", (COUNT, "int(4 * (3 * N * D * D / 2 + N * N * D))")),
    wrong("q5", "", "rounded in between", (COUNT, "int(2 * (3 * N * D**2 + 2 * float(N) ** 2 * D))")),
    wrong("q5", "", "a tensor", (COUNT, "torch.tensor(2 * (3 * N * D * D + 2 * N * N * D))")),
    wrong("q5", "", "one product a step", ("4 * N * D * D", "2 * N * D * D")),
    wrong("q5", "", "one step", ("4 * N * D * D", "4 * D * D")),
    wrong("q5", "", "an LSTM", ("4 * N * D * D", "16 * N * D * D")),
    wrong("q5", "", "a recurrence of all pairs", ("4 * N * D * D", "4 * N * N * D")),
    wrong("q5", "", "biases counted", ("4 * N * D * D", "4 * N * D * D + 2 * N * D")),
    wrong("q5", "", "kernel of width one", ("N * width * D * D", "N * D * D")),
    wrong("q5", "", "depthwise", ("N * width * D * D", "N * width * D")),
    wrong("q5", "", "square kernel", ("N * width * D * D", "N * width * width * D * D")),
    wrong("q5", "", "no padding", ("N * width * D * D", "(N - width + 1) * width * D * D")),
    wrong("q5", "", "zero for another kind", ('raise ValueError(f"unknown kind of layer: {kind!r}")', "return 0")),
    wrong("q5", "", "None for another kind", ('raise ValueError(f"unknown kind of layer: {kind!r}")', "return None")),
    wrong("q5", "", "another error", ("raise ValueError", "raise KeyError")),
    wrong("q5", "", "everything else is a convolution", ('if kind == "conv":', "if True:")),
    wrong("q5", "", "capitals do not matter", ('if kind == "rnn":', 'if kind.lower() == "rnn":')),
]

# Mutants that no input allowed by the task tells from the reference, by a part of their name, each with the reason.
EQUIVALENT: dict[str, str] = {}
