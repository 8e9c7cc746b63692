"""Wrong answers to assignment 2, each the reference with one idea spoilt (or written whole where that is clearer)."""

from banks.entries import Wrong

# The misconceptions that chapter 2 explains and feedback names, by their labels. Each has at least one member below.
LINES = (
    "02-channels-as-pixels", "02-grid-transposed", "02-map-sheared", "02-single-cell", "02-softmax-per-row",
    "02-context-at-start", "02-map-once", "02-new-state-query", "02-penalty-over-pixels", "02-penalty-counts-padding",
    "02-beam-extends-finished", "02-beam-drops-finished", "02-beam-finished-only", "02-beam-stops-at-first",
    "02-beam-adds-probabilities", "02-beam-one-child", "02-beam-states-left-behind", "02-beam-starts-as-copies",
)
# Lines that no question can show, with the reason: none.
UNSHOWN: dict[str, str] = {}

TOKENS = "z.flatten(2).transpose(1, 2)"
MEAN = "z.mean(dim=(1, 2))"
FIRST = "torch.tanh(self.fc(z.mean(dim=(1, 2))))"
SOFTMAX = "scores.flatten(1).softmax(dim=-1).view_as(scores)"
CONTEXT = 'torch.einsum("bij,bijc->bc", weights, z)'
HIDDEN = "torch.tanh(self.W_s(state)[:, None, None] + self.W_z(z))"
ASK = "c, a = self.attn(z, h)  # (B, C), (B, grid_h, grid_w)"
MOVE = "h = self.cell(torch.cat([y, c], dim=-1), h)  # (B, D)"
READ = "logits.append(self.out(torch.cat([h, c], dim=-1)))"
WORDS = "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)"
SEEN = "(maps * real[:, :, None, None]).sum(dim=1)  # (B, grid_h, grid_w)"
PENALTY = "((1 - seen) ** 2).mean()"
GAINS = "gains = logits.log_softmax(dim=-1)"
STAY = "gains = torch.where((y == stop)[:, None], stay, gains)"
BEGIN = "ids = torch.empty(1, 0, dtype=torch.int64, device=s0.device)  # (n, t): n beams, best first"
ZERO = "scores = torch.zeros(1, device=s0.device)  # (n,)"
FEED = "y, s = torch.tensor([start], device=s0.device), s0"
BEST = "best = totals.sort(descending=True, stable=True).indices[:width]"
APPEND = "ids = torch.cat([ids[parent], y[:, None]], dim=1)"
RESULT = "return ids[0, :length], scores[0]"


