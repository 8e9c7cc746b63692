"""Right answers to assignment 1 in styles that differ from the reference: each must get full marks."""

from banks.entries import Right

ENCODER = '''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

'''
DECODER = '''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

'''
ATTENTION = '''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

'''
LOOKING = '''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

'''

RIGHT = [
    # 01_q1
    Right("01_q1", "packed sequences", ENCODER + '''
    def forward(self, src, mask):
        lengths = mask.sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(src), lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, last = self.rnn(packed)
        h, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=src.shape[1])
        return h, torch.tanh(self.init(last[-1]))
'''),
    Right("01_q1", "gather", ENCODER + '''
    def forward(self, src, mask):
        states = self.rnn(self.emb(src))[0]
        index = (mask.long().sum(-1) - 1).view(-1, 1, 1).expand(-1, 1, states.size(-1))
        return states, self.init(states.gather(1, index).squeeze(1)).tanh()
'''),
    Right("01_q1", "one sentence at a time", ENCODER + '''
    def forward(self, src, mask):
        rows, firsts = [], []
        for tokens, keep in zip(src, mask):
            n = int(keep.sum())
            h = self.rnn(self.emb(tokens[:n])[None])[0][0]
            rows.append(F.pad(h, (0, 0, 0, len(tokens) - n)))
            firsts.append(torch.tanh(self.init(h[-1])))
        return torch.stack(rows), torch.stack(firsts)
'''),
    Right("01_q1", "last True by position", ENCODER + '''
    def forward(self, src, mask):
        h = self.rnn(self.emb(src))[0]
        position = torch.arange(mask.shape[1], device=mask.device)
        is_last = position == (position * mask).max(dim=1, keepdim=True).values
        last = torch.einsum("bs,bsd->bd", is_last.to(h.dtype), h)
        return h, torch.tanh(F.linear(last, self.init.weight, self.init.bias))
'''),
    Right("01_q1", "warns and prints", ENCODER + '''
    def forward(self, src, mask):
        import sys, warnings
        warnings.warn("reading")
        print("shape", src.shape, file=sys.stderr)
        h, _ = self.rnn(self.emb(src), torch.zeros(1, len(src), self.rnn.hidden_size))
        h = h * mask.unsqueeze(-1)  # states at padding may hold anything
        return [h, torch.tanh(self.init(h[torch.arange(len(src)), mask.sum(1) - 1]))]
'''),
    # 01_q2
    Right("01_q2", "row by row", '''
def teacher_forcing(y, lengths, start, stop, pad):
    inputs, targets = [], []
    for row, n in zip(y.tolist(), lengths.tolist()):
        fill = [pad] * (len(row) - n)
        inputs.append([start] + row[:n] + fill)
        targets.append(row[:n] + [stop] + fill)
    return torch.tensor(inputs), torch.tensor(targets)
'''),
    Right("01_q2", "concatenate and index", '''
def teacher_forcing(y, lengths, start, stop, pad):
    B = len(y)
    inputs = torch.cat([y.new_full((B, 1), start), y], 1)
    targets = torch.cat([y, y.new_full((B, 1), pad)], 1)
    targets[torch.arange(B), lengths] = stop
    return inputs, targets
'''),
    Right("01_q2", "where", '''
def teacher_forcing(y, lengths, start, stop, pad):
    wider = F.pad(y, (0, 1), value=pad)
    place = torch.arange(wider.shape[1])[None]
    inputs = torch.where(place == 0, start, wider.roll(1, 1))
    return inputs, torch.where(place == lengths[:, None], stop, wider)
'''),
    Right("01_q2", "one hot", '''
def teacher_forcing(y, lengths, start, stop, pad):
    B, T = y.shape
    begin = torch.full((B, 1), start)
    end = torch.full((B, 1), pad)
    is_stop = F.one_hot(lengths, T + 1)
    targets = torch.cat((y, end), dim=1)
    return torch.hstack([begin, y]), targets * (1 - is_stop) + stop * is_stop
'''),
    Right("01_q2", "a helper in its own cell", '''
def teacher_forcing(y, lengths, start, stop, pad):
    targets = widen(y, pad, left=False)
    for b in range(len(y)):
        targets[b, lengths[b]] = stop
    return widen(y, start, left=True), targets
''', before='''
def widen(y, value, left):
    return F.pad(y, (1, 0) if left else (0, 1), value=value)
'''),
    # 01_q3
    Right("01_q3", "its own gates", DECODER + '''
    def step(self, y_prev, s_prev, c):
        x = torch.hstack([self.emb.weight[y_prev], c])
        a = F.linear(x, self.cell.weight_ih, self.cell.bias_ih)
        b = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh)
        (ar, az, an), (br, bz, bn) = a.chunk(3, -1), b.chunk(3, -1)
        r, z = torch.sigmoid(ar + br), torch.sigmoid(az + bz)
        n = torch.tanh(an + r * bn)
        s = (1 - z) * n + z * s_prev
        return self.out(torch.hstack([s, c])), s
'''),
    Right("01_q3", "read out in two halves", DECODER + '''
    def step(self, y_prev, s_prev, c):
        s = self.cell(torch.cat((self.emb(y_prev), c), 1), s_prev)
        W_s, W_c = self.out.weight.split(s.shape[1], dim=1)
        return s @ W_s.T + c @ W_c.T + self.out.bias, s
'''),
    Right("01_q3", "row by row", DECODER + '''
    def step(self, y_prev, s_prev, c):
        states, scores = [], []
        for y, old, context in zip(y_prev, s_prev, c):
            new = self.cell(torch.cat([self.emb(y), context]), old)
            states.append(new)
            scores.append(self.out(torch.cat([new, context])))
        return torch.stack(scores), torch.stack(states)
'''),
    Right("01_q3", "a buffer filled in place", DECODER + '''
    def step(self, y_prev, s_prev, c):
        B, E = len(y_prev), self.emb.embedding_dim
        x = torch.zeros(B, E + c.shape[1])
        x[:, :E] = self.emb(y_prev)
        x[:, E:] = c
        new_state = self.cell(x, s_prev)
        features = torch.empty(B, 2 * c.shape[1])
        features[:, : c.shape[1]], features[:, c.shape[1] :] = new_state, c
        return self.out(features), new_state
'''),
    # 01_q4
    Right("01_q4", "mask and mean", '''
def sequence_loss(logits, targets, pad):
    real = targets != pad
    return F.cross_entropy(logits[real], targets[real])
'''),
    Right("01_q4", "transposed, sum over count", '''
def sequence_loss(logits, targets, pad):
    total = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=pad, reduction="sum")
    return total / (targets != pad).sum()
'''),
    Right("01_q4", "log-softmax and gather", '''
def sequence_loss(logits, targets, pad):
    real = targets.ne(pad)
    index = targets.masked_fill(~real, 0).unsqueeze(-1)
    cost = -logits.log_softmax(-1).gather(-1, index).squeeze(-1)
    return (cost * real).sum() / real.sum()
'''),
    Right("01_q4", "logsumexp in a loop", '''
def sequence_loss(logits, targets, pad):
    costs = []
    for scores, words in zip(logits, targets):
        for score, word in zip(scores, words):
            if word != pad:
                costs.append(torch.logsumexp(score, 0) - score[word])
    return torch.stack(costs).mean()
'''),
    Right("01_q4", "nll in float64", '''
def sequence_loss(logits, targets, pad):
    flat = logits.double().log_softmax(dim=-1).reshape(-1, logits.size(-1))
    return F.nll_loss(flat, targets.reshape(-1), ignore_index=pad).to(logits.dtype)
'''),
    # 01_q5
    Right("01_q5", "row by row", '''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    ids, lengths = torch.full((len(s0), max_len), pad), torch.zeros(len(s0), dtype=torch.long)
    for b in range(len(s0)):
        y, s = torch.tensor([start]), s0[b : b + 1]
        for t in range(max_len):
            logits, s = cell(y, s)
            if u is None:
                y = logits.argmax(-1)
            else:
                total = torch.softmax(logits[0] / temperature, 0).cumsum(0)
                y = torch.tensor([next((k for k, p in enumerate(total) if p > u[b, t]), len(total) - 1)])
            ids[b, t] = y
            lengths[b] = t + 1
            if y == stop:
                break
    return ids, lengths
'''),
    Right("01_q5", "searchsorted, finished flags", '''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B, s, out = s0.size(0), s0, []
    y = torch.full([B], start, dtype=torch.long)
    done = torch.zeros(B, dtype=torch.bool)
    for t in range(max_len):
        logits, s = cell(y, s)
        if u is not None:
            cdf = F.softmax(logits / temperature, dim=1).cumsum(1)
            y = torch.searchsorted(cdf, u[:, t : t + 1].contiguous(), right=True).squeeze(1).clamp_(max=cdf.size(1) - 1)
        else:
            y = logits.max(1).indices
        out.append(y.masked_fill(done, pad))
        done = done | (y == stop)
        if done.all():
            break
    ids = F.pad(torch.stack(out, 1), (0, max_len - len(out)), value=pad)
    is_stop = ids == stop
    if stop == pad:
        raise ValueError("stop and pad must differ")
    lengths = torch.where(is_stop.any(1), is_stop.int().argmax(1) + 1, max_len)
    return ids, lengths
'''),
    Right("01_q5", "write all, then cut", '''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    s, y, chosen = s0, torch.tensor([start] * len(s0)), []
    with torch.no_grad():
        for t in range(max_len):
            scores, s = cell(y, s)
            if u is None:
                y = scores.argmax(dim=1)
            else:
                p = torch.softmax(scores.double() / temperature, dim=1)
                y = (p.cumsum(1) > u[:, t].unsqueeze(1)).int().argmax(dim=1)
            chosen.append(y)
    ids = torch.stack(chosen, dim=1)
    after = (ids == stop).cumsum(1) - (ids == stop).long() > 0
    return ids.masked_fill(after, pad), (~after).sum(1)
'''),
    Right("01_q5", "feeds pad to finished rows", '''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = len(s0)
    ids = torch.empty(B, max_len, dtype=torch.int64).fill_(pad)
    lengths = torch.full((B,), max_len)
    alive, y, s = torch.arange(B), torch.full((B,), start), s0.clone()
    for t in range(max_len):
        if not len(alive):
            break
        logits, s_new = cell(y[alive], s[alive])
        choice = choose(logits, None if u is None else u[alive, t], temperature)
        s[alive], y[alive], ids[alive, t] = s_new, choice, choice
        lengths[alive[choice == stop]] = t + 1
        alive = alive[choice != stop]
    return ids, lengths
''', before='''
def choose(logits, u, temperature):
    print("choosing for", len(logits))
    if u is None:
        return torch.topk(logits, 1).indices[:, 0]
    cumulative = torch.cumsum((logits / temperature).log_softmax(-1).exp(), -1)
    return torch.minimum((cumulative <= u[:, None]).sum(-1), torch.tensor(logits.shape[-1] - 1))
'''),
    # 01_q6
    Right("01_q6", "minus infinity and where", ATTENTION + '''
    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(2)
        e = torch.where(mask, e, torch.tensor(float("-inf")))
        empty = ~mask.any(dim=1, keepdim=True)
        a = torch.softmax(torch.where(empty, torch.zeros_like(e), e), dim=1)
        a = torch.where(empty, torch.zeros_like(a), a)
        return (a.unsqueeze(2) * h).sum(1), a
'''),
    Right("01_q6", "minus infinity, then zero where masked", ATTENTION + '''
    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s)[:, None] + self.W_h(h)))[..., 0]
        a = e.masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0)
        return torch.bmm(a[:, None], h)[:, 0], a
'''),
    Right("01_q6", "only the real positions, row by row", ATTENTION + '''
    def forward(self, s, h, mask):
        contexts, rows = [], []
        for query, states, keep in zip(s, h, mask):
            weights = torch.zeros(len(states))
            if keep.any():
                real = states[keep]
                scores = torch.tanh(self.W_s(query) + self.W_h(real)) @ self.v.weight[0]
                weights = weights.masked_scatter(keep, scores.softmax(0))
            rows.append(weights)
            contexts.append(weights @ states)
        return torch.stack(contexts), torch.stack(rows)
'''),
    Right("01_q6", "scaled_dot_product_attention mixes the values", ATTENTION + '''
    def forward(self, s, h, mask):
        hidden = torch.tanh(torch.einsum("bd,ad->ba", s, self.W_s.weight)[:, None]
                            + torch.einsum("bsd,ad->bsa", h, self.W_h.weight))
        e = torch.einsum("bsa,a->bs", hidden, self.v.weight.squeeze(0))
        e = e - e.masked_fill(~mask, -1e30).max(1, keepdim=True).values.detach() * mask.any(1, keepdim=True)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum("bs,bsd->bd", a, h), a
'''),
    Right("01_q6", "its own stable softmax", ATTENTION + '''
    def forward(self, s, h, mask):
        B, S, D = h.shape
        both = torch.tanh(self.W_s(s).repeat_interleave(S, 0) + self.W_h(h.reshape(B * S, D)))
        e = self.v(both).view(B, S)
        top = e.masked_fill(~mask, -1e9).max(dim=1, keepdim=True)[0].detach()
        p = torch.exp(torch.where(mask, e - top, -1e9)) * mask
        total = p.sum(1, keepdim=True)
        a = p / torch.where(total > 0, total, torch.ones_like(total))
        return a.unsqueeze(1).matmul(h).squeeze(1), a
'''),
    # 01_q7
    Right("01_q7", "buffers filled in place", LOOKING + '''
    def forward(self, inputs, s0, h, mask):
        B, T = inputs.shape
        logits = torch.zeros(B, T, self.out.out_features)
        weights = torch.zeros(B, T, h.shape[1])
        s = s0
        for t in range(T):
            c, weights[:, t] = self.attn(s, h, mask)
            s = self.cell(torch.cat([self.emb(inputs[:, t]), c], 1), s)
            logits[:, t] = self.out(torch.cat([s, c], 1))
        return logits, weights
'''),
    Right("01_q7", "read out once, after the loop", LOOKING + '''
    def forward(self, inputs, s0, h, mask):
        words, s, features, looked = self.emb(inputs), s0, [], []
        for t in range(inputs.size(1)):
            context, where = self.attn(s, h, mask)
            s = self.cell(torch.cat((words[:, t], context), dim=-1), s)
            features += [torch.cat((s, context), dim=-1)]
            looked += [where]
        return self.out(torch.stack(features, 1)), torch.stack(looked, 1)
'''),
    Right("01_q7", "a subclass of the decoder", '''
class AttentionDecoder(Decoder):
    def __init__(self, vocab_size: int, E: int, D: int, A: int) -> None:
        super().__init__(vocab_size, E, D)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        results, s = [], s0
        for y in inputs.T:
            c, a = self.attn(s, h, mask)
            logits, s = self.step(y, s, c)
            results.append((logits, a))
        return tuple(torch.stack(x, dim=1) for x in zip(*results))
'''),
    Right("01_q7", "recursive", LOOKING + '''
    def forward(self, inputs, s0, h, mask):
        c, a = self.attn(s0, h, mask)
        s = self.cell(torch.cat([self.emb(inputs[:, 0]), c], -1), s0)
        here = self.out(torch.cat([s, c], -1))[:, None], a[:, None]
        if inputs.shape[1] == 1:
            return here
        rest = self.forward(inputs[:, 1:], s, h, mask)
        return torch.cat([here[0], rest[0]], 1), torch.cat([here[1], rest[1]], 1)
'''),
    Right("01_q7", "with a helper and prints", LOOKING + '''
    def forward(self, inputs, s0, h, mask):
        logits, weights = [], []
        for t, y in enumerate(self.emb(inputs).permute(1, 0, 2)):
            print("step", t)
            s0, out, a = one_step(self, y, s0, h, mask)
            logits.append(out)
            weights.append(a)
        return torch.stack(logits).transpose(0, 1), torch.stack(weights).movedim(0, 1)
''', before='''
def one_step(model, y, s, h, mask):
    c, a = model.attn(s, h, mask)
    s = model.cell(torch.cat([y, c], dim=1), s)
    return s, model.out(torch.cat([s, c], dim=1)), a
'''),
]
