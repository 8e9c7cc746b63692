"""Wrong answers to assignment 1, each the reference with one idea spoilt (or written whole where that is clearer)."""

from banks.entries import Wrong

# The misconceptions that chapter 1 explains and feedback names, by their labels. Each has at least one member below.
LINES = (
    "01-not-shifted", "01-shifted-by-two", "01-no-stop-target", "01-stop-ignored", "01-mean-over-padding",
    "01-padded-end-state", "01-feeds-logits", "01-batch-stops-together", "01-keeps-after-stop", "01-start-is-pad",
    "01-state-reset", "01-no-tanh", "01-softmax-over-batch", "01-softmax-over-hidden", "01-new-state-query",
    "01-context-from-scores", "01-attends-padding",
)
# Lines that no question can show, with the reason: none.
UNSHOWN: dict[str, str] = {}

LAST = "last = mask.sum(dim=1) - 1  # (B,)"
INIT = "torch.tanh(self.init(h[rows, last]))"
SCATTER = "targets.scatter(1, lengths[:, None], stop)"
STEP = "self.cell(torch.cat([self.emb(y_prev), c], dim=-1), s_prev)"
READ = "self.out(torch.cat([s, c], dim=-1)), s"
LOSS = "F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)"
PICK = "y = (cumulative <= u[:, t, None]).sum(dim=-1).clamp(max=logits.shape[-1] - 1)"
KEEP = "ids[:, t] = torch.where(writing, y, ids[:, t])"
MASKED = "scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(dim=-1)  # (B, S)"
CONTEXT = 'torch.einsum("bs,bsd->bd", weights, h)'
ASK = "c, a = self.attn(s, h, mask)  # (B, D), (B, S)"
MOVE = "s = self.cell(torch.cat([y, c], dim=-1), s)  # (B, D)"


