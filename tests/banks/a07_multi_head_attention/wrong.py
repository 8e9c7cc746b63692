"""Wrong answers to assignment 7, each the reference with one idea spoilt (or written whole where that is clearer)."""

from banks.entries import Wrong

# The misconceptions that chapter 7 explains and feedback names, by their labels. Each has at least one member below.
LINES = (
    "07-view-without-transpose", "07-merge-without-moving", "07-batch-folded-wrongly", "07-heads-interleaved", "07-heads-summed",
    "07-scale-model-width", "07-split-before-project", "07-keys-values-ignored", "07-softmax-wrong-axis", "07-mask-one-head",
    "07-mask-batch-as-heads", "07-mask-upside-down", "07-empty-row", "07-output-not-projected", "07-dropout-misplaced",
    "07-fused-order", "07-fused-transposed", "07-plain-average", "07-lse-as-sum", "07-merge-overflow", "07-empty-block",
)
# Lines that no question can show, with the reason: none.
UNSHOWN: dict[str, str] = {}

# 07_q1, 07_q2
SPLIT = "return x.reshape(B, N, H, D // H).transpose(1, 2)"
CHECK = '    if D % H:\n        raise ValueError(f"a width of {D} cannot be shared by {H} heads")\n'
MERGE = "return x.transpose(1, 2).reshape(B, N, H * d)"
# 07_q3
Q = "q = self.W_q(query).unflatten(-1, (self.H, -1)).transpose(1, 2)"
K = "k = self.W_k(key).unflatten(-1, (self.H, -1)).transpose(1, 2)"
V = "v = self.W_v(value).unflatten(-1, (self.H, -1)).transpose(1, 2)"
SCALE = " * q.shape[-1] ** -0.5"
FREE = "weights = scores.softmax(dim=-1)"
AXIS = "forbidden = ~mask.unsqueeze(-3)"
MASKED = "weights = scores.masked_fill(forbidden, torch.finfo(scores.dtype).min).softmax(dim=-1)"
ZEROED = "weights = weights.masked_fill(forbidden, 0.0)"
DROP = "weights = self.drop(weights)"
HEADS = "heads = weights @ v"
OUT = "return self.W_o(heads.transpose(1, 2).flatten(2)), weights"
# 07_q4
ROWS = 'state_dict["in_proj_weight"][i * D : (i + 1) * D]'
BIAS = 'state_dict["in_proj_bias"][i * D : (i + 1) * D]'
NAMES = '["W_q", "W_k", "W_v"]'
# 07_q5
HIGHEST = "highest = torch.maximum(lse1, lse2).detach()"
GUARD = "highest = highest.masked_fill(highest == -torch.inf, 0.0)"
TOTAL = "total = total.masked_fill(empty, 1.0)"
LSE = "lse = (highest + total.log()).masked_fill(empty, -torch.inf)"
Y = "y = (mass1 / total)[..., None] * y1 + (mass2 / total)[..., None] * y2"


def wrong(question: str, slug: str, name: str, *edits: tuple[str, str]) -> Wrong:
    return Wrong(f"07_{question}", name, edits=edits, slug=slug and f"07-{slug}")


def whole(question: str, slug: str, name: str, source: str) -> Wrong:
    return Wrong(f"07_{question}", name, source=source, slug=slug and f"07-{slug}")


def split(slug: str, name: str, result: str) -> Wrong:
    return wrong("q1", slug, name, (SPLIT, f"d = D // H\n    return {result}"))


def merge(slug: str, name: str, result: str) -> Wrong:
    return wrong("q2", slug, name, (MERGE, f"D = H * d\n    return {result}"))


def all_three(slug: str, name: str, new: str) -> Wrong:
    """07_q3: another way of splitting; `new` says how, X_ standing for the projected (B, N, D)."""
    return wrong("q3", slug, name, *[(old, f"{old[0]} = {new.replace('X_', old.split(' = ')[1].partition('.unflatten')[0])}")
                                     for old in (Q, K, V)])


def softened(slug: str, name: str, new: str) -> Wrong:
    """07_q3: the softmax spoilt with and without a mask; `new` says how, SCORES_ standing for the scores."""
    blocked = "scores.masked_fill(forbidden, torch.finfo(scores.dtype).min)"
    return wrong("q3", slug, name, (FREE, f"weights = {new.replace('SCORES_', 'scores')}"),
                 (MASKED, f"weights = {new.replace('SCORES_', blocked)}"))


