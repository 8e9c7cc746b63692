"""More wrong answers to assignment 4, written from the task's text alone, without sight of the reference or its tests.

Most are a right answer of their own (`BASE`) with one idea spoilt."""

from banks.entries import Wrong

BASE = {
    "04_q1": '''
class SelfAttention(nn.Module):
    def __init__(self, D, d, d_v):
        super().__init__()
        self.W_q = nn.Linear(D, d, bias=False)
        self.W_k = nn.Linear(D, d, bias=False)
        self.W_v = nn.Linear(D, d_v, bias=False)

    def forward(self, x, mask=None):
        B, N, _ = x.shape
        if mask is None:
            mask = torch.ones(N, N, dtype=torch.bool, device=x.device)
        q, k, v = self.W_q(x), self.W_k(x), self.W_v(x)
        scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5
        empty = ~mask.any(dim=-1, keepdim=True)
        scores = scores.masked_fill(~(mask | empty), float("-inf"))
        weights = scores.softmax(dim=-1).masked_fill(empty, 0.0)
        return weights @ v, weights
''',
    "04_q2": '''
def pairwise_scores(x, W_q, W_k):
    q = x @ W_q.T
    k = x @ W_k.T
    scores = q @ k.transpose(1, 2) / W_q.shape[0] ** 0.5
    return scores
''',
    "04_q3": '''
def equivariance_gap(layer, x, perm):
    before = layer(x[:, perm])
    after = layer(x)[:, perm]
    gap = (before - after).abs().max()
    return gap.item()
''',
    "04_q4": '''
class SelfAttention2d(nn.Module):
    def __init__(self, C, d):
        super().__init__()
        self.W_q = nn.Conv2d(C, d, 1, bias=False)
        self.W_k = nn.Conv2d(C, d, 1, bias=False)
        self.W_v = nn.Conv2d(C, d, 1, bias=False)
        self.W_o = nn.Conv2d(d, C, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        B, C, H, W = x.shape
        q, k, v = (part(x).flatten(2).transpose(1, 2) for part in (self.W_q, self.W_k, self.W_v))
        scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5
        weights = scores.softmax(dim=-1)
        context = (weights @ v).transpose(1, 2).reshape(B, -1, H, W)
        return x + self.gamma * self.W_o(context)
''',
    "04_q5": '''
def count_flops(kind, N, D, width):
    if kind == "self_attention":
        return 6 * N * D * D + 4 * N * N * D
    if kind == "rnn":
        return 4 * N * D * D
    if kind == "conv":
        return 2 * N * D * D * width
    raise ValueError(kind)
''',
}


def spoilt(question: str, name: str, *edits: tuple[str, str]) -> Wrong:
    return Wrong(question, name, edits=edits, base=BASE[question])