def wrong(question: str, slug: str, name: str, *edits: tuple[str, str], breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(f"02_{question}", name, edits=edits, slug=slug and f"02-{slug}", breaks=breaks)


def beam(slug: str, name: str, *edits: tuple[str, str]) -> Wrong:
    """The same search in lists, spoilt."""
    return Wrong("02_q6", name, base=LISTS, edits=edits, slug=slug and f"02-{slug}")


LISTS = """
def beam_search(cell, s0, start, stop, width, max_len):
    beams, done = [(0.0, [], s0[0])], []
    for t in range(max_len):
        over = [ids[-1:] == [stop] for _, ids, _ in beams]
        if all(over):
            break
        y = torch.tensor([ids[-1] if ids else start for _, ids, _ in beams])
        logits, states = cell(y, torch.stack([s for _, _, s in beams]))
        gains = logits.log_softmax(-1).tolist()
        new = []
        for n, (score, ids, s) in enumerate(beams):
            if over[n]:
                new.append((score, ids, s))
                continue
            children = [(score + gain, ids + [k], states[n]) for k, gain in enumerate(gains[n])]
            new += children
        new.sort(key=lambda beam: -beam[0])
        beams = new[:width]
    score, ids, _ = max(beams, key=lambda beam: beam[0])
    return torch.tensor(ids), score
"""

WRONG = [
    # 02_q1 grid_to_tokens
    wrong("q1", "channels-as-pixels", "reshape without moving the channels",
          (TOKENS, "z.reshape(z.shape[0], -1, z.shape[1])")),
    wrong("q1", "channels-as-pixels", "view as a grid with the channels last",
          (TOKENS, "z.view(z.shape[0], z.shape[2], z.shape[3], z.shape[1]).flatten(1, 2)")),
    wrong("q1", "grid-transposed", "column by column", (TOKENS, "z.permute(0, 3, 2, 1).flatten(1, 2)")),
    wrong("q1", "grid-transposed", "axes swapped before they are merged",
          (TOKENS, "z.transpose(2, 3).flatten(2).transpose(1, 2)")),
    wrong("q1", "", "channels stay in front", (TOKENS, "z.flatten(2)")),
    wrong("q1", "", "from the last cell", (TOKENS, "z.flatten(2).transpose(1, 2).flip(1)")),
    wrong("q1", "", "batch and cells mixed", (TOKENS, "z.permute(2, 3, 0, 1).reshape(z.shape[0], -1, z.shape[1])")),
    wrong("q1", "", "detached", (TOKENS, "z.detach().flatten(2).transpose(1, 2)")),
    wrong("q1", "", "a tensor made anew", (TOKENS, "torch.tensor(z.flatten(2).transpose(1, 2).tolist())")),
    wrong("q1", "", "grid kept", (TOKENS, "z.permute(0, 2, 3, 1)")),
    wrong("q1", "", "first image only", (TOKENS, "z[:1].flatten(2).transpose(1, 2).expand(len(z), -1, -1)")),
    wrong("q1", "", "square grids only", (TOKENS, "z.permute(0, 2, 3, 1).reshape(len(z), z.shape[2] ** 2, -1)")),
    wrong("q1", "", "normalised", (TOKENS, "F.layer_norm(z.flatten(2).transpose(1, 2), z.shape[1:2])")),
    # 02_q2 InitState
    wrong("q2", "single-cell", "the first cell", (MEAN, "z[:, 0, 0]")),
    wrong("q2", "single-cell", "the last cell", (MEAN, "z[:, -1, -1]")),
    wrong("q2", "single-cell", "the cell in the middle", (MEAN, "z[:, z.shape[1] // 2, z.shape[2] // 2]")),
    wrong("q2", "channels-as-pixels", "cells and channels mixed",
          (MEAN, "z.reshape(z.shape[0], z.shape[-1], -1).mean(dim=-1)")),
    wrong("q2", "", "one row", (MEAN, "z[:, 0].mean(dim=1)")),
    wrong("q2", "", "one column", (MEAN, "z[:, :, 0].mean(dim=1)")),
    wrong("q2", "", "sum", (MEAN, "z.sum(dim=(1, 2))")),
    wrong("q2", "", "largest", (MEAN, "z.amax(dim=(1, 2))")),
    wrong("q2", "", "no tanh", (FIRST, "self.fc(z.mean(dim=(1, 2)))")),
    wrong("q2", "", "tanh before the mean", (FIRST, "torch.tanh(self.fc(z)).mean(dim=(1, 2))")),
    wrong("q2", "", "tanh of the mean, then fc", (FIRST, "self.fc(torch.tanh(z.mean(dim=(1, 2))))")),
    wrong("q2", "", "sigmoid", (FIRST, "torch.sigmoid(self.fc(z.mean(dim=(1, 2))))")),
    wrong("q2", "", "mean over the batch too", (MEAN, "z.mean(dim=(0, 1, 2)).expand(len(z), -1)")),
    wrong("q2", "", "no bias", ("nn.Linear(C, D)", "nn.Linear(C, D, bias=False)")),
    wrong("q2", "", "detached", (MEAN, "z.detach().mean(dim=(1, 2))")),
    wrong("q2", "", "dropout", (MEAN, "F.dropout(z.mean(dim=(1, 2)), 0.1)"), breaks=("02_q4",)),
    wrong("q2", "", "channels expected in front", (MEAN, "z.mean(dim=(2, 3))"), breaks=("02_q4",)),
    wrong("q2", "", "no mean", (MEAN, "z"), breaks=("02_q4",)),
    # 02_q3 SpatialAttention
    wrong("q3", "softmax-per-row", "softmax over the columns", (SOFTMAX, "scores.softmax(dim=-1)")),
    wrong("q3", "softmax-per-row", "softmax over the rows", (SOFTMAX, "scores.softmax(dim=1)")),
    wrong("q3", "softmax-per-row", "softmax over one axis after the other", (SOFTMAX, "scores.softmax(dim=-1).softmax(dim=1)")),
    wrong("q3", "softmax-per-row", "product of two softmaxes", (SOFTMAX, "scores.softmax(dim=-1) * scores.softmax(dim=1)")),
    wrong("q3", "map-sheared", "map viewed as columns by rows",
          (CONTEXT + ", weights", CONTEXT + ", weights.reshape(len(z), z.shape[2], z.shape[1])")),
    wrong("q3", "map-sheared", "map viewed as columns by rows, then turned",
          (CONTEXT + ", weights", CONTEXT + ", weights.reshape(len(z), z.shape[2], z.shape[1]).transpose(1, 2)")),
    wrong("q3", "grid-transposed", "map transposed", (CONTEXT + ", weights", CONTEXT + ", weights.transpose(1, 2)")),
    wrong("q3", "grid-transposed", "map column by column",
          (CONTEXT + ", weights", CONTEXT + ", weights.transpose(1, 2).reshape(scores.shape)")),
    wrong("q3", "grid-transposed", "context from the cells column by column",
          (CONTEXT, 'torch.einsum("bn,bnc->bc", weights.flatten(1), z.transpose(1, 2).flatten(1, 2))')),
    wrong("q3", "channels-as-pixels", "context from features with the channels in front",
          (CONTEXT, 'torch.einsum("bn,bcn->bc", weights.flatten(1), z.reshape(len(z), z.shape[-1], -1))')),
    wrong("q3", "", "flat map", (CONTEXT + ", weights", CONTEXT + ", weights.flatten(1)")),
    wrong("q3", "", "softmax over the batch", (SOFTMAX, "scores.softmax(dim=0)")),
    wrong("q3", "", "one softmax for the whole batch", (SOFTMAX, "scores.flatten().softmax(dim=0).view_as(scores)")),
    wrong("q3", "", "softmax over the hidden width", ("self.v(hidden)", "self.v(hidden.softmax(dim=-1))"), (SOFTMAX, "scores")),
    wrong("q3", "", "scores returned", (CONTEXT + ", weights", CONTEXT + ", scores")),
    wrong("q3", "", "linear", (HIDDEN, "(self.W_s(state)[:, None, None] + self.W_z(z))")),
    wrong("q3", "", "relu", ("torch.tanh(", "torch.relu(")),
    wrong("q3", "", "state not used", (HIDDEN, "torch.tanh(self.W_z(z))")),
    wrong("q3", "", "scaled", ("self.v(hidden)", "(self.v(hidden) / hidden.shape[-1] ** 0.5)")),
    wrong("q3", "", "not stable", (SOFTMAX, "scores.exp() / scores.exp().sum(dim=(1, 2), keepdim=True)")),
    wrong("q3", "", "plain mean", (CONTEXT, "z.mean(dim=(1, 2))")),
    wrong("q3", "", "weighted mean, divided again", (CONTEXT, 'torch.einsum("bij,bijc->bc", weights, z) / scores[0].numel()')),
    wrong("q3", "", "weighted and not summed", (CONTEXT, "(weights[..., None] * z)"), breaks=("02_q4",)),
    wrong("q3", "", "context from the projections", (CONTEXT, 'torch.einsum("bij,bija->ba", weights, self.W_z(z))')),
    wrong("q3", "", "context from the hidden layer", (CONTEXT, 'torch.einsum("bij,bija->ba", weights, hidden)')),
    wrong("q3", "", "context from the state", (CONTEXT, "weights.sum(dim=(1, 2))[:, None] * state")),
    wrong("q3", "", "hard", (CONTEXT, "z.flatten(1, 2)[torch.arange(len(z)), weights.flatten(1).argmax(1)]")),
    wrong("q3", "", "weights detached", (CONTEXT, 'torch.einsum("bij,bijc->bc", weights.detach(), z)')),
    wrong("q3", "", "features detached", (CONTEXT, 'torch.einsum("bij,bijc->bc", weights, z.detach())')),
    wrong("q3", "", "map detached", (CONTEXT + ", weights", CONTEXT + ", weights.detach()")),
    wrong("q3", "", "bias", ("self.W_z = nn.Linear(C, A, bias=False)", "self.W_z = nn.Linear(C, A)")),
    wrong("q3", "", "state of the first image for all", ("self.W_s(state)[:, None, None]", "self.W_s(state)[:1, None, None]")),
    wrong("q3", "", "sigmoid for each cell", (SOFTMAX, "scores.sigmoid()")),
    wrong("q3", "", "swapped results", (CONTEXT + ", weights", "weights, " + CONTEXT), breaks=("02_q4",)),
    # 02_q4 AttentionCaptioner
    wrong("q4", "map-once", "asked once", (ASK, "c, a = (c, a) if maps else self.attn(z, h)")),
    wrong("q4", "context-at-start", "fed in the first step only",
          (MOVE, "h = self.cell(torch.cat([y, c * (not maps)], dim=-1), h)")),
    wrong("q4", "context-at-start", "fed and read in the first step only",
          (ASK, "c, a = self.attn(z, h)\n            c = c * (not maps)")),
    wrong("q4", "context-at-start", "the first context fed at every step",
          (ASK, "c, a = self.attn(z, h)\n            first = first if maps else c"), ("torch.cat([y, c]", "torch.cat([y, first]")),
    wrong("q4", "new-state-query", "looks again with the new state",
          (MOVE, "h = self.cell(torch.cat([y, c], dim=-1), h)\n            c, a = self.attn(z, h)")),
    wrong("q4", "new-state-query", "asks with a state one step ahead",
          (ASK, "c, a = self.attn(z, self.cell(torch.cat([y, c], dim=-1), h) if maps else h)")),
    wrong("q4", "", "asks with the first state", (ASK, "c, a = self.attn(z, self.init(z))")),
    wrong("q4", "", "begins with zeros", ("h, logits, maps = self.init(z)", "h, logits, maps = 0 * self.init(z)")),
    wrong("q4", "", "steps from the first state", (MOVE, "h = self.cell(torch.cat([y, c], dim=-1), self.init(z))")),
    wrong("q4", "", "context in front", ("[y, c]", "[c, y]")),
    wrong("q4", "", "read out in front", ("[h, c]", "[c, h]")),
    wrong("q4", "", "logits from the old state",
          (MOVE, "old, h = h, self.cell(torch.cat([y, c], dim=-1), h)"), ("[h, c]", "[old, c]")),
    wrong("q4", "", "context not read out", ("[h, c]", "[h, 0 * c]")),
    wrong("q4", "", "its own word fed", ("self.emb(inputs).unbind(dim=1):  # (B, E)",
          "self.emb(inputs).unbind(dim=1):\n            y = self.emb(logits[-1].argmax(-1)) if logits else y")),
    wrong("q4", "", "word not fed", ("[y, c]", "[0 * y, c]")),
    wrong("q4", "", "grid detached", (ASK, "c, a = self.attn(z.detach(), h)")),
    wrong("q4", "", "first state detached", ("self.init(z), [], []", "self.init(z).detach(), [], []")),
    wrong("q4", "", "truncated backpropagation", (MOVE, "h = self.cell(torch.cat([y, c], dim=-1), h.detach())")),
    wrong("q4", "", "time in front", ("torch.stack(logits, dim=1)", "torch.stack(logits, dim=0)")),
    wrong("q4", "", "maps one late", ("torch.stack(maps, dim=1)", "torch.stack([maps[0], *maps[:-1]], dim=1)")),
    wrong("q4", "", "one map for all", ("torch.stack(maps, dim=1)", "torch.stack([sum(maps) / len(maps)] * len(maps), dim=1)")),
    wrong("q4", "", "probabilities", (READ, READ[:-1] + ".softmax(-1))")),
    wrong("q4", "", "one step short", ("return torch.stack(logits, dim=1)", "return torch.stack(logits[:-1], dim=1)")),
    wrong("q4", "", "a projection too many", ("self.attn = SpatialAttention(C, D, A)",
          "self.attn = SpatialAttention(C, D, A)\n        self.more = nn.Linear(C, C)")),
    wrong("q4", "", "maps missing", ("return torch.stack(logits, dim=1), torch.stack(maps, dim=1)", "return torch.stack(logits, dim=1)")),
    # 02_q5 caption_loss
    wrong("q5", "penalty-over-pixels", "each map summed over the cells, real steps",
          (SEEN, "maps.sum(dim=(2, 3))"), (PENALTY, "((1 - seen) ** 2)[real].mean()")),
    wrong("q5", "penalty-over-pixels", "each map summed over the cells, all steps",
          (SEEN, "maps.sum(dim=(2, 3))"), (PENALTY, "((1 - seen) ** 2).mean()")),
    wrong("q5", "penalty-over-pixels", "masked maps summed over the cells", (SEEN, "(maps * real[:, :, None, None]).sum(dim=(2, 3))")),
    wrong("q5", "penalty-counts-padding", "maps not masked", (SEEN, "maps.sum(dim=1)")),
    wrong("q5", "penalty-counts-padding", "masked by the id 0, which is not pad", ("real = targets != pad", "real = targets != -1")),
    wrong("q5", "", "pad is always 0", ("real = targets != pad", "real = targets != 0")),
    wrong("q5", "", "cross-entropy of the id 0", ("ignore_index=pad", "ignore_index=0")),
    wrong("q5", "", "padding counts as a word", (", ignore_index=pad", "")),
    wrong("q5", "", "divides by all places", ("ignore_index=pad)", 'ignore_index=pad, reduction="sum") / targets.numel()')),
    wrong("q5", "", "sum of the words", ("ignore_index=pad)", 'ignore_index=pad, reduction="sum")')),
    wrong("q5", "", "mean of each caption's mean",
          (WORDS, '(lambda cost, keep: ((cost * keep).sum(1) / keep.sum(1).clamp(min=1)).mean())(F.cross_entropy('
                  'logits.transpose(1, 2), targets, reduction="none"), targets != pad)')),
    wrong("q5", "", "sum over batch and grid", (PENALTY, "((1 - seen) ** 2).sum()")),
    wrong("q5", "", "sum over the grid, mean over the batch", (PENALTY, "((1 - seen) ** 2).sum(dim=(1, 2)).mean()")),
    wrong("q5", "", "captions of padding left out", (PENALTY, "((1 - seen) ** 2)[real.any(1)].mean()")),
    wrong("q5", "", "absolute", (PENALTY, "(1 - seen).abs().mean()")),
    wrong("q5", "", "square of the mean", (PENALTY, "(1 - seen).mean() ** 2")),
    wrong("q5", "", "mean over the steps", (SEEN, "(maps * real[:, :, None, None]).mean(dim=1)")),
    wrong("q5", "", "each step alone", (PENALTY, "((1 - maps) ** 2).mean()")),
    wrong("q5", "", "one cell's total over the batch", (PENALTY, "((1 - seen.mean(0)) ** 2).mean()")),
    wrong("q5", "", "target T over cells", (PENALTY, "((targets.shape[1] / seen[0].numel() - seen) ** 2).mean()")),
    wrong("q5", "", "lam on everything", ("words + lam * ", "lam * words + lam * ")),
    wrong("q5", "", "lam not used", ("lam * ", "")),
    wrong("q5", "", "subtracted", ("words + lam", "words - lam")),
    wrong("q5", "", "no penalty", (" + lam * ((1 - seen) ** 2).mean()", "")),
    wrong("q5", "", "maps detached", (SEEN, "(maps.detach() * real[:, :, None, None]).sum(dim=1)")),
    wrong("q5", "", "only cells looked at too little", (PENALTY, "((1 - seen).clamp(min=0) ** 2).mean()")),
    wrong("q5", "", "probabilities given to nll", (WORDS, "F.nll_loss(logits.softmax(-1).flatten(0, 1), targets.flatten(), ignore_index=pad)")),
    wrong("q5", "", "a row of numbers", ("return words + lam", "return words[None] + lam")),
    # 02_q6 beam_search
    wrong("q6", "beam-starts-as-copies", "width copies of the first beam",
          (BEGIN, "ids = torch.empty(width, 0, dtype=torch.int64, device=s0.device)"),
          (ZERO, "scores = torch.zeros(width, device=s0.device)"),
          (FEED, "y, s = torch.full((width,), start, device=s0.device), s0.expand(width, -1)")),
    beam("beam-starts-as-copies", "width copies of the first beam, in lists",
         ("beams, done = [(0.0, [], s0[0])], []", "beams, done = [(0.0, [], s0[0])] * width, []")),
    beam("beam-one-child", "one child for each beam",
         ("new += children", "new += [max(children, key=lambda child: child[0])] if t else children")),
    beam("beam-states-left-behind", "states stay in their places",
         ("beams = new[:width]", "beams = [(score, ids, states[min(n, len(states) - 1)]) for n, (score, ids, _) in enumerate(new[:width])]")),
    wrong("q6", "beam-states-left-behind", "states not reordered",
          ("], s[parent]", "], s[torch.arange(len(best)).clamp(max=len(s) - 1)]")),
    wrong("q6", "beam-states-left-behind", "states not reordered once there are enough",
          ("], s[parent]", "], (s if len(s) == len(best) else s[parent])")),
    wrong("q6", "beam-extends-finished", "finished beams continued, cut at the end",
          (STAY, "pass"), ("(ids[0] != stop).sum() + 1", "(ids[0] == stop).int().cumsum(0).eq(0).sum() + 1")),
    beam("beam-extends-finished", "finished beams continued", ("over = [ids[-1:] == [stop] for _, ids, _ in beams]", "over = [False] * len(beams)")),
    beam("beam-drops-finished", "finished beams put aside",
         ("beams = new[:width]", "done += [b for b in new[:width] if stop in b[1]]\n        beams = [b for b in new if stop not in b[1]][:width]"),
         ("max(beams,", "max(done + beams,")),
    beam("beam-drops-finished", "every candidate that ends put aside",
         ("beams = new[:width]", "done += [b for b in new if stop in b[1]]\n        beams = [b for b in new if stop not in b[1]][:width]"),
         ("max(beams,", "max(done + beams,")),
    beam("beam-finished-only", "a finished beam preferred", ("max(beams,", "max([b for b in beams if stop in b[1]] or beams,")),
    beam("beam-stops-at-first", "ends with the first finished beam", ("if all(over)", "if any(over)")),
    beam("beam-stops-at-first", "ends with the first finished beam and returns it",
         ("if all(over)", "if any(over)"), ("max(beams,", "max([b for b in beams if stop in b[1]] or beams,")),
    wrong("q6", "beam-adds-probabilities", "probabilities added", (GAINS, "gains = logits.softmax(dim=-1)")),
    beam("beam-adds-probabilities", "probabilities added, in lists", ("logits.log_softmax(-1)", "logits.softmax(-1)")),
    beam("", "logits added", ("logits.log_softmax(-1)", "logits")),
    beam("", "divided by the length at each step", ("key=lambda beam: -beam[0])", "key=lambda beam: -beam[0] / len(beam[1]))"),
         ("key=lambda beam: beam[0])", "key=lambda beam: beam[0] / len(beam[1]))")),
    beam("", "divided by the length at the end", ("key=lambda beam: beam[0])", "key=lambda beam: beam[0] / len(beam[1]))")),
    beam("", "score divided by the length", ("torch.tensor(ids), score", "torch.tensor(ids), score / len(ids)")),
    beam("", "every step from s0", ("torch.stack([s for _, _, s in beams])", "torch.stack([s0[0] for _ in beams])")),
    beam("", "greedy", ("beams = new[:width]", "beams = new[:1]")),
    beam("", "one beam too many", ("beams = new[:width]", "beams = new[: width + 1]")),
    beam("", "one beam too few", ("beams = new[:width]", "beams = new[: max(width - 1, 1)]")),
    beam("", "width cut to the vocabulary", ("beams = new[:width]", "beams = new[: min(width, logits.shape[1])]")),
    beam("", "the worst of the beams", ("score, ids, _ = max(", "score, ids, _ = min(")),
    beam("", "highest id wins", ("for k, gain in enumerate(gains[n])]", "for k, gain in reversed(list(enumerate(gains[n])))]")),
    beam("", "stop left out of the ids", ("torch.tensor(ids), score", "torch.tensor([i for i in ids if i != stop] or [0]), score")),
    beam("", "start kept in the ids", ("torch.tensor(ids), score", "torch.tensor([start] + ids), score")),
    beam("", "ids padded", ("torch.tensor(ids), score", "torch.tensor(ids + [stop] * (max_len - len(ids))), score")),
    beam("", "probability returned", ("torch.tensor(ids), score", "torch.tensor(ids), math.exp(score)")),
    beam("", "cost returned", ("torch.tensor(ids), score", "torch.tensor(ids), -score")),
    beam("", "score without the stop", ("score + gain,", "score + gain * (k != stop),")),
    beam("", "worst first", ("-beam[0])\n", "beam[0])\n")),
    beam("", "base 2", ("gains = logits.log_softmax(-1).tolist()", "gains = (logits.log_softmax(-1) / math.log(2)).tolist()")),
    beam("", "one step short", ("range(max_len)", "range(max(max_len - 1, 1))")),
    beam("", "one step more", ("range(max_len)", "range(max_len + 1)")),
    beam("", "feeds start at every step", ("ids[-1] if ids else start", "start")),
    beam("", "start fed as 0", ("ids[-1] if ids else start", "ids[-1] if ids else 0")),
    beam("", "start never written", ("for k, gain in enumerate(gains[n])]", "for k, gain in enumerate(gains[n]) if k != start]")),
    beam("", "ids that are numbers", ("torch.tensor(ids), score", "torch.tensor(ids).float(), score")),
    beam("", "ids in a list", ("torch.tensor(ids), score", "ids, score")),
    beam("", "no score", ("return torch.tensor(ids), score", "return torch.tensor(ids)")),
    beam("", "softmax that overflows", ("logits.log_softmax(-1)", "(logits.exp() / logits.exp().sum(-1, keepdim=True)).log()")),
]

# Mutants that no input allowed by the task tells from the reference, by a part of their name, each with the reason.
LAST_AXIS = "the last axis of a matrix is axis 1"
EQUIVALENT: dict[str, str] = {
    "without device=": "on a CPU all tensors are on one device; the run of the notebooks on CUDA tells them apart",
    "02_q2 (1, 2) -> (2, 1)": "a mean does not ask which of its axes comes first",
    "02_q3 -1 -> 1 in `weights = scores.flatten(1)": LAST_AXIS,
    "02_q4 -1 -> 1 in": LAST_AXIS,
    "02_q6 -1 -> 1 in": LAST_AXIS,
    "02_q6 1 -> 2 in `ids = torch.empty": "only its first row is ever taken, and it holds nothing",
}
