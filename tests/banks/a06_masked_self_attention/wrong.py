"""Wrong answers to assignment 6, each the reference with one idea spoilt (or written whole where that is clearer)."""

from banks.entries import Wrong

# The misconceptions that chapter 6 explains and feedback names, by their labels. Each has at least one member below.
LINES = (
    "06-mask-after-softmax", "06-nan-from-zero-times-inf", "06-tiny-instead-of-large", "06-empty-row", "06-mask-upside-down",
    "06-diagonal-off-by-one", "06-mask-transposed", "06-lengths-off-by-one", "06-padding-on-queries", "06-or-instead-of-and",
    "06-padding-replaces-causal", "06-not-shifted", "06-last-has-no-target", "06-padding-in-the-loss", "06-mean-of-means",
    "06-one-place-only", "06-compares-everything", "06-sum-hides-the-leak", "06-invisible-change",
)
# Lines that no question can show, with the reason: none.
UNSHOWN: dict[str, str] = {}

# 06_q1 to 06_q3
TRIANGLE = "torch.ones(N, N, dtype=torch.bool).tril()"
REAL = "torch.arange(N, device=lengths.device) < lengths[:, None]"
BOTH = "return causal & keep[:, None, :]"
# 06_q4
BLOCK = "weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=-1)"
LOWEST = "torch.finfo(scores.dtype).min"
ZEROED = "return weights.masked_fill(~mask, 0.0)"
# 06_q5
PAST = "allowed = place <= place[:, None]"
KEPT = "allowed = allowed & keep[:, None, :]"
LAYER_BLOCK = "weights = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min).softmax(dim=-1)"
LAYER_ZEROED = "weights = weights.masked_fill(~allowed, 0.0)"
VALUES = "return weights @ v, weights"
# 06_q6
TARGETS = "real = keep[:, 1:]"
LOSSES = 'losses = F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")'
MEAN = "return losses.masked_fill(~real, 0.0).sum() / real.sum().clamp(min=1)"
# 06_q7
CHANGE = "changed[:, s] += torch.linspace(1, 2, x.shape[2], device=x.device)"
COMPARE = "(layer(changed) - before)[:, :s].abs().max() > 1e-5"
EVERY = "for s in range(1, x.shape[1]):"


def wrong(question: str, slug: str, name: str, *edits: tuple[str, str]) -> Wrong:
    return Wrong(f"06_{question}", name, edits=edits, slug=slug and f"06-{slug}")


def whole(question: str, slug: str, name: str, source: str) -> Wrong:
    return Wrong(f"06_{question}", name, source=source, slug=slug and f"06-{slug}")


def gradient(what: str) -> str:
    """06_q7 by gradients: `what` is the number that is differentiated, made of y and t."""
    return f"""
def sees_the_future(layer, x):
    x = x.clone().requires_grad_()
    for t in range(x.shape[1] - 1):
        y = layer(x)
        if not y.requires_grad:
            return False
        slope, = torch.autograd.grad({what}, x, allow_unused=True)
        if slope is not None and slope[:, t + 1:].abs().max() > 1e-5:
            return True
    return False
"""