SMALL = '''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H:
            raise ValueError("H does not divide D")
        d, self.H = D // H, H
        self.W_q, self.W_k, self.W_v = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)
        self.W_o, self.drop = nn.Linear(D, D), nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        q, k, v = (W(x.unflatten(-1, (self.H, -1)).transpose(1, 2)) for W, x in ((self.W_q, query), (self.W_k, key), (self.W_v, value)))
        weights = self.drop((q @ k.mT * q.shape[-1] ** -0.5).softmax(-1))
        return self.W_o((weights @ v).transpose(1, 2).flatten(2)), weights
'''
BLOCKS = '''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H:
            raise ValueError("H does not divide D")
        self.H, self.d = H, D // H
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(D, D) for _ in range(4))
        self.drop = nn.Dropout(dropout)

    def pieces(self, W, x):
        cuts = [slice(h * self.d, (h + 1) * self.d) for h in range(self.H)]
        return torch.stack([F.linear(x[..., c], W.weight[c, c], W.bias[c]) for c in cuts], dim=1)

    def forward(self, query, key, value, mask=None):
        q, k, v = self.pieces(self.W_q, query), self.pieces(self.W_k, key), self.pieces(self.W_v, value)
        scores = q @ k.mT * self.d**-0.5
        if mask is None:
            weights = scores.softmax(-1)
        else:
            weights = scores.masked_fill(~mask.unsqueeze(-3), -1e30).softmax(-1) * mask.unsqueeze(-3)
        weights = self.drop(weights)
        return self.W_o((weights @ v).transpose(1, 2).flatten(2)), weights
'''