def wrong(question: str, slug: str, name: str, *edits: tuple[str, str], breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(f"01_{question}", name, edits=edits, slug=slug and f"01-{slug}", breaks=breaks)


def whole(question: str, slug: str, name: str, source: str) -> Wrong:
    return Wrong(f"01_{question}", name, source=source, slug=slug and f"01-{slug}")


WRONG = [
    # 01_q1 Encoder
    wrong("q1", "padded-end-state", "state at the padded end", (INIT, "torch.tanh(self.init(h[:, -1]))")),
    wrong("q1", "padded-end-state", "the GRU's own last state",
          ("h, _ = self.rnn", "h, h_n = self.rnn"), (INIT, "torch.tanh(self.init(h_n[0]))")),
    wrong("q1", "", "one token early", (LAST, "last = (mask.sum(dim=1) - 2).clamp(min=0)")),
    wrong("q1", "", "no tanh", (INIT, "self.init(h[rows, last])")),
    wrong("q1", "", "init not used", (INIT, "h[rows, last]")),
    wrong("q1", "", "state after the first token", (INIT, "torch.tanh(self.init(h[:, 0]))")),
    wrong("q1", "", "mean over real states",
          (INIT, "torch.tanh(self.init((h * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)))")),
    wrong("q1", "", "length of the first row for all", (LAST, "last = mask[:1].sum(dim=1).expand(len(src)) - 1")),
    wrong("q1", "", "lengths from nonzero ids", (LAST, "last = (src != 0).sum(dim=1) - 1")),
    wrong("q1", "", "detached", (INIT, "torch.tanh(self.init(h[rows, last].detach()))")),
    wrong("q1", "", "time axis first", (", batch_first=True", "")),
    wrong("q1", "", "embedding tied to a constant",
          ("self.rnn(self.emb(src))", "self.rnn(self.emb(src).detach())")),
    wrong("q1", "", "dropout on the states", ("return h, ", "h = F.dropout(h, 0.1)\n        return h, ")),
    wrong("q1", "", "packed without the full length",
          ("h, _ = self.rnn(self.emb(src))  # (B, S, D)",
           "packed = nn.utils.rnn.pack_padded_sequence(self.emb(src), mask.sum(1).cpu(), True, enforce_sorted=False)\n"
           "        h, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], True)")),
    # 01_q2 teacher_forcing
    whole("q2", "not-shifted", "inputs are the targets", """
def teacher_forcing(y, lengths, start, stop, pad):
    targets = F.pad(y, (0, 1), value=pad).scatter(1, lengths[:, None], stop)
    return targets.clone(), targets
"""),
    whole("q2", "not-shifted", "feeds y from 1 to predict y from 1", """
def teacher_forcing(y, lengths, start, stop, pad):
    full = F.pad(F.pad(y, (0, 1), value=pad).scatter(1, lengths[:, None], stop), (1, 0), value=start)
    return full[:, 1:], full[:, 1:]
"""),
    whole("q2", "shifted-by-two", "drops the last two and the first two", """
def teacher_forcing(y, lengths, start, stop, pad):
    full = F.pad(F.pad(y, (0, 1), value=pad).scatter(1, lengths[:, None], stop), (1, 0), value=start)
    return full[:, :-2], full[:, 2:]
"""),
    wrong("q2", "shifted-by-two", "targets two ahead, right width",
          (SCATTER, "F.pad(targets.scatter(1, lengths[:, None], stop)[:, 1:], (0, 1), value=pad)")),
    whole("q2", "no-stop-target", "targets are y", """
def teacher_forcing(y, lengths, start, stop, pad):
    return F.pad(y, (1, 0), value=start)[:, :-1], y
"""),
    wrong("q2", "no-stop-target", "pad where stop belongs", (SCATTER, "targets")),
    wrong("q2", "start-is-pad", "pad where start belongs", ("(1, 0), value=start", "(1, 0), value=pad")),
    wrong("q2", "", "stop at the end of the padded row", ("(0, 1), value=pad", "(0, 1), value=stop"), (SCATTER, "targets")),
    wrong("q2", "", "stop is fed as well",
          ("return inputs", "inputs = inputs.scatter(1, (lengths + 1).clamp(max=y.shape[1])[:, None], stop)\n    return inputs")),
    wrong("q2", "", "stop over the last word", ("scatter(1, lengths[:, None]", "scatter(1, (lengths - 1).clamp(min=0)[:, None]")),
    wrong("q2", "", "pads with 0", ("(0, 1), value=pad", "(0, 1), value=0")),
    wrong("q2", "", "numbers that are no ids", ("return inputs", "return inputs.float()")),
    wrong("q2", "", "swapped", ("return inputs, targets.scatter(1, lengths[:, None], stop)",
                                "return targets.scatter(1, lengths[:, None], stop), inputs")),
    wrong("q2", "", "length of the first row for all", ("lengths[:, None]", "lengths[:1, None].expand(len(y), 1)")),
    # 01_q3 Decoder.step
    wrong("q3", "", "context in front of the embedding", ("[self.emb(y_prev), c]", "[c, self.emb(y_prev)]")),
    wrong("q3", "", "context in front of the state", ("[s, c]", "[c, s]")),
    wrong("q3", "", "logits from the old state", ("[s, c]", "[s_prev, c]")),
    wrong("q3", "state-reset", "starts from zeros", (STEP, "self.cell(torch.cat([self.emb(y_prev), c], dim=-1))")),
    wrong("q3", "state-reset", "returns the old state", ("dim=-1)), s", "dim=-1)), s_prev")),
    wrong("q3", "", "probabilities", (READ, "self.out(torch.cat([s, c], dim=-1)).softmax(-1), s")),
    wrong("q3", "", "log-probabilities", (READ, "self.out(torch.cat([s, c], dim=-1)).log_softmax(-1), s")),
    wrong("q3", "", "context not read out", (READ, "self.out(torch.cat([s, 0 * c], dim=-1)), s")),
    wrong("q3", "", "context not fed", ("[self.emb(y_prev), c]", "[self.emb(y_prev), 0 * c]")),
    wrong("q3", "", "detached state", (READ, "self.out(torch.cat([s.detach(), c], dim=-1)), s")),
    wrong("q3", "", "a bias missing", ("nn.Linear(2 * D, vocab_size)", "nn.Linear(2 * D, vocab_size, bias=False)")),
    wrong("q3", "", "swapped results", (READ, "s, self.out(torch.cat([s, c], dim=-1))")),
    # 01_q4 sequence_loss
    wrong("q4", "mean-over-padding", "divides by all places",
          (LOSS, 'F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction="sum") / targets.numel()')),
    wrong("q4", "mean-over-padding", "mean of masked costs",
          (LOSS, '(F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=pad, reduction="none")).mean()')),
    wrong("q4", "mean-over-padding", "padding counts as a word",
          (LOSS, "-logits.log_softmax(-1).gather(-1, targets.clamp(max=logits.shape[-1] - 1)[..., None]).mean()")),
    wrong("q4", "stop-ignored", "the id of STOP is left out too", ("targets.flatten()", "targets.masked_fill(targets == 2, pad).flatten()")),
    wrong("q4", "stop-ignored", "STOP costs nothing",
          (LOSS, 'F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=pad, reduction="none")'
           ".masked_fill(targets == 2, 0).sum() / (targets != pad).sum()")),
    wrong("q4", "", "padding never left out", (", ignore_index=pad", "")),
    wrong("q4", "", "mean of sentence means", (LOSS, """((lambda cost, real: ((cost * real).sum(1) / real.sum(1)).mean())(
        F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=pad, reduction="none"), targets != pad))""")),
    wrong("q4", "", "sum", ("ignore_index=pad)", 'ignore_index=pad, reduction="sum")')),
    wrong("q4", "", "per sentence", (LOSS, LOSS.replace("=pad)", '=pad, reduction="sum")') + " / len(targets)")),
    wrong("q4", "", "sign", ("return F.", "return -F.")),
    wrong("q4", "", "pad is 0", ("=pad)", "=0)")),
    wrong("q4", "", "softmax before the loss", ("logits.flatten(0, 1)", "logits.softmax(-1).flatten(0, 1)")),
    wrong("q4", "", "overflows", (LOSS, """(lambda p, real: -(p.gather(-1, (targets * real)[..., None])[..., 0].log() * real).sum() / real.sum())(
        logits.exp() / logits.exp().sum(-1, keepdim=True), targets != pad)""")),
    wrong("q4", "", "underflows", (LOSS, """(lambda p, real: -(p.gather(-1, (targets * real)[..., None])[..., 0] + 1e-9)
        .log()[real].mean())(logits.softmax(-1), targets != pad)""")),
    wrong("q4", "", "a Python number", ("return F.", "return float(F."), ("=pad)", "=pad))")),
    wrong("q4", "", "smoothed", ("=pad)", "=pad, label_smoothing=0.1)")),
    wrong("q4", "", "no gradient", ("logits.flatten(0, 1)", "logits.detach().flatten(0, 1)")),
    wrong("q4", "", "batch and time swapped", ("logits.flatten(0, 1)", "logits.transpose(0, 1).flatten(0, 1)")),
    # 01_q5 sample
    wrong("q5", "feeds-logits", "feeds the scores", ("logits, s = cell(y, s)", "logits, s = cell(logits if t else y, s)")),
    wrong("q5", "feeds-logits", "feeds the softmax",
          ("logits, s = cell(y, s)", "logits, s = cell(logits.softmax(-1) if t else y, s)")),
    wrong("q5", "feeds-logits", "feeds the probability of the choice",
          ("logits, s = cell(y, s)", "logits, s = cell(logits.softmax(-1).amax(-1) if t else y, s)")),
    wrong("q5", "batch-stops-together", "stops when the first row does",
          ("writing = writing & (y != stop)", "writing = writing & (y != stop)\n        if not writing.all():\n            break")),
    wrong("q5", "batch-stops-together", "stops and cuts the ids",
          ("writing = writing & (y != stop)",
           "writing = writing & (y != stop)\n        if not writing.all():\n            ids = ids[:, : t + 1]\n            break")),
    wrong("q5", "keeps-after-stop", "keeps what comes after", (KEEP, "ids[:, t] = y")),
    wrong("q5", "start-is-pad", "begins with pad", ("torch.full((B,), start,", "torch.full((B,), pad,")),
    wrong("q5", "state-reset", "s0 at every step", ("logits, s = cell(y, s)", "logits, _ = cell(y, s0)")),
    wrong("q5", "", "stop itself missing", (KEEP, "ids[:, t] = torch.where(writing & (y != stop), y, ids[:, t])")),
    wrong("q5", "", "length without stop", ("lengths += writing\n        writing = writing & (y != stop)",
                                           "writing = writing & (y != stop)\n        lengths += writing")),
    wrong("q5", "", "length always max_len", ("lengths += writing", "lengths += 1")),
    wrong("q5", "", "stops on pad too", ("writing & (y != stop)", "writing & (y != stop) & (y != pad)")),
    wrong("q5", "", "one step short", ("for t in range(max_len)", "for t in range(max_len - 1)")),
    wrong("q5", "", "not greater but not below", ("cumulative <= u", "cumulative < u")),
    wrong("q5", "", "u of the first step", ("u[:, t, None]", "u[:, 0, None]")),
    wrong("q5", "", "u ignored", ("if u is None:", "if True:")),
    wrong("q5", "", "temperature ignored", ("(logits / temperature)", "logits")),
    wrong("q5", "", "temperature multiplied", ("logits / temperature", "logits * temperature")),
    wrong("q5", "", "temperature on probabilities",
          ("(logits / temperature).softmax(dim=-1)", "(logits.softmax(dim=-1) / temperature)")),
    wrong("q5", "", "multinomial", (PICK, "y = torch.multinomial((logits / temperature).softmax(-1), 1)[:, 0]")),
    wrong("q5", "", "first id where rounding leaves none", (PICK, "y = (cumulative > u[:, t, None]).int().argmax(dim=-1)")),
    wrong("q5", "", "one before", (PICK, "y = (cumulative <= u[:, t, None]).sum(dim=-1).sub(1).clamp(min=0)")),
    wrong("q5", "", "smallest score", ("logits.argmax", "logits.argmin")),
    wrong("q5", "", "greedy over the batch", ("y = logits.argmax(dim=-1)", "y = logits.argmax(dim=0)[:1].expand(B)")),
    wrong("q5", "", "teacher forced by the first row", ("logits, s = cell(y, s)", "logits, s = cell(y[:1].expand(B), s)")),
    wrong("q5", "", "ids that are numbers", ("return ids, lengths", "return ids.float(), lengths")),
    wrong("q5", "", "start kept in the ids", ("return ids, lengths", "return F.pad(ids, (1, 0), value=start)[:, :max_len], lengths")),
    # 01_q6 AdditiveAttention
    wrong("q6", "no-tanh", "linear", ("torch.tanh(self.W_s(s)[:, None] + self.W_h(h))", "self.W_s(s)[:, None] + self.W_h(h)")),
    wrong("q6", "softmax-over-batch", "softmax over the batch", (".softmax(dim=-1)", ".softmax(dim=0)")),
    wrong("q6", "softmax-over-batch", "softmax over the batch, unmasked", (MASKED, "scores.softmax(dim=0)")),
    wrong("q6", "softmax-over-hidden", "softmax before v",
          ("self.v(hidden)", "self.v(hidden.softmax(dim=-1))"), (MASKED, "scores")),
    wrong("q6", "softmax-over-hidden", "a weight for each hidden unit",
          ("return torch.einsum", "weights = hidden.softmax(dim=-1)\n        return torch.einsum"), (CONTEXT, "h.mean(1)"),
          # the visible test of 01_q7 asks for weights (B, T, S), which such weights cannot make
          breaks=("01_q7",)),
    wrong("q6", "context-from-scores", "mean of scores",
          (CONTEXT, "(weights * scores).sum(1, keepdim=True).expand_as(s)")),
    wrong("q6", "context-from-scores", "mean of the query", (CONTEXT, "weights.sum(1, keepdim=True) * s")),
    wrong("q6", "context-from-scores", "mean of the projected states", (CONTEXT, 'torch.einsum("bs,bsa->ba", weights, self.W_h(h))')),
    wrong("q6", "context-from-scores", "mean of the hidden layer", (CONTEXT, 'torch.einsum("bs,bsa->ba", weights, hidden)')),
    wrong("q6", "attends-padding", "mask not used", (MASKED, "scores.softmax(dim=-1)"), ("weights = weights.masked_fill(~mask, 0.0)\n", "\n")),
    wrong("q6", "attends-padding", "mask after the softmax", (MASKED, "scores.softmax(dim=-1)")),
    wrong("q6", "", "mask upside down", ("scores.masked_fill(~mask", "scores.masked_fill(mask"),
          ("weights.masked_fill(~mask, 0.0)", "weights.masked_fill(mask, 0.0)")),
    wrong("q6", "", "NaN where nothing may be attended to", ("torch.finfo(scores.dtype).min", 'float("-inf")'),
          ("weights = weights.masked_fill(~mask, 0.0)\n", "\n")),
    wrong("q6", "", "uniform where nothing may be attended to", ("weights = weights.masked_fill(~mask, 0.0)\n", "\n")),
    wrong("q6", "", "too weak a block", ("torch.finfo(scores.dtype).min", "-1e-9")),
    wrong("q6", "", "masked with zero", ("torch.finfo(scores.dtype).min", "0.0")),
    wrong("q6", "", "not stable", (MASKED, "(scores.exp() * mask) / (scores.exp() * mask).sum(-1, keepdim=True).clamp(min=1e-30)")),
    wrong("q6", "", "hard", (CONTEXT, 'torch.einsum("bs,bsd->bd", F.one_hot(weights.argmax(1), h.shape[1]).float(), h)')),
    wrong("q6", "", "weights detached", (CONTEXT, 'torch.einsum("bs,bsd->bd", weights.detach(), h)')),
    wrong("q6", "", "states detached", (CONTEXT, 'torch.einsum("bs,bsd->bd", weights, h.detach())')),
    wrong("q6", "", "scaled as dot products are", ("self.v(hidden)", "(self.v(hidden) / hidden.shape[-1] ** 0.5)")),
    wrong("q6", "", "bias", ("self.W_h = nn.Linear(D, A, bias=False)", "self.W_h = nn.Linear(D, A)")),
    wrong("q6", "", "projections swapped", ("self.W_s(s)[:, None] + self.W_h(h)", "self.W_h(s)[:, None] + self.W_s(h)")),
    wrong("q6", "", "state not used", ("self.W_s(s)[:, None] + self.W_h(h)", "self.W_h(h)")),
    wrong("q6", "", "sigmoid", ("torch.tanh(", "torch.sigmoid(")),
    wrong("q6", "", "plain mean", (CONTEXT, "h.mean(1)")),
    wrong("q6", "", "all equal", ("scores = self.v(hidden).squeeze(-1)", "scores = 0 * self.v(hidden).squeeze(-1)")),
    wrong("q6", "", "scores returned", ('weights, h), weights', 'weights, h), scores')),
    wrong("q6", "", "squeezes the batch too", (".squeeze(-1)", ".squeeze()"),),
    # 01_q7 AttentionDecoder
    wrong("q7", "new-state-query", "looks again with the new state",
          (ASK, "c, a = self.attn(s, h, mask)"),
          (MOVE, "s = self.cell(torch.cat([y, c], dim=-1), s)\n            c, a = self.attn(s, h, mask)")),
    wrong("q7", "new-state-query", "asks with a state one step ahead",
          (ASK, "c, a = self.attn(s if not weights else self.cell(torch.cat([y, c], dim=-1), s), h, mask)")),
    wrong("q7", "state-reset", "steps from s0", (MOVE, "s = self.cell(torch.cat([y, c], dim=-1), s0)")),
    wrong("q7", "", "asks with s0", (ASK, "c, a = self.attn(s0, h, mask)")),
    wrong("q7", "", "one context for all steps", (ASK, "c, a = (c, a) if weights else self.attn(s, h, mask)")),
    wrong("q7", "", "context in front", ("[y, c]", "[c, y]")),
    wrong("q7", "", "read out in front", ("[s, c]", "[c, s]")),
    wrong("q7", "", "logits from the old state",
          (MOVE, "old, s = s, self.cell(torch.cat([y, c], dim=-1), s)"), ("[s, c]", "[old, c]")),
    wrong("q7", "", "its own word fed", ("self.emb(inputs).unbind(dim=1):", "self.emb(inputs).unbind(dim=1):\n"
          "            y = self.emb(logits[-1].argmax(-1)) if logits else y")),
    wrong("q7", "", "mask not passed on", (ASK, "c, a = self.attn(s, h, torch.ones_like(mask))")),
    wrong("q7", "", "states detached", (ASK, "c, a = self.attn(s, h.detach(), mask)")),
    wrong("q7", "", "truncated backpropagation", (MOVE, "s = self.cell(torch.cat([y, c], dim=-1), s.detach())")),
    wrong("q7", "", "time in front", ("torch.stack(logits, dim=1)", "torch.stack(logits, dim=0)")),
    wrong("q7", "", "batch and time by reshape", ("torch.stack(logits, dim=1)",
          "torch.stack(logits, dim=0).reshape(inputs.shape[0], inputs.shape[1], -1)")),
    wrong("q7", "", "weights one late", ("torch.stack(weights, dim=1)", "torch.stack([weights[0], *weights[:-1]], dim=1)")),
    wrong("q7", "", "probabilities", ("logits.append(self.out(torch.cat([s, c], dim=-1)))",
                                     "logits.append(self.out(torch.cat([s, c], dim=-1)).softmax(-1))")),
    wrong("q7", "", "context not read out", ("[s, c]", "[s, 0 * c]")),
]

# Mutants that no input allowed by the task tells from the reference, by a part of their name, each with the reason.
LAST_AXIS = "the last axis of a matrix is axis 1"
EQUIVALENT: dict[str, str] = {
    "without device=": "on a CPU all tensors are on one device; the run of the notebooks on CUDA tells them apart",
    "01_q3 -1 -> 1 in": LAST_AXIS,
    "01_q5 -1 -> 1 in": LAST_AXIS,
    "01_q7 -1 -> 1 in": LAST_AXIS,
    "01_q6 -1 -> 1 in `weights = scores.masked_fill": LAST_AXIS,
}