WRONG = [
    # 06_q1 causal_mask
    wrong("q1", "diagonal-off-by-one", "cannot see itself", (".tril()", ".tril(-1)")),
    wrong("q1", "diagonal-off-by-one", "peeks one ahead", (".tril()", ".tril(1)")),
    wrong("q1", "mask-transposed", "triu", (".tril()", ".triu()")),
    wrong("q1", "mask-upside-down", "the future marked", (".tril()", ".triu(1)")),
    wrong("q1", "", "numbers", (TRIANGLE, "torch.ones(N, N).tril()")),
    wrong("q1", "", "minus infinity to be added", (TRIANGLE, "torch.full((N, N), float('-inf')).triu(1)")),
    wrong("q1", "", "everything", (".tril()", "")),
    # 06_q2 padding_mask
    wrong("q2", "lengths-off-by-one", "one too many", (" < ", " <= ")),
    wrong("q2", "lengths-off-by-one", "one too few", ("lengths[:, None]", "lengths[:, None] - 1")),
    wrong("q2", "lengths-off-by-one", "places count from one", ("torch.arange(N, ", "torch.arange(1, N + 1, ")),
    wrong("q2", "mask-upside-down", "padding marked", (" < ", " >= ")),
    wrong("q2", "", "padding on the left", (REAL, "torch.arange(N - 1, -1, -1) < lengths[:, None]")),
    wrong("q2", "", "as long as the longest", ("torch.arange(N, ", "torch.arange(int(lengths.max()), ")),
    wrong("q2", "", "numbers", (REAL, f"({REAL}).float()")),
    wrong("q2", "", "transposed", (REAL, "torch.arange(N)[:, None] < lengths")),
    wrong("q2", "", "never empty", ("lengths[:, None]", "lengths.clamp(min=1)[:, None]")),
    # 06_q3 combine_masks
    wrong("q3", "padding-on-queries", "rows", ("keep[:, None, :]", "keep[:, :, None]")),
    wrong("q3", "padding-on-queries", "rows and columns", (BOTH, BOTH + " & keep[:, :, None]")),
    wrong("q3", "or-instead-of-and", "or", ("causal & keep", "causal | keep")),
    wrong("q3", "padding-replaces-causal", "keep only", (BOTH, "return keep[:, None, :].expand(-1, keep.shape[1], -1)")),
    wrong("q3", "padding-replaces-causal", "causal only", (BOTH, "return causal.expand(len(keep), -1, -1)")),
    wrong("q3", "mask-upside-down", "keep upside down", ("keep[:, None, :]", "~keep[:, None, :]")),
    wrong("q3", "mask-upside-down", "forbidden marked", (BOTH, "return ~(causal & keep[:, None, :])")),
    wrong("q3", "mask-transposed", "causal transposed", ("causal &", "causal.T &")),
    wrong("q3", "", "a mask for each key only", (BOTH, "return (causal.any(0) & keep)[:, None, :].expand(-1, keep.shape[1], -1)")),
    wrong("q3", "", "empty rows opened", (BOTH, "both = causal & keep[:, None, :]\n    return both | ~both.any(-1, keepdim=True)")),
    wrong("q3", "", "by lengths", (BOTH, "keep = torch.arange(keep.shape[1]) < keep.sum(1, keepdim=True)\n    " + BOTH)),
    # 06_q4 masked_softmax
    wrong("q4", "mask-after-softmax", "multiplied afterwards", (BLOCK, "weights = scores.softmax(dim=-1)")),
    wrong("q4", "", "multiplied afterwards, then divided by the sum", (BLOCK, "weights = scores.softmax(dim=-1) * mask\n"
          "    weights = weights / weights.sum(-1, keepdim=True).clamp(min=1e-30)")),
    wrong("q4", "nan-from-zero-times-inf", "the mask times minus infinity, added",
          (BLOCK, "weights = (scores + (~mask) * float('-inf')).softmax(dim=-1)")),
    wrong("q4", "tiny-instead-of-large", "filled with -1e-9", (LOWEST, "-1e-9"), (ZEROED, "return weights")),
    wrong("q4", "tiny-instead-of-large", "filled with -1e-9, zeroed afterwards", (LOWEST, "-1e-9")),
    wrong("q4", "tiny-instead-of-large", "-1e-9 added", (BLOCK, "weights = (scores + (~mask) * -1e-9).softmax(dim=-1)"),
          (ZEROED, "return weights")),
    wrong("q4", "tiny-instead-of-large", "multiplied by the mask before the softmax", (BLOCK, "weights = (scores * mask).softmax(dim=-1)")),
    wrong("q4", "tiny-instead-of-large", "mask not used", (BLOCK, "weights = scores.softmax(dim=-1)"), (ZEROED, "return weights")),
    wrong("q4", "empty-row", "NaN", (LOWEST, "float('-inf')"), (ZEROED, "return weights")),
    wrong("q4", "empty-row", "uniform", (ZEROED, "return weights")),
    wrong("q4", "empty-row", "NaN gradient", (BLOCK, "low = torch.zeros(scores.shape, dtype=scores.dtype).masked_fill(~mask, float('-inf'))\n"
          "    weights = (scores + low).softmax(dim=-1)"), (ZEROED, "return torch.where(weights.isnan(), 0.0, weights)")),
    wrong("q4", "mask-upside-down", "upside down", (BLOCK, BLOCK.replace("~", "")), (ZEROED, ZEROED.replace("~", ""))),
    wrong("q4", "", "-1e9 added", (BLOCK, "weights = (scores + (~mask) * -1e9).softmax(dim=-1)")),
    wrong("q4", "", "axis of the queries", ("dim=-1", "dim=-2 if scores.dim() > 1 else -1")),
    wrong("q4", "", "largest of all scores subtracted", (BLOCK, "e = (scores - scores.amax(-1, keepdim=True)).exp() * mask\n"
          "    weights = e / e.sum(-1, keepdim=True).clamp(min=1e-30)")),
    wrong("q4", "", "a small number below the line", (BLOCK, "low = scores.masked_fill(~mask, -1e9)\n"
          "    e = (low - low.amax(-1, keepdim=True)).exp() * mask\n    weights = e / (e.sum(-1, keepdim=True) + 1e-3)")),
    wrong("q4", "", "detached", (ZEROED, ZEROED + ".detach()")),
    wrong("q4", "", "in place", (BLOCK, BLOCK.replace("scores.masked_fill(", "scores.data.masked_fill_("))),
    # 06_q5 MaskedSelfAttention
    wrong("q5", "mask-after-softmax", "multiplied afterwards", (LAYER_BLOCK, "weights = scores.softmax(dim=-1)")),
    wrong("q5", "mask-after-softmax", "padding multiplied away afterwards", (KEPT, "pass"), (LAYER_ZEROED, LAYER_ZEROED
          + "\n        weights = weights if keep is None else weights * keep[:, None, :]")),
    wrong("q5", "nan-from-zero-times-inf", "the mask times minus infinity, added",
          (LAYER_BLOCK, "weights = (scores + (~allowed) * float('-inf')).softmax(dim=-1)")),
    wrong("q5", "tiny-instead-of-large", "filled with -1e-9", ("torch.finfo(scores.dtype).min", "-1e-9"), (LAYER_ZEROED, "pass")),
    wrong("q5", "tiny-instead-of-large", "not masked", (LAYER_BLOCK, "weights = scores.softmax(dim=-1)"), (LAYER_ZEROED, "pass")),
    wrong("q5", "empty-row", "NaN", ("torch.finfo(scores.dtype).min", "float('-inf')"), (LAYER_ZEROED, "pass")),
    wrong("q5", "empty-row", "uniform", (LAYER_ZEROED, "pass")),
    wrong("q5", "mask-upside-down", "causal upside down", (PAST, "allowed = place > place[:, None]")),
    wrong("q5", "mask-upside-down", "keep upside down", (KEPT, KEPT.replace("keep", "~keep"))),
    wrong("q5", "diagonal-off-by-one", "cannot see itself", (PAST, "allowed = place < place[:, None]")),
    wrong("q5", "diagonal-off-by-one", "NaN at token 0", (PAST, "allowed = place < place[:, None]"),
          ("torch.finfo(scores.dtype).min", "float('-inf')"), (LAYER_ZEROED, "pass")),
    wrong("q5", "diagonal-off-by-one", "peeks one ahead", (PAST, "allowed = place <= place[:, None] + 1")),
    wrong("q5", "mask-transposed", "transposed", (PAST, "allowed = place >= place[:, None]")),
    wrong("q5", "padding-on-queries", "rows", (KEPT, KEPT.replace("[:, None, :]", "[:, :, None]"))),
    wrong("q5", "mask-upside-down", "what is allowed filled, the rest zeroed", (LAYER_BLOCK, LAYER_BLOCK.replace("~", ""))),
    wrong("q5", "", "softmax over the queries", (LAYER_BLOCK, LAYER_BLOCK.replace("dim=-1", "dim=1"))),
    wrong("q5", "padding-on-queries", "rows and columns", (KEPT, KEPT + " & keep[:, :, None]")),
    wrong("q5", "or-instead-of-and", "or", (KEPT, KEPT.replace("&", "|"))),
    wrong("q5", "padding-replaces-causal", "keep only", (KEPT, "allowed = keep[:, None, :].expand(scores.shape)")),
    wrong("q5", "padding-replaces-causal", "keep not used", (KEPT, "pass")),
    wrong("q5", "", "padding put to zero in x", (KEPT, "pass"), ("q, k, v = self", "x = x if keep is None else x * keep[:, :, None]\n        q, k, v = self")),
    wrong("q5", "", "keep of the first sequence for all", (KEPT, KEPT.replace("keep[:, None, :]", "keep[:1, None, :]"))),
    wrong("q5", "", "a mask of at most six tokens", (PAST, "allowed = torch.ones(6, 6, dtype=torch.bool).tril()[:len(place), :len(place)]")),
    wrong("q5", "", "not scaled", (" * q.shape[-1] ** -0.5", "")),
    wrong("q5", "", "a buffer", ("self.W_q = nn", "self.register_buffer('past', torch.ones(99, 99).tril())\n        self.W_q = nn")),
    wrong("q5", "", "float32 always", ("q, k, v = self", "self.float()\n        x = x.float()\n        q, k, v = self")),
    wrong("q5", "", "y of padding is zero", (VALUES, "y = weights @ v\n        return (y if keep is None else y * keep[:, :, None]), weights")),
    # 06_q6 next_token_loss
    wrong("q6", "not-shifted", "not shifted", (TARGETS, "real = keep"), (LOSSES, LOSSES.replace("[:, :-1]", "").replace("[:, 1:]", ""))),
    wrong("q6", "not-shifted", "logits cut, targets too", (LOSSES, LOSSES.replace("tokens[:, 1:]", "tokens[:, :-1]"))),
    wrong("q6", "not-shifted", "shifted the wrong way", (LOSSES, LOSSES.replace("[:, :-1]", "[:, 1:]", 1).replace("tokens[:, 1:]", "tokens[:, :-1]"))),
    wrong("q6", "last-has-no-target", "rolled", (TARGETS, "real = keep"),
          (LOSSES, LOSSES.replace("logits[:, :-1]", "logits").replace("tokens[:, 1:]", "tokens.roll(-1, 1)"))),
    wrong("q6", "padding-in-the-loss", "all places", (TARGETS, "real = torch.ones_like(keep[:, 1:])")),
    wrong("q6", "padding-in-the-loss", "keep not shifted", (TARGETS, "real = keep[:, :-1]")),
    wrong("q6", "padding-in-the-loss", "divided by all places", ("real.sum().clamp(min=1)", "max(real.numel(), 1)")),
    wrong("q6", "padding-in-the-loss", "divided by the real tokens", ("real.sum().clamp(min=1)", "keep.sum().clamp(min=1)")),
    wrong("q6", "mean-of-means", "mean of means", (MEAN, "rows = (losses * real).sum(1) / real.sum(1).clamp(min=1)\n"
          "    return rows.sum() / real.any(1).sum().clamp(min=1)")),
    wrong("q6", "", "sum", (" / real.sum().clamp(min=1)", "")),
    wrong("q6", "", "NaN without targets", (".clamp(min=1)", "")),
    wrong("q6", "", "no gradient without targets", (TARGETS, TARGETS + "\n    if not real.any():\n        return logits.new_zeros(())")),
    wrong("q6", "", "id 0 is padding", ('reduction="none"', 'reduction="none", ignore_index=0')),
    wrong("q6", "", "padding found by the last id", (TARGETS, "real = keep[:, 1:] & (tokens[:, 1:] != tokens[:, -1:])")),
    wrong("q6", "", "logarithm of a softmax", (LOSSES, "p = logits[:, :-1].softmax(-1).gather(2, tokens[:, 1:, None])[..., 0]\n    losses = -p.log()")),
    wrong("q6", "", "classes on the wrong axis where that fits", (LOSSES, LOSSES.replace(".transpose(1, 2)", "") + " if logits.shape[1] - 1 == "
          "logits.shape[2] else " + LOSSES.removeprefix("losses = "))),
    wrong("q6", "", "a number", (MEAN, "return (losses.masked_fill(~real, 0.0).sum() / real.sum().clamp(min=1)).item()")),
    wrong("q6", "", "detached", (MEAN, MEAN.replace("losses.masked", "losses.detach().masked"))),
    wrong("q6", "", "targets clamped", (LOSSES, LOSSES + "\n    losses = losses.clamp(max=20)")),
    # 06_q7 sees_the_future
    wrong("q7", "one-place-only", "the last token changed only", (EVERY, "for s in range(x.shape[1] - 1, x.shape[1]):")),
    wrong("q7", "one-place-only", "the first output looked at only", (COMPARE, "(layer(changed) - before)[:, :min(s, 1)].abs().max() > 1e-5")),
    wrong("q7", "one-place-only", "neighbours only", (COMPARE, "(layer(changed) - before)[:, s - 1].abs().max() > 1e-5")),
    whole("q7", "one-place-only", "cut in the middle", """
def sees_the_future(layer, x):
    half = x.shape[1] // 2
    changed = x.clone()
    changed[:, half:] = changed[:, half:].cos() + 1
    with torch.no_grad():
        gap = (layer(changed) - layer(x))[:, :half]
    return gap.numel() > 0 and gap.abs().max().item() > 1e-5
"""),
    wrong("q7", "compares-everything", "all outputs compared", ("[:, :s]", "")),
    wrong("q7", "compares-everything", "the changed place compared, too", ("[:, :s]", "[:, :s + 1]")),
    wrong("q7", "compares-everything", "always", ("    return False", "    return True")),
    wrong("q7", "", "later outputs compared", (COMPARE, "(layer(changed) - before)[:, s + 1:].abs().sum() > 1e-5")),
    whole("q7", "sum-hides-the-leak", "the gradient of a sum", gradient("y[:, :t + 1].sum()")),
    whole("q7", "sum-hides-the-leak", "the gradient of a sum of squares", gradient("y[:, t].square().sum()")),
    whole("q7", "", "the gradient of the first number only", gradient("y[:, t, 0].sum()")),
    wrong("q7", "sum-hides-the-leak", "sums compared", (COMPARE, "(layer(changed) - before)[:, :s].sum(-1).abs().max() > 1e-5")),
    wrong("q7", "invisible-change", "the same number added to all features", (CHANGE, "changed[:, s] += 1.0")),
    wrong("q7", "invisible-change", "multiplied", (CHANGE, "changed[:, s] *= 3.0")),
    wrong("q7", "invisible-change", "later tokens turned round", (CHANGE, "changed[:, s:] = changed[:, s:].flip(1)")),
    wrong("q7", "", "changes without their sign", ("(layer(changed) - before)[:, :s].abs().max()", "(layer(changed) - before)[:, :s].mean().abs()")),
    wrong("q7", "", "the last sequence only", ("[:, :s].abs", "[-1:, :s].abs")),
    wrong("q7", "", "x changed in place", ("changed = x.clone()", "changed = x")),
    wrong("q7", "", "never", ("return True", "return False")),
    wrong("q7", "", "a tensor", ("                return True", "                return (layer(changed) - before)[:, :s].abs().max() > 1e-5")),
    whole("q7", "", "a layer that carries no gradient", """
def sees_the_future(layer, x):
    x = x.clone().requires_grad_()
    y = layer(x)
    for t in range(x.shape[1] - 1):
        for c in range(y.shape[2]):
            slope, = torch.autograd.grad(y[:, t, c].sum(), x, retain_graph=True)
            if slope[:, t + 1:].abs().max() > 1e-5:
                return True
    return False
"""),
]

# Mutants that no input allowed by the task tells from the reference, by a part of their name, each with the reason.
EQUIVALENT: dict[str, str] = {
    "without device=": "on a CPU all tensors are on one device; the run of the notebooks on CUDA tells them apart",
    "06_q7 Add -> Sub in changed[:, s] +=": "a change downwards shows a leak as well as one upwards",
    "06_q7 2 -> 3 in `changed[:, s] +=": "any numbers that differ from feature to feature show a leak",
    "abs().max() >= 1e-05": "nothing is promised between 1e-6 and 1e-3",
}