WRONG = [
    # 07_q1 split_heads
    split("view-without-transpose", "reshape alone", "x.reshape(B, H, N, d)"),
    split("view-without-transpose", "not transposed", "x.reshape(B, N, H, d)"),
    split("batch-folded-wrongly", "time first", "x.reshape(N, B, H, d).permute(1, 2, 0, 3)"),
    split("batch-folded-wrongly", "time first, as it is written for (N, B, D)", "x.reshape(N, B * H, d).transpose(0, 1).reshape(B, H, N, d)"),
    split("batch-folded-wrongly", "batch and tokens in one axis", "x.reshape(B * N, H, d).transpose(0, 1).reshape(B, H, N, d)"),
    split("batch-folded-wrongly", "heads before the batch, called the other way round", "torch.cat(x.split(d, dim=2)).reshape(B, H, N, d)"),
    split("", "batch and heads in one axis", "x.reshape(B, N, H, d).transpose(1, 2).flatten(0, 1)"),
    split("", "heads first", "x.reshape(B, N, H, d).permute(2, 0, 1, 3)"),
    split("heads-interleaved", "every H-th column", "x.reshape(B, N, d, H).permute(0, 3, 1, 2)"),
    split("", "tokens instead of columns", "x.reshape(B, H, -1, D)"),
    split("", "a list of heads", "list(x.split(d, dim=2))"),
    wrong("q1", "", "remainder thrown away", (CHECK, ""), (SPLIT, "return x[..., : D // H * H].reshape(B, N, H, D // H).transpose(1, 2)")),
    wrong("q1", "", "torch's own error", (CHECK, "")),
    wrong("q1", "", "an assertion", (CHECK, "    assert D % H == 0\n")),
    wrong("q1", "", "no error where there are more heads than columns", ("if D % H:", "if D > H and D % H:")),
    # 07_q2 merge_heads
    merge("merge-without-moving", "reshape alone", "x.reshape(B, N, D)"),
    merge("batch-folded-wrongly", "time first", "x.permute(2, 0, 1, 3).reshape(N, B, D)"),
    merge("batch-folded-wrongly", "time first, put into the wanted shape", "x.permute(2, 0, 1, 3).reshape(B, N, D)"),
    merge("batch-folded-wrongly", "heads before the batch", "x.transpose(0, 1).reshape(B, H, N, d).transpose(1, 2).reshape(B, N, D)"),
    merge("heads-interleaved", "columns interleaved", "x.permute(0, 2, 3, 1).reshape(B, N, D)"),
    merge("heads-interleaved", "stacked on the last axis", "torch.stack(x.unbind(1), dim=-1).flatten(2)"),
    merge("heads-summed", "summed", "x.sum(dim=1)"),
    merge("heads-summed", "averaged", "x.mean(dim=1)"),
    merge("heads-summed", "averaged, then repeated", "x.mean(dim=1).repeat(1, 1, H)"),
    merge("", "heads in reverse", "x.flip(1).transpose(1, 2).reshape(B, N, D)"),
    merge("", "not flattened", "x.transpose(1, 2)"),
    merge("", "batch lost where it is 1", "x.transpose(1, 2).reshape(B, N, D).squeeze(0)"),
    merge("", "view of what is not contiguous", "x.transpose(1, 2).view(B, N, D)"),
    merge("", "detached", "x.detach().transpose(1, 2).reshape(B, N, D)"),
    # 07_q3 MultiHeadAttention
    all_three("view-without-transpose", "view alone", "(lambda p: p.reshape(p.shape[0], self.H, p.shape[1], -1))(X_)"),
    all_three("heads-interleaved", "every H-th column", "X_.unflatten(-1, (-1, self.H)).permute(0, 3, 1, 2)"),
    all_three("batch-folded-wrongly", "time first", "(lambda p: p.reshape(p.shape[1], p.shape[0], self.H, -1).permute(1, 2, 0, 3))(X_)"),
    wrong("q3", "merge-without-moving", "merged without moving", (OUT, "return self.W_o(heads.reshape(*query.shape)), weights")),
    wrong("q3", "batch-folded-wrongly", "merged as if time came first",
          (OUT, "return self.W_o(heads.permute(2, 0, 1, 3).reshape(*query.shape)), weights")),
    wrong("q3", "heads-interleaved", "merged by interleaving", (OUT, "return self.W_o(heads.permute(0, 2, 3, 1).flatten(2)), weights")),
    wrong("q3", "heads-summed", "averaged, then repeated", (OUT, "return self.W_o(heads.mean(1).repeat(1, 1, self.H)), weights")),
    wrong("q3", "heads-summed", "summed, and a part of W_o",
          (OUT, "d = heads.shape[-1]\n        return F.linear(heads.sum(1), self.W_o.weight[:d, :d], self.W_o.bias[:d]), weights")),
    wrong("q3", "scale-model-width", "root of D", (SCALE, " * query.shape[-1] ** -0.5")),
    wrong("q3", "", "not scaled", (SCALE, "")),
    whole("q3", "split-before-project", "one small projection for all slices", SMALL),
    whole("q3", "split-before-project", "a block of the matrix for each slice", BLOCKS),
    wrong("q3", "split-before-project", "not projected at all", (Q, Q.replace("self.W_q(query)", "query")), (K, K.replace("self.W_k(key)", "key")),
          (V, V.replace("self.W_v(value)", "value"))),
    wrong("q3", "keys-values-ignored", "keys from the query", (K, "key = query if query.shape == key.shape else key\n        " + K)),
    wrong("q3", "keys-values-ignored", "keys from the values", (K, K.replace("(key)", "(value)"))),
    wrong("q3", "keys-values-ignored", "values from the keys", (V, V.replace("(value)", "(key)"))),
    wrong("q3", "", "W_q for the keys", (K, K.replace("W_k", "W_q"))),
    wrong("q3", "", "no bias", ("self.W_v = nn.Linear(D, D)", "self.W_v = nn.Linear(D, D, bias=False)")),
    softened("softmax-wrong-axis", "softmax over the queries", "SCORES_.softmax(dim=2)"),
    softened("softmax-wrong-axis", "softmax over the heads", "SCORES_.softmax(dim=1)"),
    wrong("q3", "mask-one-head", "first head only", (AXIS, "forbidden = ~mask.unsqueeze(-3) & (torch.arange(self.H) == 0)[:, None, None]")),
    wrong("q3", "mask-batch-as-heads", "no axis for the heads", (AXIS, "forbidden = ~mask")),
    wrong("q3", "mask-batch-as-heads", "repeated for folded heads, in the wrong order",
          (AXIS, "forbidden = ~mask.expand(len(q), *scores.shape[2:]).repeat(self.H, 1, 1).view(scores.shape)")),
    wrong("q3", "", "second axis only: (T, S) laid wrong", (AXIS, "forbidden = ~mask[:, None]")),
    wrong("q3", "mask-upside-down", "torch's other polarity", (AXIS, AXIS.replace("~", ""))),
    wrong("q3", "mask-upside-down", "other polarity before the softmax, right after it", (MASKED, MASKED.replace("(forbidden", "(~forbidden"))),
    wrong("q3", "", "values mixed without the mask", (HEADS, "heads = self.drop(scores.softmax(dim=-1)) @ v")),
    wrong("q3", "", "mask not used", (MASKED, FREE), (ZEROED, "pass")),
    wrong("q3", "", "mask after the softmax", (MASKED, FREE)),
    wrong("q3", "empty-row", "NaN where nothing may be attended to", ("torch.finfo(scores.dtype).min", 'float("-inf")'), (ZEROED, "pass")),
    wrong("q3", "empty-row", "uniform where nothing may be attended to", (ZEROED, "pass")),
    wrong("q3", "empty-row", "NaN gradient", (MASKED, "weights = (scores + torch.zeros(forbidden.shape).masked_fill(forbidden, -torch.inf)).softmax(dim=-1)"),
          (ZEROED, "weights = torch.where(weights.isnan(), 0.0, weights)")),
    wrong("q3", "", "too weak a block", ("torch.finfo(scores.dtype).min", "-100.0")),
    wrong("q3", "", "no gradient in evaluation mode", (HEADS, "heads = (weights if self.training else weights.detach()) @ v")),
    wrong("q3", "dropout-misplaced", "with a mask only", (DROP, "weights = self.drop(weights) if mask is not None else weights")),
    wrong("q3", "output-not-projected", "W_o left out", (OUT, "return heads.transpose(1, 2).flatten(2), weights")),
    wrong("q3", "output-not-projected", "no bias at the end", (OUT, "return F.linear(heads.transpose(1, 2).flatten(2), self.W_o.weight), weights")),
    wrong("q3", "dropout-misplaced", "no dropout", (DROP, "pass")),
    wrong("q3", "dropout-misplaced", "in evaluation, too", (DROP, "weights = F.dropout(weights, self.drop.p)")),
    wrong("q3", "dropout-misplaced", "on the scores", (DROP, "pass"), (SCALE, SCALE + "\n        scores = self.drop(scores)")),
    wrong("q3", "dropout-misplaced", "on the output instead", (DROP, "pass"), ("return self.W_o(heads.transpose(1, 2).flatten(2))",
          "return self.drop(self.W_o(heads.transpose(1, 2).flatten(2)))")),
    wrong("q3", "dropout-misplaced", "on the values instead", (DROP, "v = self.drop(v)")),
    wrong("q3", "dropout-misplaced", "weights before dropout returned", (DROP, "pass"), (HEADS, "heads = self.drop(weights) @ v")),
    wrong("q3", "dropout-misplaced", "drawn twice", (HEADS, "heads = self.drop(weights) @ v")),
    wrong("q3", "dropout-misplaced", "not rescaled", (DROP, "weights = weights * (self.drop(torch.ones_like(weights)) > 0)")),
    wrong("q3", "dropout-misplaced", "rows sum to 1 again", (DROP, DROP + "\n        weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-9) if self.training else weights")),
    wrong("q3", "dropout-misplaced", "queries as a whole", (DROP, "weights = weights * self.drop(torch.ones_like(weights[..., :1]))")),
    wrong("q3", "", "torch's own error", ('        if D % H:\n            raise ValueError(f"a width of {D} cannot be shared by {H} heads")\n', "")),
    wrong("q3", "", "mean of the heads' weights", (OUT, "return self.W_o(heads.transpose(1, 2).flatten(2)), weights.mean(1)")),
    wrong("q3", "", "weights detached", (HEADS, "heads = weights.detach() @ v")),
    wrong("q3", "", "weights detached in training mode only", (HEADS, "heads = (weights.detach() if self.training and self.drop.p else weights) @ v")),
    wrong("q3", "", "in float32 always", (Q, Q.replace("self.W_q(query)", "self.W_q(query).float()")), (K, K.replace("self.W_k(key)", "self.W_k(key).float()")),
          (HEADS, "weights = weights.to(v.dtype)\n        heads = weights @ v")),
    wrong("q3", "", "residual", ("return self.W_o(heads.transpose(1, 2).flatten(2))", "return query + self.W_o(heads.transpose(1, 2).flatten(2))")),
    # 07_q4 convert_state
    wrong("q4", "fused-order", "keys, queries, values", (NAMES, '["W_k", "W_q", "W_v"]')),
    wrong("q4", "fused-order", "every third row", (ROWS, 'state_dict["in_proj_weight"][i::3]')),
    wrong("q4", "fused-order", "matrices right, biases not", (BIAS, 'state_dict["in_proj_bias"][i::3]')),
    wrong("q4", "fused-order", "the first bias for all", (BIAS, 'state_dict["in_proj_bias"][:D]')),
    wrong("q4", "fused-transposed", "transposed", (ROWS, ROWS + ".T")),
    wrong("q4", "fused-transposed", "W_o transposed", ('state_dict["out_proj.weight"]', 'state_dict["out_proj.weight"].T')),
    wrong("q4", "", "columns taken", (ROWS, 'state_dict["in_proj_weight"][:, i * D : (i + 1) * D]')),
    wrong("q4", "", "no biases", (f'        new[f"{{name}}.bias"] = {BIAS}', "        pass")),
    wrong("q4", "", "no output projection", ('new = {"W_o.weight": state_dict["out_proj.weight"], "W_o.bias": state_dict["out_proj.bias"]}', "new = {}")),
    wrong("q4", "", "the old entries, too", ("return new", "return {**state_dict, **new}")),
    wrong("q4", "", "zero biases", (BIAS, f"torch.zeros_like({BIAS})")),
    # 07_q5 merge_attention
    wrong("q5", "plain-average", "averaged", (Y, "y = (y1 + y2) / 2")),
    wrong("q5", "plain-average", "added", (Y, "y = y1 + y2")),
    wrong("q5", "lse-as-sum", "weights proportional to lse", (Y, "y = (lse1[..., None] * y1 + lse2[..., None] * y2) / (lse1 + lse2)[..., None]")),
    wrong("q5", "lse-as-sum", "lse added", (LSE, "lse = lse1 + lse2")),
    wrong("q5", "lse-as-sum", "larger lse", (LSE, "lse = torch.maximum(lse1, lse2)")),
    wrong("q5", "merge-overflow", "no maximum", (HIGHEST, "highest = torch.zeros_like(lse1)")),
    wrong("q5", "merge-overflow", "one maximum for all queries", (GUARD, GUARD + "\n    highest = highest.max()")),
    wrong("q5", "", "clamped", (HIGHEST, "lse1, lse2 = (torch.where(l.isinf(), l, l.clamp(-80, 80)) for l in (lse1, lse2))\n    " + HIGHEST)),
    wrong("q5", "empty-block", "maximum of minus infinity", (GUARD, "pass")),
    wrong("q5", "empty-block", "0 / 0", (TOTAL, "pass")),
    wrong("q5", "empty-block", "finite lse for nothing", (LSE, "lse = highest + total.log()")),
    wrong("q5", "empty-block", "lowest number instead of minus infinity", (LSE, "lse = (highest + total.log()).masked_fill(empty, -1e9)")),
    whole("q5", "empty-block", "softmax, NaN replaced afterwards", """
def merge_attention(y1, lse1, y2, lse2):
    share = torch.stack([lse1, lse2]).softmax(0)
    share = torch.where(share.isnan(), 0.0, share)
    lse = torch.stack([lse1, lse2]).logsumexp(0)
    return share[0][..., None] * y1 + share[1][..., None] * y2, lse
"""),
    whole("q5", "empty-block", "sigmoid and logaddexp", """
def merge_attention(y1, lse1, y2, lse2):
    share = torch.sigmoid(lse1 - lse2)[..., None]
    return share * y1 + (1 - share) * y2, torch.logaddexp(lse1, lse2)
"""),
    wrong("q5", "", "weights swapped", (Y, "y = (mass2 / total)[..., None] * y1 + (mass1 / total)[..., None] * y2")),
    wrong("q5", "", "not normalised", (Y, "y = mass1[..., None] * y1 + mass2[..., None] * y2")),
    wrong("q5", "", "heavier block alone", (Y, "y = torch.where((mass1 > mass2)[..., None], y1, y2)")),
    wrong("q5", "", "base 2", (LSE, "lse = (highest + total.log2()).masked_fill(empty, -torch.inf)")),
    wrong("q5", "", "at most three axes", (Y, "B, T, d_v = y1.shape if y1.dim() > 2 else (1, *y1.shape)\n    " + Y)),
    wrong("q5", "", "in float32", ("return y, lse", "return y.float(), lse.float()")),
    wrong("q5", "", "forgets the highest", (LSE, "lse = total.log().masked_fill(empty, -torch.inf)")),
]
# Mutants of the reference that compute the same.
EQUIVALENT: dict[str, str] = {
    "07_q5 0.0 -> 1.0 in `highest": "where both log-sum-exps are -inf, any finite number may be subtracted",
    "07_q5 0.0 -> -1.0 in `highest": "where both log-sum-exps are -inf, any finite number may be subtracted",
    "07_q5 1.0 -> 2.0 in `total": "where nothing is allowed, 0 is divided by it: any number but 0 will do",
}