WRONG_BY_TEXT: list[Wrong] = [
    # 04_q1: right without a mask, or for one kind of mask, or forward only
    spoilt("04_q1", "minus infinity added and nan_to_num after the softmax, NaN in the gradients of an empty row",
           ('scores.masked_fill(~(mask | empty), float("-inf"))', 'scores + torch.zeros(mask.shape).masked_fill(~mask, float("-inf"))'),
           ("scores.softmax(dim=-1).masked_fill(empty, 0.0)", "scores.softmax(dim=-1).nan_to_num(0.0)")),
    spoilt("04_q1", "forbidden scores at -100, as large as scores can be",
           ('float("-inf")', "-100.0"), (".masked_fill(empty, 0.0)", " * mask")),
    spoilt("04_q1", "exp without taking the largest score off",
           ("scores.softmax(dim=-1)", "(scores.exp() / scores.exp().sum(dim=-1, keepdim=True))")),
    spoilt("04_q1", "keys and queries tied to one parameter",
           ("        self.W_v", "        self.W_k.weight = self.W_q.weight\n        self.W_v")),
    spoilt("04_q1", "keys detached", ("k.transpose(1, 2)", "k.detach().transpose(1, 2)")),
    spoilt("04_q1", "a mask of keys silences queries, too",
           ("return weights", "if mask.dim() == 3 and mask.shape[1] == 1:\n            weights = weights * mask.transpose(1, 2)\n"
            "        return weights")),
    spoilt("04_q1", "the first sequence's mask for the whole batch",
           ("        q, k, v", "        mask = mask[:1] if mask.dim() == 3 else mask\n        q, k, v")),
    spoilt("04_q1", "a token without any key in one sequence is silent in all",
           ("        scores = scores.masked_fill", "        silent = empty.any(dim=0, keepdim=True) if empty.dim() == 3 else empty\n"
            "        scores = scores.masked_fill"), (".masked_fill(empty, 0.0)", ".masked_fill(silent, 0.0)")),
    spoilt("04_q1", "dropout on the weights while training",
           ("        return weights", "        weights = F.dropout(weights, 0.1, self.training)\n        return weights")),
    spoilt("04_q1", "the mask of the first call kept for later calls",
           ("        q, k, v", '        if getattr(self, "kept", mask).shape == mask.shape:\n            mask = self.kept = getattr(self, "kept", mask)\n'
            "        q, k, v")),
    spoilt("04_q1", "masks of three axes transposed, [b, j, i]",
           ("        q, k, v", "        if mask.dim() == 3 and mask.shape[1] == mask.shape[2]:\n            mask = mask.transpose(1, 2)\n        q, k, v")),
    spoilt("04_q1", "axes of length one squeezed away, one token only", ("return weights @ v, weights", "return weights @ v, weights.squeeze(1)")),
    spoilt("04_q1", "a thousandth added below the line of the softmax", ("        return weights",
           "        weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-3)\n        return weights")),
    # 04_q2: right on the visible example
    spoilt("04_q2", "always float32", ("    q = ", "    x, W_q, W_k = x.float(), W_q.float(), W_k.float()\n    q = ")),
    spoilt("04_q2", "a square matrix from the wrong side", ("x @ W_k.T", "(x @ W_k if W_k.shape[0] == W_k.shape[1] else x @ W_k.T)")),
    spoilt("04_q2", "no gradient to W_k", ("W_k.T", "W_k.detach().T")),
    spoilt("04_q2", "x detached where it gives the keys", ("k = x", "k = x.detach()")),
    spoilt("04_q2", "divided by 2 whatever d", ("W_q.shape[0] ** 0.5", "2")),
    spoilt("04_q2", "divided by D, by luck the root of d in the example", ("W_q.shape[0] ** 0.5", "x.shape[-1]")),
    spoilt("04_q2", "W_q scaled in place", ("    q = ", "    W_q *= 1.0 / W_q.shape[0] ** 0.5\n    q = "), (" / W_q.shape[0] ** 0.5\n    return", "\n    return")),
    spoilt("04_q2", "scores kept between -50 and 50", ("return scores", "return scores.clamp(-50, 50)")),
    spoilt("04_q2", "no score of a token with itself",
           ("return scores", "return scores * (1 - torch.eye(x.shape[1], dtype=x.dtype, device=x.device))")),
    spoilt("04_q2", "negative scores cut off", ("return scores", "return scores.relu()")),
    spoilt("04_q2", "built from lists, no gradient", ("return scores", "return torch.tensor(scores.tolist(), dtype=x.dtype)")),
    # 04_q3: right on the visible function and tokens
    spoilt("04_q3", "largest difference with its sign", (".abs()", "")),
    spoilt("04_q3", "the first sequence of the batch only", ("(before - after)", "(before - after)[0]")),
    spoilt("04_q3", "the first channel only", ("(before - after)", "(before - after)[:, :, 0]")),
    spoilt("04_q3", "numbers of its own instead of x", ("    before", "    x = torch.ones_like(x).cumsum(1) + x[0, 0, 0]\n    before")),
    spoilt("04_q3", "length of the difference over the channels", (".abs().max()", ".norm(dim=-1).max()")),
    spoilt("04_q3", "mean over the batch of the largest differences", (".abs().max()", ".abs().flatten(1).amax(1).mean()")),
    spoilt("04_q3", "the result takes the shape of x",
           ("before = layer(x[:, perm])", "before = torch.empty_like(x)\n    before[:] = layer(x[:, perm])")),
    spoilt("04_q3", "numpy without detach, an error for a layer that learns",
           ("(before - after).abs()", "(before - after).abs().numpy()")),
    spoilt("04_q3", "rounded to two decimals", ("gap.item()", "round(gap.item(), 2)")),
    spoilt("04_q3", "each sequence without its batch axis",
           ("layer(x[:, perm])", "torch.stack([layer(s[perm]) for s in x])"), ("layer(x)[:, perm]", "torch.stack([layer(s)[perm] for s in x])")),
    spoilt("04_q3", "the permutation twice after the layer if that brings it home",
           ("    gap", "    if torch.equal(perm[perm], torch.arange(len(perm))):\n        after = layer(x)[:, perm[perm]]\n    gap")),
    # 04_q4: right on a new block, on a turned image, and where queries are zero
    spoilt("04_q4", "softmax over the places that ask", ("scores.softmax(dim=-1)", "scores.softmax(dim=1)")),
    spoilt("04_q4", "scores not scaled", (" * q.shape[-1] ** -0.5", "")),
    spoilt("04_q4", "scores divided by the root of C", ("q.shape[-1] ** -0.5", "C ** -0.5")),
    spoilt("04_q4", "queries and keys exchanged", ("scores = q @ k", "scores = k @ q")),
    spoilt("04_q4", "the keys are the values, too", ("(weights @ v)", "(weights @ k)")),
    spoilt("04_q4", "exp without taking the largest score off",
           ("scores.softmax(dim=-1)", "scores.exp() / scores.exp().sum(dim=-1, keepdim=True)")),
    spoilt("04_q4", "gamma does not learn", ("nn.Parameter(torch.zeros(1))", "nn.Parameter(torch.zeros(1), requires_grad=False)")),
    spoilt("04_q4", "W_o zero at first, too, so that nothing learns",
           ("        self.gamma", "        nn.init.zeros_(self.W_o.weight)\n        self.gamma")),
    spoilt("04_q4", "the places of all images of the batch look at each other",
           ("        scores", "        q, k, v = (t.reshape(1, -1, t.shape[-1]) for t in (q, k, v))\n        scores"),
           ("(weights @ v)", "(weights @ v).reshape(B, H * W, -1)")),
    spoilt("04_q4", "x detached on the way through the attention", ("part(x)", "part(x.detach())")),
    spoilt("04_q4", "x changed in place",
           ("        return x + self.gamma * self.W_o(context)", "        with torch.no_grad():\n            x += self.gamma * self.W_o(context)\n        return x")),
    spoilt("04_q4", "a new block skips the attention, and gamma never moves",
           ("        q, k, v", "        if self.gamma.item() == 0:\n            return x\n        q, k, v")),
    spoilt("04_q4", "places more than three rows apart do not see each other",
           ("        weights", "        row = torch.arange(H, device=x.device).repeat_interleave(W)\n"
            '        scores = scores.masked_fill((row[:, None] - row).abs() > 3, float("-inf"))\n        weights')),
    spoilt("04_q4", "the grid of the first call kept",
           ("        q, k, v", '        self.grid = H, W = getattr(self, "grid", (H, W))\n        q, k, v')),
    # 04_q5: right for ten tokens of width 4 and a kernel of 3
    spoilt("04_q5", "computed in floats", ("6 * N * D * D + 4 * N * N * D", "int(6.0 * N * D * D + 4.0 * N * N * D)")),
    spoilt("04_q5", "a half of an odd number", ("4 * N * D * D\n    if", "8 * (N * D * D // 2)\n    if")),
    spoilt("04_q5", "64 bits only", ("2 * N * D * D * width", "(torch.tensor(2 * N) * D * D * width).item()")),
    spoilt("04_q5", "capital letters forgiven", ('if kind == "rnn"', 'if kind.lower() == "rnn"')),
    spoilt("04_q5", "a piece of the name is enough", ('kind == "self_attention"', 'kind in "self_attention"')),
    spoilt("04_q5", "a kernel of 3 whatever width", ("D * D * width", "D * D * 3")),
    spoilt("04_q5", "no more neighbours than tokens", ("D * D * width", "D * D * min(width, N)")),
    spoilt("04_q5", "a kernel with a middle, width even one more", ("D * D * width", "D * D * (2 * (width // 2) + 1)")),
    spoilt("04_q5", "width checked where it does not matter",
           ("    if kind == \"self", "    if width > N:\n        raise ValueError(\"the kernel is longer than the sequence\")\n    if kind == \"self")),
]
