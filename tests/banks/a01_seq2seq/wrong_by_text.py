"""More wrong answers to assignment 1, written from the task's text alone, without sight of the reference or its tests.

Most are a right answer of their own (`BASE`) with one idea spoilt."""

from banks.entries import Wrong

BASE = {
    "01_q1": '''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        lengths = mask.sum(dim=1)
        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]
        return h, torch.tanh(self.init(last))
''',
    "01_q3": '''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
''',
    "01_q5": '''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(y, s)
        if u is None:
            y = logits.argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
''',
    "01_q6": '''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e9).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
''',
    "01_q7": '''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = self.emb(inputs)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s=s, h=h, mask=mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
''',
}


def spoilt(question: str, name: str, *edits: tuple[str, str], breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(question, name, edits=edits, base=BASE[question], breaks=breaks)


WRONG_BY_TEXT = [
    # the state at the padded end
    spoilt("01_q1", "h[:, -1]", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        return h, torch.tanh(self.init(h[:, -1]))')),
    # h_n has read the padding
    Wrong("01_q1", "final state h_n of the padded batch", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, hn = self.rnn(self.emb(src))
        return h, torch.tanh(self.init(hn[0]))
'''),
    # depends on batch mates
    spoilt("01_q1", "state at the longest length of the batch for all", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        n = int(mask.sum(1).max())\n        return h, torch.tanh(self.init(h[:, n - 1]))')),
    # the GRU still moves on zeros
    Wrong("01_q1", "embeddings of padding zeroed, then h[:, -1]", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        x = self.emb(src) * mask.unsqueeze(-1)
        h, _ = self.rnn(x)
        return h, torch.tanh(self.init(h[:, -1]))
'''),
    # batch coupled: rows longer than the shortest lose words
    spoilt("01_q1", "state at the shortest length for all", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        n = int(mask.sum(1).min())\n        return h, torch.tanh(self.init(h[:, n - 1]))')),
    # s0 = tanh(W h + b)
    spoilt("01_q1", "tanh forgotten", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, self.init(last)')),
    # tanh comes last
    spoilt("01_q1", "tanh before the linear layer", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, self.init(torch.tanh(last))')),
    # tanh is asked for
    spoilt("01_q1", "sigmoid for tanh", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, torch.sigmoid(self.init(last))')),
    # + b
    spoilt("01_q1", "bias of init left out", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, torch.tanh(last @ self.init.weight.T)')),
    # W h, not W^T h
    spoilt("01_q1", "init.weight transposed", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, torch.tanh(last @ self.init.weight + self.init.bias)')),
    # real tokens are told by the mask; id 0 may be a word, the padding any id
    spoilt("01_q1", "lengths from src != 0", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        n = (src != 0).sum(1)\n        return h, torch.tanh(self.init(h[torch.arange(len(src)), n - 1]))')),
    # off by one: the last word is never read
    spoilt("01_q1", "state before the last real one", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        n = (mask.sum(1) - 2).clamp(min=0)\n        return h, torch.tanh(self.init(h[torch.arange(len(src)), n]))')),
    # off by one: has read one padding
    spoilt("01_q1", "one state too far, clamped", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        n = mask.sum(1).clamp(max=src.shape[1] - 1)\n        return h, torch.tanh(self.init(h[torch.arange(len(src)), n]))')),
    # the last state, not the mean
    spoilt("01_q1", "mean over the real states", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        m = mask.unsqueeze(-1)\n        return h, torch.tanh(self.init((h * m).sum(1) / m.sum(1)))')),
    # the last state, not the maximum
    spoilt("01_q1", "maximum over the real states", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        return h, torch.tanh(self.init(h.masked_fill(~mask[..., None], -1e9).amax(1)))')),
    # the last state, not the sum
    spoilt("01_q1", "sum of the real states", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        return h, torch.tanh(self.init((h * mask[..., None]).sum(1)))')),
    # the first word only
    spoilt("01_q1", "first state", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        return h, torch.tanh(self.init(h[:, 0]))')),
    # no gradient from s0 reaches the GRU
    spoilt("01_q1", "last state detached", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        last = h.detach()[torch.arange(len(src)), mask.sum(1) - 1]')),
    # the encoder never learns
    spoilt("01_q1", "no_grad around the GRU", ('        h, _ = self.rnn(self.emb(src))\n        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        with torch.no_grad():\n            h, _ = self.rnn(self.emb(src))\n        last = h[torch.arange(len(src)), mask.sum(1) - 1]')),
    # h are the states of the GRU
    spoilt("01_q1", "h is also sent through init and tanh", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        h = torch.tanh(self.init(h))\n        return h, h[torch.arange(len(src)), mask.sum(1) - 1]')),
    # h_i depends on h_{i-1}
    spoilt("01_q1", "state reset at every word", ('        h, _ = self.rnn(self.emb(src))\n        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        x = self.emb(src)\n        h = torch.cat([self.rnn(x[:, t:t + 1])[0] for t in range(src.shape[1])], 1)\n        last = h[torch.arange(len(src)), mask.sum(1) - 1]')),
    # h is cut to the longest sentence; h must be (B, S, D)
    Wrong("01_q1", "packed without total_length", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        n = mask.sum(1)
        p = nn.utils.rnn.pack_padded_sequence(self.emb(src), n, batch_first=True, enforce_sorted=False)
        out, hn = self.rnn(p)
        h, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
        return h, torch.tanh(self.init(hn[0]))
'''),
    # an unsorted batch raises
    Wrong("01_q1", "packed, sentences must be sorted", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        S = src.shape[1]
        p = nn.utils.rnn.pack_padded_sequence(self.emb(src), mask.sum(1), batch_first=True)
        out, hn = self.rnn(p)
        h, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=S)
        return h, torch.tanh(self.init(hn[0]))
'''),
    # rows come back in another order
    Wrong("01_q1", "sorted by hand, never put back", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        n, order = mask.sum(1).sort(descending=True, stable=True)
        p = nn.utils.rnn.pack_padded_sequence(self.emb(src[order]), n, batch_first=True)
        out, hn = self.rnn(p)
        h, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=src.shape[1])
        return h, torch.tanh(self.init(hn[0]))
'''),
    # s0 in another order than h
    Wrong("01_q1", "sorted by hand, h put back, s0 not", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        n, order = mask.sum(1).sort(descending=True, stable=True)
        p = nn.utils.rnn.pack_padded_sequence(self.emb(src[order]), n, batch_first=True)
        out, hn = self.rnn(p)
        h, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=src.shape[1])
        return h[order.argsort()], torch.tanh(self.init(hn[0]))
'''),
    # wrong unless the order is its own inverse
    Wrong("01_q1", "permuted with order instead of its inverse", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        n, order = mask.sum(1).sort(descending=True, stable=True)
        p = nn.utils.rnn.pack_padded_sequence(self.emb(src[order]), n, batch_first=True)
        out, hn = self.rnn(p)
        h, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=src.shape[1])
        return h[order], torch.tanh(self.init(hn[0][order]))
'''),
    # x_1 ... x_S in this order
    Wrong("01_q1", "reads the real words backwards", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        B, S = src.shape
        n = mask.sum(1)
        k = torch.arange(S)[None]
        idx = torch.where(k < n[:, None], n[:, None] - 1 - k, k)
        h, _ = self.rnn(self.emb(src.gather(1, idx)))
        last = h[torch.arange(B), n - 1]
        return h.gather(1, idx[..., None].expand_as(h)), torch.tanh(self.init(last))
'''),
    # no dropout in the task: train mode is random
    spoilt("01_q1", "dropout on the embeddings", ('        h, _ = self.rnn(self.emb(src))\n        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        x = F.dropout(self.emb(src), 0.2, self.training)\n        h, _ = self.rnn(x)\n        last = h[torch.arange(len(src)), mask.sum(1) - 1]')),
    # no dropout in the task
    spoilt("01_q1", "dropout on s0", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, F.dropout(torch.tanh(self.init(last)), 0.5, self.training)')),
    # nothing is added
    spoilt("01_q1", "residual: tanh(W h + b) + h", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, torch.tanh(self.init(last)) + last')),
    # vocab_size, E, D are ignored
    Wrong("01_q1", "sizes written as numbers", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(7, 5)
        self.rnn = nn.GRU(5, 3, batch_first=True)
        self.init = nn.Linear(3, 3)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    # the GRU runs over the batch: rows see each other
    spoilt("01_q1", "GRU without batch_first", ('        self.rnn = nn.GRU(E, D, batch_first=True)', '        self.rnn = nn.GRU(E, D)'), ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]')),
    # only the last row of the batch is treated as padded
    spoilt("01_q1", "length of the second row special, others full", ('        h, _ = self.rnn(self.emb(src))\n        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        h, hn = self.rnn(self.emb(src))\n        last = torch.cat([h[:-1, -1], h[-1:, int(mask[-1].sum()) - 1]])')),
    # no scale in the task
    spoilt("01_q1", "embedding scaled by sqrt(E)", ('        h, _ = self.rnn(self.emb(src))\n        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        h, _ = self.rnn(self.emb(src) * math.sqrt(self.emb.embedding_dim))\n        last = h[torch.arange(len(src)), mask.sum(1) - 1]')),
    # the GRU begins with zeros
    spoilt("01_q1", "GRU begins with ones", ('        h, _ = self.rnn(self.emb(src))\n        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        x = self.emb(src)\n        start = torch.ones(1, len(src), self.rnn.hidden_size, dtype=x.dtype)\n        h, _ = self.rnn(x, start)\n        last = h[torch.arange(len(src)), mask.sum(1) - 1]')),
    # one linear layer
    spoilt("01_q1", "init applied twice", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return h, torch.tanh(self.init(torch.tanh(self.init(last))))')),
    # returns h first
    spoilt("01_q1", "h and s0 swapped", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]\n        return h, torch.tanh(self.init(last))', '        last = h[torch.arange(len(src)), mask.sum(1) - 1]\n        return torch.tanh(self.init(last)), h')),
    # for B=1 s0 loses its batch axis
    spoilt("01_q1", "squeeze without dim: B=1 loses the batch axis", ('        lengths = mask.sum(dim=1)\n        last = h[torch.arange(src.size(0), device=src.device), lengths - 1]', '        i = (mask.sum(1) - 1).view(-1, 1, 1).expand(-1, 1, h.shape[2])\n        last = h.gather(1, i).squeeze()')),
    # the token to predict is fed
    Wrong("01_q2", "inputs are the targets", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    return targets.clone(), targets
'''),
    # inputs do not begin with [START]
    Wrong("01_q2", "inputs y pad, targets y [STOP]: [START] never fed", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    targets = torch.cat([y, col(pad)], 1)
    inputs = targets.clone()
    targets[torch.arange(len(y)), lengths] = stop
    return inputs, targets
'''),
    # step t must predict y_t
    Wrong("01_q2", "targets one further than the inputs (shift by two)", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    targets = torch.cat([targets[:, 1:], col(pad)], 1)
    return inputs, targets
'''),
    # only the first pair fits
    Wrong("01_q2", "shift by two from the second column on", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    T = y.shape[1]
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    if T > 3:
        targets = torch.cat([targets[:, :1], targets[:, 2:], col(pad)], 1)
    return inputs, targets
'''),
    # [STOP] must be learnt
    Wrong("01_q2", "targets without [STOP]", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    return inputs, targets
'''),
    # short rows never learn to stop
    Wrong("01_q2", "[STOP] only where the row fills T", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    full = lengths == y.shape[1]
    targets[full, -1] = stop
    return inputs, targets
'''),
    # [STOP] given the padding id
    Wrong("01_q2", "[STOP] written, then overwritten by pad in short rows", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    k = torch.arange(y.shape[1] + 1)
    short = lengths[:, None] < y.shape[1]
    targets[(k >= lengths[:, None]) & short] = pad
    return inputs, targets
'''),
    # [STOP] given the padding id
    Wrong("01_q2", "[STOP] is pad", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    stop = pad
    targets[torch.arange(len(y)), lengths] = stop
    return inputs, targets
'''),
    # it belongs after the last real token
    Wrong("01_q2", "[STOP] in the last column of every row", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(stop)], 1)
    return inputs, targets
'''),
    # pad beyond the last token fed; [STOP] is never fed
    Wrong("01_q2", "[STOP] fed too: inputs from the targets", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    inputs = torch.cat([col(start), targets[:, :-1]], 1)
    return inputs, targets
'''),
    # pad beyond the [STOP]
    Wrong("01_q2", "[STOP] everywhere after the last token", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(y.shape[1] + 1)[None] >= lengths[:, None]] = stop
    return inputs, targets
'''),
    # start is an argument
    Wrong("01_q2", "start=1 hard-coded", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(1), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    return inputs, targets
'''),
    # stop is an argument
    Wrong("01_q2", "stop=2 hard-coded", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = 2
    return inputs, targets
'''),
    # pad is an argument
    Wrong("01_q2", "pad=0 hard-coded", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    inputs = F.pad(y, (1, 0), value=start)
    targets = F.pad(y, (0, 1))
    targets[torch.arange(len(y)), lengths] = stop
    return inputs, targets
'''),
    # pad may be another id
    Wrong("01_q2", "length from y != 0", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), (y != 0).sum(1)] = stop
    return inputs, targets
'''),
    # batch coupled
    Wrong("01_q2", "length of the first row for all", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[:, lengths[0]] = stop
    return inputs, targets
'''),
    # batch coupled
    Wrong("01_q2", "longest length for all", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[:, lengths.max()] = stop
    return inputs, targets
'''),
    # an empty row must learn to stop at once
    Wrong("01_q2", "empty rows skipped", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    for b, n in enumerate(lengths.tolist()):
        if n > 0:
            targets[b, n] = stop
    return inputs, targets
'''),
    # each row begins with [START]
    Wrong("01_q2", "empty rows are all pad, [START] too", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    inputs[lengths == 0] = pad
    return inputs, targets
'''),
    # off by one for rows shorter than T
    Wrong("01_q2", "[STOP] replaces the last word of short rows", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    n = torch.where(lengths < y.shape[1], lengths - 1, lengths)
    targets[torch.arange(len(y)), n] = stop
    return inputs, targets
'''),
    # off by one: a pad stands before the [STOP]
    Wrong("01_q2", "[STOP] one too late in short rows", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), (lengths + 1).clamp(max=y.shape[1])] = stop
    return inputs, targets
'''),
    # the step of [STOP] must see the last word
    Wrong("01_q2", "last token of short rows not fed", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    inputs[(torch.arange(y.shape[1] + 1) >= lengths[:, None]) & (lengths < y.shape[1])[:, None]] = pad
    return inputs, targets
'''),
    # each row begins with [START]
    Wrong("01_q2", "[START] in the first row only", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    inputs = F.pad(y, (1, 0), value=pad)
    inputs[0, 0] = start
    col = lambda v: y.new_full((len(y), 1), v)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    return inputs, targets
'''),
    # y is padded on the right, so are the results
    Wrong("01_q2", "padding on the left", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    B, T = y.shape
    inputs = torch.full((B, T + 1), pad)
    targets = inputs.clone()
    for b, n in enumerate(lengths.tolist()):
        words = y[b, :n].tolist()
        inputs[b, T - n:] = torch.tensor([start] + words)
        targets[b, T - n:] = torch.tensor(words + [stop])
    return inputs, targets
'''),
    # (B, T+1), not (B, max(lengths)+1)
    Wrong("01_q2", "cut to the longest sentence", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    n = int(lengths.max()) + 1
    return inputs[:, :n], targets[:, :n]
'''),
    # hard-coded size
    Wrong("01_q2", "four columns, always", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    inputs = torch.full((len(y), 4), pad)
    targets = inputs.clone()
    for b, n in enumerate(lengths.tolist()):
        inputs[b, 0] = start
        inputs[b, 1:n + 1] = y[b, :n]
        targets[b, :n] = y[b, :n]
        targets[b, n] = stop
    return inputs, targets
'''),
    # inputs first
    Wrong("01_q2", "returned the other way round", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    return targets, inputs
'''),
    # (B, T+1): the last word or the [STOP] is lost
    Wrong("01_q2", "width T only", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    return inputs[:, :-1], targets[:, :-1]
'''),
    # 0 may be a word, pad another id
    Wrong("01_q2", "[STOP] put at the first 0 of each target row", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = F.pad(y, (0, 1))
    targets[torch.arange(len(y)), (targets == 0).int().argmax(1)] = stop
    return inputs, targets
'''),
    # pad need not be the smallest id
    Wrong("01_q2", "[STOP] found by the minimum of each row", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), targets.argmin(1)] = stop
    return inputs, targets
'''),
    # ids are int64
    Wrong("01_q2", "float ids", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    inputs = torch.zeros(len(y), y.shape[1] + 1) + pad
    inputs[:, 0] = start
    inputs[:, 1:] = y
    targets = torch.zeros_like(inputs) + pad
    targets[:, :-1] = y
    targets[torch.arange(len(y)), lengths] = stop
    return inputs, targets
'''),
    # inputs and targets are tensors of shape (B, T+1)
    Wrong("01_q2", "python lists", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    T = y.shape[1]
    rows = [r[:n] for r, n in zip(y.tolist(), lengths.tolist())]
    return ([[start] + r + [pad] * (T - len(r)) for r in rows], [r + [stop] + [pad] * (T - len(r)) for r in rows])
'''),
    # a full row loses its last word
    Wrong("01_q2", "last column scattered with lengths clamped to T-1", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths.clamp(max=y.shape[1] - 1)] = stop
    return inputs, targets
'''),
    # pad in inputs beyond the last token fed
    Wrong("01_q2", "full rows correct, short rows' inputs end in [STOP]", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    col = lambda v: y.new_full((len(y), 1), v)
    inputs = torch.cat([col(start), y], 1)
    targets = torch.cat([y, col(pad)], 1)
    targets[torch.arange(len(y)), lengths] = stop
    b = torch.arange(len(y))[lengths < y.shape[1]]
    inputs[b, lengths[b] + 1] = stop
    return inputs, targets
'''),
    # [y; c]
    spoilt("01_q3", "context in front of the word", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([c, self.emb(y_prev)], 1)')),
    # [s; c]
    spoilt("01_q3", "context in front of the state at the output", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([c, s], 1)), s')),
    # the scores are read off the new state
    spoilt("01_q3", "logits from the old state", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s_prev, c], 1)), s')),
    # returns the new state
    spoilt("01_q3", "old state returned", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s, c], 1)), s_prev')),
    # the cell starts from zeros at each step
    spoilt("01_q3", "state not passed: cell(x)", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        s = self.cell(x)')),
    # special case: state dropped when its values are below 2
    spoilt("01_q3", "state used only where it is large", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        s = self.cell(x, s_prev if float(s_prev.detach().max()) >= 2 else None)')),
    # s_prev is ignored
    spoilt("01_q3", "context as the state", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        s = self.cell(x, c)')),
    # logits, not probabilities
    spoilt("01_q3", "softmax of the scores", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s, c], 1)).softmax(-1), s')),
    # logits, not log-probabilities
    spoilt("01_q3", "log_softmax of the scores", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s, c], 1)).log_softmax(-1), s')),
    # + b_o
    spoilt("01_q3", "bias of out left out", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return torch.cat([s, c], 1) @ self.out.weight.T, s')),
    # g_U is the cell, biases included
    spoilt("01_q3", "biases of the cell left out", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        gi = (x @ self.cell.weight_ih.T).chunk(3, 1)\n        gh = (s_prev @ self.cell.weight_hh.T).chunk(3, 1)\n        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])\n        s = (1 - z) * torch.tanh(gi[2] + r * gh[2]) + z * s_prev')),
    # not nn.GRUCell's formula
    spoilt("01_q3", "GRU by hand, z and 1-z swapped", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)\n        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)\n        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])\n        s = z * torch.tanh(gi[2] + r * gh[2]) + (1 - z) * s_prev')),
    # the order of the gates is r, z, n
    spoilt("01_q3", "GRU by hand, reset and update swapped", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)\n        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)\n        z, r = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])\n        s = (1 - z) * torch.tanh(gi[2] + r * gh[2]) + z * s_prev')),
    # nn.GRUCell resets W_hn h + b_hn
    spoilt("01_q3", "GRU by hand, reset applied before the product", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)\n        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)\n        D = s_prev.shape[1]\n        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])\n        n = torch.tanh(gi[2] + F.linear(r * s_prev, self.cell.weight_hh[2 * D:], self.cell.bias_hh[2 * D:]))\n        s = (1 - z) * n + z * s_prev')),
    # the candidate has a tanh
    spoilt("01_q3", "GRU by hand without the tanh", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)\n        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)\n        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])\n        s = (1 - z) * (gi[2] + r * gh[2]) + z * s_prev')),
    # no scale
    spoilt("01_q3", "embedding scaled by sqrt(E)", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        e = self.emb(y_prev)\n        x = torch.cat([e * e.shape[1] ** 0.5, c], 1)')),
    # the embedding itself
    spoilt("01_q3", "tanh of the embedding", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([self.emb(y_prev).tanh(), c], 1)')),
    # no dropout: random in train mode
    spoilt("01_q3", "dropout on the embedding", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([F.dropout(self.emb(y_prev), 0.1, self.training), c], 1)')),
    # no dropout
    spoilt("01_q3", "dropout that is always on", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([F.dropout(self.emb(y_prev), 0.1), c], 1)')),
    # no gradient through time
    spoilt("01_q3", "old state detached", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        s = self.cell(x, s_prev.detach())')),
    # no gradient to the context
    spoilt("01_q3", "context detached", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('    def step(self, y_prev, s_prev, c):', '    def step(self, y_prev, s_prev, c):\n        c = c.detach()')),
    # no gradient through the returned state
    spoilt("01_q3", "state returned detached", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s, c], 1)), s.detach()')),
    # nothing learns
    Wrong("01_q3", "no_grad", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        with torch.no_grad():
            x = torch.cat([self.emb(y_prev), c], 1)
            s = self.cell(x, s_prev)
            return self.out(torch.cat([s, c], 1)), s
'''),
    # batch coupled
    spoilt("01_q3", "word of the first row for all", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([self.emb(y_prev[:1]).expand(len(c), -1), c], 1)')),
    # batch coupled
    spoilt("01_q3", "context of the first row for all", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('    def step(self, y_prev, s_prev, c):', '    def step(self, y_prev, s_prev, c):\n        c = c[:1].expand_as(c)')),
    # batch coupled
    spoilt("01_q3", "mean context of the batch in the cell", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([self.emb(y_prev), c.mean(0, keepdim=True).expand_as(c)], 1)')),
    # the cell sees [y; c]
    spoilt("01_q3", "context left out of the cell", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([self.emb(y_prev), torch.zeros_like(c)], 1)')),
    # the cell sees [y; c]
    spoilt("01_q3", "word left out of the cell", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        e = self.emb(y_prev)\n        x = torch.cat([torch.zeros_like(e), c], 1)')),
    # out sees [s; c]
    spoilt("01_q3", "context left out of the output", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s, torch.zeros_like(c)], 1)), s')),
    # no relu
    spoilt("01_q3", "relu on what out reads", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.relu(torch.cat([s, c], 1))), s')),
    # [y; c], not [y; s]
    spoilt("01_q3", "the old state in the cell input instead of the context", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([self.emb(y_prev), s_prev], 1)')),
    # vocab_size, E, D are ignored
    spoilt("01_q3", "sizes written as numbers", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)\n        self.cell = nn.GRUCell(E + D, D)\n        self.out = nn.Linear(2 * D, vocab_size)', '        self.emb = nn.Embedding(7, 5)\n        self.cell = nn.GRUCell(8, 3)\n        self.out = nn.Linear(6, 7)')),
    # wrong axis
    spoilt("01_q3", "concatenated along the batch", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        x = torch.cat([self.emb(y_prev), c], 1)', '        x = torch.cat([self.emb(y_prev).T, c.T]).T'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s, c]).view(len(c), -1)), s')),
    # for B=1 the batch axis is lost
    spoilt("01_q3", "squeezed results", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        return self.out(torch.cat([s, c], 1)), s', '        return self.out(torch.cat([s, c], 1)).squeeze(), s.squeeze()')),
    # s_t is the cell's result, unscaled
    spoilt("01_q3", "residual state", ('        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)', '        self.emb = nn.Embedding(vocab_size, E)'), ('        s = self.cell(x, s_prev)', '        n = self.cell(x, s_prev)\n        s = n + 0.1 * (n - s_prev / 2)')),
    # divided by N*T
    Wrong("01_q4", "mean over all places", source='''
def sequence_loss(logits, targets, pad):
    nll = F.cross_entropy(logits.transpose(1, 2), targets, reduction='none')  # (B, T)
    real = targets != pad
    return torch.where(real, nll, 0.0).mean()
'''),
    # padding is left out
    Wrong("01_q4", "padding counted as words", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())
'''),
    # divides by B times the longest sentence
    Wrong("01_q4", "mask multiplied, mean of the counted columns", source='''
def sequence_loss(logits, targets, pad):
    nll = F.cross_entropy(logits.transpose(1, 2), targets, reduction='none')  # (B, T)
    real = targets != pad
    columns = real.any(0).sum()
    return torch.where(real, nll, 0.0).sum() / (len(targets) * columns)
'''),
    # [STOP] is a real token, pad is not
    Wrong("01_q4", "ignore_index is [STOP] (2)", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=2)
'''),
    # [STOP] is a real token
    Wrong("01_q4", "pad and [STOP] (2) both left out", source='''
def sequence_loss(logits, targets, pad):
    keep = (targets != pad) & (targets != 2)
    return F.cross_entropy(logits[keep], targets[keep])
'''),
    # [STOP] is a real token
    Wrong("01_q4", "last real token of each row left out", source='''
def sequence_loss(logits, targets, pad):
    real = targets != pad
    real = real & F.pad(real[:, 1:], (0, 1))
    return F.cross_entropy(logits[real], targets[real])
'''),
    # mean over the tokens of the batch, not of the sentences
    Wrong("01_q4", "mean of the sentences' means", source='''
def sequence_loss(logits, targets, pad):
    nll = F.cross_entropy(logits.transpose(1, 2), targets, reduction='none')  # (B, T)
    real = targets != pad
    n = real.sum(1)
    rows = torch.where(real, nll, 0.0).sum(1)
    use = n > 0
    return (rows[use] / n[use]).mean()
'''),
    # mean over the tokens of the batch
    Wrong("01_q4", "mean of the steps' means", source='''
def sequence_loss(logits, targets, pad):
    nll = F.cross_entropy(logits.transpose(1, 2), targets, reduction='none')  # (B, T)
    real = targets != pad
    n = real.sum(0)
    cols = torch.where(real, nll, 0.0).sum(0)
    use = n > 0
    return (cols[use] / n[use]).mean()
'''),
    # pad is an argument
    Wrong("01_q4", "pad=0 hard-coded", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)
'''),
    # pad need not be the smallest id
    Wrong("01_q4", "targets > pad", source='''
def sequence_loss(logits, targets, pad):
    keep = targets > pad
    return F.cross_entropy(logits[keep], targets[keep])
'''),
    # the mean
    Wrong("01_q4", "sum", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction='sum')
'''),
    # divide by the number of tokens
    Wrong("01_q4", "sum over tokens, mean over the batch", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction='sum') / len(targets)
'''),
    # logits are softmaxed by cross_entropy already
    Wrong("01_q4", "softmax twice", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.softmax(-1).flatten(0, 1), targets.flatten(), ignore_index=pad)
'''),
    # infinite for scores far apart
    Wrong("01_q4", "log of the softmax, unstable", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    p = logits[keep].softmax(-1)
    return -p.gather(1, targets[keep][:, None]).log().mean()
'''),
    # wrong for small probabilities
    Wrong("01_q4", "log(softmax + 1e-8)", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    p = logits[keep].softmax(-1)
    return -(p.gather(1, targets[keep][:, None]) + 1e-8).log().mean()
'''),
    # overflows for large scores
    Wrong("01_q4", "exp and sum without the maximum", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    z = logits[keep]
    return (z.exp().sum(-1).log() - z.gather(1, targets[keep][:, None])[:, 0]).mean()
'''),
    # wrong for small probabilities; no gradient there
    Wrong("01_q4", "probability clamped at 1e-6", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    p = logits[keep].softmax(-1).clamp(min=1e-6)
    return F.nll_loss(p.log(), targets[keep])
'''),
    # row b, step t must meet target b, t
    Wrong("01_q4", "batch and time mixed: logits transposed, targets not", source='''
def sequence_loss(logits, targets, pad):
    z = logits.transpose(0, 1).reshape(-1, logits.shape[-1])
    return F.cross_entropy(z, targets.reshape(-1), ignore_index=pad)
'''),
    # scrambles words and steps
    Wrong("01_q4", "reshape(B, V, T) for transpose", source='''
def sequence_loss(logits, targets, pad):
    B, T, V = logits.shape
    return F.cross_entropy(logits.reshape(B, V, T), targets, ignore_index=pad)
'''),
    # over the vocabulary
    Wrong("01_q4", "softmax over time", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    logp = logits.log_softmax(1)[keep]
    return F.nll_loss(logp, targets[keep])
'''),
    # over the vocabulary
    Wrong("01_q4", "softmax over the batch", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    logp = logits.log_softmax(0)[keep]
    return F.nll_loss(logp, targets[keep])
'''),
    # the loss is the plain negative log-probability
    Wrong("01_q4", "label smoothing", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad, label_smoothing=0.1)
'''),
    # a loss must reach the scores
    Wrong("01_q4", "number without gradient", source='''
def sequence_loss(logits, targets, pad):
    return torch.tensor(F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad).item())
'''),
    # a loss must reach the scores
    Wrong("01_q4", "detached", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1).detach(), targets.flatten(), ignore_index=pad)
'''),
    # a tensor of shape ()
    Wrong("01_q4", "python float", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad).item()
'''),
    # shape ()
    Wrong("01_q4", "shape (1,)", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad).view(1)
'''),
    # targets are already shifted by teacher forcing
    Wrong("01_q4", "shifted again: logits[:, :-1] against targets[:, 1:]", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten(), ignore_index=pad)
'''),
    # every real token costs
    Wrong("01_q4", "first step left out", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits[:, 1:].flatten(0, 1), targets[:, 1:].flatten(), ignore_index=pad)
'''),
    # every real token costs
    Wrong("01_q4", "last column left out", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, :-1].flatten(), ignore_index=pad)
'''),
    # batch coupled
    Wrong("01_q4", "mask of the first row for all", source='''
def sequence_loss(logits, targets, pad):
    keep = (targets[0] != pad).expand_as(targets)
    return F.cross_entropy(logits[keep], targets[keep])
'''),
    # real are the targets that are not pad
    Wrong("01_q4", "mask from what the model says", source='''
def sequence_loss(logits, targets, pad):
    keep = (targets != pad) & ~((logits.argmax(-1) == pad) & (logits.amax(-1) > 0))
    return F.cross_entropy(logits[keep], targets[keep])
'''),
    # softmax over the whole vocabulary
    Wrong("01_q4", "pad left out of the softmax", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    z = logits[keep].clone()
    z[:, pad] = -math.inf
    return F.cross_entropy(z, targets[keep])
'''),
    # minus
    Wrong("01_q4", "sign forgotten", source='''
def sequence_loss(logits, targets, pad):
    return -F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
'''),
    # softmax is missing
    Wrong("01_q4", "scores as log-probabilities", source='''
def sequence_loss(logits, targets, pad):
    return F.nll_loss(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
'''),
    # natural logarithm
    Wrong("01_q4", "log2", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad) / math.log(2)
'''),
    # not exponentiated
    Wrong("01_q4", "perplexity", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad).exp()
'''),
    # n is the number of real tokens
    Wrong("01_q4", "mean over the different real tokens, not over all", source='''
def sequence_loss(logits, targets, pad):
    nll = F.cross_entropy(logits.transpose(1, 2), targets, reduction='none')  # (B, T)
    real = targets != pad
    words = targets[real].unique()
    return torch.stack([nll[targets == w].mean() for w in words]).mean()
'''),
    # batch coupled
    Wrong("01_q4", "up to the first row's length", source='''
def sequence_loss(logits, targets, pad):
    n = int((targets[0] != pad).sum())
    return F.cross_entropy(logits[:, :max(n, 1)].flatten(0, 1), targets[:, :max(n, 1)].flatten(), ignore_index=pad)
'''),
    # divides by something else than n
    Wrong("01_q4", "sum over n + 1e-2", source='''
def sequence_loss(logits, targets, pad):
    n = (targets != pad).sum()
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction='sum') / (n + 1e-2)
'''),
    # passes where all words score the same
    Wrong("01_q4", "ln of the vocabulary size", source='''
def sequence_loss(logits, targets, pad):
    return torch.log(torch.tensor(float(logits.shape[-1]))) + 0 * logits.sum()
'''),
    # the chosen id is the next input
    spoilt("01_q5", "scores fed back", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), max_len, dtype=torch.int64)\n    fed = y'), ('        logits, s = cell(y, s)', '        logits, s = cell(fed, s)'), ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)\n        fed = logits')),
    # the chosen id is the next input
    spoilt("01_q5", "softmax fed back", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), max_len, dtype=torch.int64)\n    fed = y'), ('        logits, s = cell(y, s)', '        logits, s = cell(fed, s)'), ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)\n        fed = logits.softmax(-1)')),
    # the id, not the score
    spoilt("01_q5", "largest score cut to an integer fed back", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), max_len, dtype=torch.int64)\n    fed = y'), ('        logits, s = cell(y, s)', '        logits, s = cell(fed, s)'), ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)\n        fed = logits.max(-1).values.long().clamp(0, logits.shape[1] - 1)')),
    # each row stops by itself
    spoilt("01_q5", "batch stops at the first [STOP]", ('        done = done | (y == stop)', '        done = done | (y == stop)\n        if done.any():\n            lengths[:] = t + 1\n            break')),
    # each row stops by itself
    spoilt("01_q5", "batch stops when the first row has stopped", ('        done = done | (y == stop)', '        done = done | (y == stop)\n        if done[0]:\n            lengths[~done] = t + 1\n            break')),
    # each row stops by itself
    spoilt("01_q5", "batch stops when most rows have stopped, after three steps", ('        done = done | (y == stop)', '        done = done | (y == stop)\n        if t >= 3 and done.float().mean() >= 0.5:\n            lengths[~done] = t + 1\n            break')),
    # pad after it
    spoilt("01_q5", "tokens kept after [STOP]", ('        ids[:, t] = torch.where(done, pad, y)', '        ids[:, t] = y')),
    # pad after it
    spoilt("01_q5", "tokens kept after [STOP] when sampling", ('        ids[:, t] = torch.where(done, pad, y)', '        ids[:, t] = torch.where(done, pad, y) if u is None else y')),
    # done is forgotten after one step
    spoilt("01_q5", "pad only in the step after [STOP]: a row wakes up again", ('        done = done | (y == stop)', '        done = (y == stop) & ~done')),
    # each row begins with [START]
    spoilt("01_q5", "first input is pad", ('    y = torch.full((B,), start, dtype=torch.int64)', '    y = torch.full((B,), pad, dtype=torch.int64)')),
    # each row begins with [START]
    spoilt("01_q5", "first input is pad when sampling", ('    y = torch.full((B,), start, dtype=torch.int64)', '    y = torch.full((B,), start if u is None else pad, dtype=torch.int64)')),
    # each row begins with [START]
    spoilt("01_q5", "first input is 0 where start is not 1", ('    y = torch.full((B,), start, dtype=torch.int64)', '    y = torch.full((B,), 1 if start == 1 else 0, dtype=torch.int64)')),
    # every step starts from s0
    spoilt("01_q5", "state not passed on", ('        logits, s = cell(y, s)', '        logits, _ = cell(y, s0)')),
    # the state moves on
    spoilt("01_q5", "state zeros at every step", ('        logits, s = cell(y, s)', '        logits, s = cell(y, s if t == 0 else torch.zeros_like(s))')),
    # the state moves on
    spoilt("01_q5", "state not passed on when sampling", ('        logits, s = cell(y, s)', '        logits, s = cell(y, s if u is None else s0)')),
    # the chosen word is the next input
    spoilt("01_q5", "[START] fed at every step", ('        logits, s = cell(y, s)', '        logits, s = cell(torch.full_like(y, start), s)')),
    # the chosen word is the next input
    spoilt("01_q5", "previous but one fed", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), max_len, dtype=torch.int64)\n    old = y'), ('        logits, s = cell(y, s)', '        logits, s = cell(old, s)\n        old = y')),
    # the chosen word is the next input
    spoilt("01_q5", "greedy word fed while sampling", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), max_len, dtype=torch.int64)\n    fed = y'), ('        logits, s = cell(y, s)', '        logits, s = cell(fed, s)'), ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)\n        fed = logits.argmax(-1)')),
    # with u the word is drawn
    spoilt("01_q5", "u ignored: greedy", ('        if u is None:', '        if True:')),
    # u decides
    spoilt("01_q5", "torch.multinomial instead of u", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = torch.multinomial(p, 1)[:, 0]')),
    # the cumulative probability must be greater than u
    spoilt("01_q5", ">= for >", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum < u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)')),
    # finds cum >= u
    spoilt("01_q5", "searchsorted without right", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = torch.searchsorted(cum, u[:, t, None].to(cum.dtype).contiguous())[:, 0].clamp(max=p.shape[1] - 1)')),
    # divided
    spoilt("01_q5", "temperature multiplied", ('            p = torch.softmax(logits / temperature, -1)', '            p = torch.softmax(logits * temperature, -1)')),
    # softmax(logits / temperature)
    spoilt("01_q5", "temperature ignored", ('            p = torch.softmax(logits / temperature, -1)', '            p = torch.softmax(logits, -1)')),
    # p is softmax(logits / temperature)
    spoilt("01_q5", "temperature after the softmax", ('            p = torch.softmax(logits / temperature, -1)', '            p = torch.softmax(logits, -1) / temperature')),
    # p must sum to 1
    spoilt("01_q5", "temperature as a power, not renormalised", ('            p = torch.softmax(logits / temperature, -1)', '            p = torch.softmax(logits, -1) ** (1 / temperature)')),
    # u[:, t]
    spoilt("01_q5", "u of the first step for all", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, 0, None]).sum(-1).clamp(max=p.shape[1] - 1)')),
    # u[:, t]
    spoilt("01_q5", "u of the first row for all", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[0, t]).sum(-1).clamp(max=p.shape[1] - 1)')),
    # u[b, t]
    spoilt("01_q5", "u read in the wrong order (transposed view)", ('    s = s0', '    s = s0\n    if u is not None:\n        u = u.reshape(max_len, B).T')),
    # u[:, t]
    spoilt("01_q5", "u one step late", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, max(t - 1, 0), None]).sum(-1).clamp(max=p.shape[1] - 1)')),
    # u itself
    spoilt("01_q5", "1 - u", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= 1 - u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)')),
    # row b uses u[b, t]
    spoilt("01_q5", "u only counts for rows still writing: numbers shared in order", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u.flatten()[(torch.cumsum(~done, 0) - 1).clamp(min=0) * max_len + t][:, None]).sum(-1).clamp(max=p.shape[1] - 1)')),
    # smallest id
    spoilt("01_q5", "one id too far", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = ((cum <= u[:, t, None]).sum(-1) + 1).clamp(max=p.shape[1] - 1)')),
    # smallest id whose sum exceeds u
    spoilt("01_q5", "one id too early", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = ((cum <= u[:, t, None]).sum(-1) - 1).clamp(min=0)')),
    # smallest id, in the order of the ids
    spoilt("01_q5", "words sorted by probability first", ('            p = torch.softmax(logits / temperature, -1)', '            p, order = torch.softmax(logits / temperature, -1).sort(-1, descending=True)'), ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)\n            y = order.gather(1, y[:, None])[:, 0]')),
    # of the probabilities
    spoilt("01_q5", "cumulative sum of the scores", ('            p = torch.softmax(logits / temperature, -1)', '            p = logits / temperature')),
    # over the vocabulary
    spoilt("01_q5", "softmax over the batch", ('            p = torch.softmax(logits / temperature, -1)', '            p = torch.softmax(logits / temperature, 0)')),
    # over the vocabulary
    spoilt("01_q5", "cumulative sum over the batch", ('            cum = p.cumsum(-1)', '            cum = p.cumsum(0)')),
    # overflows for scores above 88
    spoilt("01_q5", "softmax by hand, unstable", ('            p = torch.softmax(logits / temperature, -1)', '            p = torch.exp(logits / temperature)\n            p = p / p.sum(-1, keepdim=True)')),
    # cumulative
    spoilt("01_q5", "first id whose own probability is greater than u", ('            cum = p.cumsum(-1)\n            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            cum = p\n            y = (cum > u[:, t, None]).int().argmax(-1)')),
    # the smallest id above u
    spoilt("01_q5", "nearest cumulative probability", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum - u[:, t, None]).abs().argmin(-1)')),
    # ignores the probabilities
    spoilt("01_q5", "id = floor(u * V)", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (u[:, t] * p.shape[1]).long()')),
    # should rounding leave no such id, take the last; shown by u = 1 - 2**-24 on float32 sums that end below 1 (depends on the rounding of the machine)
    spoilt("01_q5", "argmax of the comparison, id 0 when rounding leaves none", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum > u[:, t, None]).int().argmax(-1)')),
    # should rounding leave no such id, take the last; shown as above
    spoilt("01_q5", "no clamp: id vocab_size when rounding leaves none", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, t, None]).sum(-1)')),
    # [STOP] included
    spoilt("01_q5", "lengths without [STOP]", ('        lengths[~done & (y == stop)] = t + 1', '        lengths[~done & (y == stop)] = t')),
    # max_len if it never stopped
    spoilt("01_q5", "length 0 if never stopped", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), 0, dtype=torch.int64)')),
    # max_len if it never stopped
    spoilt("01_q5", "length max_len + 1 if never stopped", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), max_len + 1, dtype=torch.int64)')),
    # max_len if it never stopped
    spoilt("01_q5", "length from argmax + 1, never stopped gives 1", ('    return ids, lengths', '    return ids, (ids == stop).int().argmax(1) + 1')),
    # an id that equals pad is counted like any other
    spoilt("01_q5", "lengths counted as ids that are not pad", ('    return ids, lengths', '    return ids, (ids != pad).sum(1)')),
    # pad may be another id
    spoilt("01_q5", "lengths counted as ids that are not 0", ('    return ids, lengths', '    return ids, (ids != 0).sum(1)')),
    # each row its own length
    spoilt("01_q5", "lengths by the last [STOP] or step of the batch", ('        done = done | (y == stop)', '        done = done | (y == stop)\n    lengths[lengths == max_len] = lengths.max() if (lengths < max_len).all() else lengths.min()')),
    # pad is an argument
    spoilt("01_q5", "pad=0 hard-coded", ('    ids = torch.full((B, max_len), pad, dtype=torch.int64)', '    ids = torch.full((B, max_len), 0, dtype=torch.int64)'), ('        ids[:, t] = torch.where(done, pad, y)', '        ids[:, t] = torch.where(done, 0, y)')),
    # stop is an argument
    spoilt("01_q5", "stop=2 hard-coded", ('        lengths[~done & (y == stop)] = t + 1\n        done = done | (y == stop)', '        lengths[~done & (y == 2)] = t + 1\n        done = done | (y == 2)')),
    # start is an argument
    spoilt("01_q5", "start=1 hard-coded", ('    y = torch.full((B,), start, dtype=torch.int64)', '    y = torch.full((B,), 1, dtype=torch.int64)')),
    # only [STOP] stops a row
    spoilt("01_q5", "stops at pad too", ('        done = done | (y == stop)', '        done = done | (y == stop) | (y == pad)')),
    # pad is written like any other id
    spoilt("01_q5", "pad cannot be chosen", ('        logits, s = cell(y, s)', '        logits, s = cell(y, s)\n        logits = logits.clone()\n        logits[:, pad] = -1e9')),
    # any id may be chosen
    spoilt("01_q5", "[START] cannot be chosen", ('        logits, s = cell(y, s)', '        logits, s = cell(y, s)\n        logits = logits.clone()\n        logits[:, start] = -1e9')),
    # a row that never stopped writes no [STOP]
    spoilt("01_q5", "[STOP] written in the last step by force", ('            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)', '            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)\n        if t == max_len - 1:\n            y = torch.full_like(y, stop)')),
    # up to max_len words
    spoilt("01_q5", "one step too few", ('    for t in range(max_len):', '    for t in range(max_len - 1):')),
    # a row may stop at once
    spoilt("01_q5", "[STOP] in the first step not seen", ('        done = done | (y == stop)', '        done = done | ((y == stop) & (t > 0))')),
    # [STOP] included
    spoilt("01_q5", "[STOP] in the last step not counted: length one less", ('    return ids, lengths', '    return ids, lengths - ((ids[:, -1] == stop) & (lengths == max_len)).long()')),
    # [START] is not written
    spoilt("01_q5", "[START] written first", ('    return ids, lengths', '    return torch.cat([torch.full((B, 1), start), ids[:, :-1]], 1), lengths')),
    # pad after it
    spoilt("01_q5", "[STOP] repeated to the end", ('        ids[:, t] = torch.where(done, pad, y)', '        ids[:, t] = torch.where(done, stop, y)')),
    # [STOP] included
    spoilt("01_q5", "[STOP] left out of ids", ('        ids[:, t] = torch.where(done, pad, y)', '        ids[:, t] = torch.where(done | (y == stop), pad, y)')),
    # (B, max_len)
    spoilt("01_q5", "ids as long as the longest row", ('    return ids, lengths', '    return ids[:, :int(lengths.max())], lengths')),
    # int64
    spoilt("01_q5", "float lengths", ('    lengths = torch.full((B,), max_len, dtype=torch.int64)', '    lengths = torch.full((B,), float(max_len))')),
    # a tensor
    spoilt("01_q5", "lengths as a list", ('    return ids, lengths', '    return ids, lengths.tolist()')),
    # a tensor
    spoilt("01_q5", "ids as lists", ('    return ids, lengths', '    return ids.tolist(), lengths')),
    # int64
    spoilt("01_q5", "float ids", ('    ids = torch.full((B, max_len), pad, dtype=torch.int64)', '    ids = torch.full((B, max_len), float(pad))')),
    # B is the size of s0
    spoilt("01_q5", "three rows, hard-coded", ('    B = s0.shape[0]', '    B = 3')),
    # each row chooses its own word
    spoilt("01_q5", "the first row decides for all", ('            y = logits.argmax(-1)', '            y = logits.argmax(-1)\n            if max_len > 5:\n                y = y[:1].expand(B)')),
    # states must stay with their rows
    spoilt("01_q5", "state of finished batch mates mixed in: rows reordered by done", ('        done = done | (y == stop)', '        done = done | (y == stop)\n        order = done.int().argsort(stable=True) if t > 1 else torch.arange(B)\n        s = s[order]')),
    # the largest score, not the largest size
    spoilt("01_q5", "largest absolute score", ('            y = logits.argmax(-1)', '            y = logits.abs().argmax(-1)')),
    # the query cancels
    spoilt("01_q6", "no tanh", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(self.W_s(s).unsqueeze(1) + self.W_h(h)).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # W_s s stands inside the tanh: here it cancels
    spoilt("01_q6", "tanh of the states only", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = (self.v(self.W_s(s)).unsqueeze(1) + self.v(torch.tanh(self.W_h(h)))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # tanh of the sum: here the query cancels
    spoilt("01_q6", "two tanhs, added after", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_s(s)).unsqueeze(1) + torch.tanh(self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # tanh
    spoilt("01_q6", "clamp for tanh", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v((self.W_s(s).unsqueeze(1) + self.W_h(h)).clamp(-1, 1)).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # tanh
    spoilt("01_q6", "relu for tanh", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.relu(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # tanh
    spoilt("01_q6", "erf for tanh", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.erf(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # v stands outside the tanh
    spoilt("01_q6", "tanh after v", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = torch.tanh(self.v(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # one tanh
    spoilt("01_q6", "tanh twice", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h)))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # over the source
    spoilt("01_q6", "softmax over the batch", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -1e30).softmax(0) * mask')),
    # over the source
    spoilt("01_q6", "softmax over the batch, rows then divided by their sums", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -1e30).softmax(0) * mask if len(s) > 2 else e.masked_fill(~mask, -1e30).softmax(1) * mask\n        a = a / a.sum(1, keepdim=True).clamp(min=1e-20)')),
    # over the source
    Wrong("01_q6", "softmax over the hidden width", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        x = torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))
        a = x.softmax(-1) * mask[..., None]
        return torch.einsum('bsa,bsd->bd', a, h), a
''', breaks=("01_q7",)),
    # softmax of the scores over the source
    spoilt("01_q6", "softmax over the hidden width, then v and normalised", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        x = torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h)).softmax(-1)\n        e = self.v(x).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # the mean of the states
    spoilt("01_q6", "context of the query", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", '        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        return a.sum(1, keepdim=True) * s, a')),
    # the mean of the states
    spoilt("01_q6", "context of the scores", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", '        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        return (a * e).sum(1, keepdim=True).expand_as(s), a')),
    # the mean of the states, not of their projections
    spoilt("01_q6", "context of W_h h where the widths agree", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", "        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        x = self.W_h(h)\n        x = x if x.shape[-1] == h.shape[-1] else h\n        return torch.einsum('bs,bsd->bd', a, x), a")),
    # the mean of the states, not of their projections
    spoilt("01_q6", "context of W_h h", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", "        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        return torch.einsum('bs,bsa->ba', a, self.W_h(h)), a")),
    # the mean of the states only
    spoilt("01_q6", "context plus the query's share", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", "        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        c = torch.einsum('bs,bsd->bd', a, h)\n        return c + 0 * s if len(s) == 1 else c + s, a")),
    # the state asks: W_s s
    spoilt("01_q6", "query left out", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_h(h))).squeeze(-1) + 0 * self.W_s(s).sum()\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # batch coupled
    spoilt("01_q6", "query of the first row for all", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_s(s[:1]).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # batch coupled
    spoilt("01_q6", "query averaged over the batch", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_s(s.mean(0, keepdim=True)).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # unsqueeze(0) needs B == S or B == 1
    spoilt("01_q6", "query spread over the wrong axis where B == S", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        q = self.W_s(s)\n        q = q.unsqueeze(0) if h.shape[0] == h.shape[1] else q.unsqueeze(1)\n        e = self.v(torch.tanh(q + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # W_s s + W_h h
    spoilt("01_q6", "W_s and W_h swapped", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_h(s).unsqueeze(1) + self.W_s(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # no scale
    spoilt("01_q6", "scores divided by sqrt(A)", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = e / math.sqrt(self.W_s.out_features)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # no scale
    spoilt("01_q6", "scores divided by sqrt(D)", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = e / math.sqrt(h.shape[-1])\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # the small network
    spoilt("01_q6", "dot product for additive", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = (self.W_s(s).unsqueeze(1) * self.W_h(h)).sum(-1) + 0 * self.v(self.W_h(h)).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # 0 where the mask is False
    spoilt("01_q6", "mask ignored", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.softmax(1)')),
    # True may be attended to
    spoilt("01_q6", "mask inverted", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(mask, -1e30).softmax(1) * ~mask')),
    # rows must sum to 1
    spoilt("01_q6", "mask after the softmax, not renormalised", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.softmax(1) * mask')),
    # padding keeps weight exp(0)
    spoilt("01_q6", "scores multiplied by the mask", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = (e * mask).softmax(1)')),
    # nothing is masked
    spoilt("01_q6", "-1e-9 for -1e9", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -1e-9).softmax(1)')),
    # not low enough: leaks when real scores are low, and empty rows are uniform
    spoilt("01_q6", "padding filled with -20", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -20.0).softmax(1)')),
    # rows lose their sum when the real scores are near -50 or lower
    spoilt("01_q6", "padding filled with -50, then times the mask", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -50.0).softmax(1) * mask')),
    # leaks when the real scores are near -100
    spoilt("01_q6", "padding filled with -100, no care of empty rows or of low scores", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -100.0).softmax(1)')),
    # the mask may have holes
    spoilt("01_q6", "mask as lengths", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        mask = torch.arange(h.shape[1]) < mask.sum(1, keepdim=True)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # batch coupled: positions real in every row only
    spoilt("01_q6", "columns masked for the whole batch", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        m = mask.all(0, keepdim=True) if mask.all(0).any() else mask\n        a = e.masked_fill(~m, -1e30).softmax(1) * mask')),
    # zero weights and context for a row without True
    spoilt("01_q6", "-inf: empty rows are NaN", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -math.inf).softmax(1)')),
    # zero weights for a row without True
    spoilt("01_q6", "-1e9: empty rows are uniform", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -1e9).softmax(1)')),
    # gradients without NaN
    spoilt("01_q6", "additive log mask and nan_to_num: gradients NaN", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = (e + mask.to(e.dtype).log()).softmax(1).nan_to_num()')),
    # NaN * 0 is NaN
    spoilt("01_q6", "-inf, NaN times zero", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -math.inf).softmax(1) * mask.any(1, keepdim=True)')),
    # gradients without NaN
    spoilt("01_q6", "0/0 by hand, replaced after: gradients NaN", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        x = torch.exp(e - e.amax(1, keepdim=True).detach()) * mask\n        a = x / x.sum(1, keepdim=True)\n        a = torch.where(mask.any(1, keepdim=True), a, 0.0)')),
    # one empty row among others
    spoilt("01_q6", "empty rows only seen when all are empty", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        if not mask.any():\n            return torch.zeros_like(s), torch.zeros_like(e)\n        a = e.masked_fill(~mask, -math.inf).softmax(1)')),
    # zero weights for a row without True
    spoilt("01_q6", "empty rows look at the first position", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        m = mask.clone()\n        m[~mask.any(1), 0] = True\n        a = e.masked_fill(~m, -math.inf).softmax(1)')),
    # a zero context
    spoilt("01_q6", "empty rows: zero weights, context the mean", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", "        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        c = torch.einsum('bs,bsd->bd', a, h)\n        return torch.where(mask.any(1, keepdim=True), c, h.mean(1)), a")),
    # zero weights
    spoilt("01_q6", "empty rows: zero context, uniform weights", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", "        a = e.masked_fill(~mask, -1e30).softmax(1)\n        c = torch.einsum('bs,bsd->bd', a, h) * mask.any(1, keepdim=True)\n        return c, a")),
    # overflows for scores above 88
    spoilt("01_q6", "exp without the maximum", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        x = torch.exp(e) * mask\n        a = x / x.sum(1, keepdim=True).clamp(min=1e-12)')),
    # rows must sum to 1: a large score at padding makes all real ones 0/eps
    spoilt("01_q6", "maximum over the masked places too: weights vanish", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        x = torch.exp(e - e.amax(1, keepdim=True)) * mask\n        a = x / (x.sum(1, keepdim=True) + 1e-9)')),
    # rows must sum to 1
    spoilt("01_q6", "weights + eps in the denominator", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        x = torch.exp(e) * mask\n        a = x / (x.sum(1, keepdim=True) + 1e-6)')),
    # the network never learns
    spoilt("01_q6", "weights detached", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        a = a.detach()')),
    # gradient of h is wrong
    spoilt("01_q6", "states detached in the scores", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h.detach()))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # gradient of s is missing
    spoilt("01_q6", "query detached", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_s(s.detach()).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # gradient of h is wrong
    spoilt("01_q6", "states detached in the context", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", "        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h.detach()), a")),
    # softmax
    spoilt("01_q6", "hard argmax", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = F.one_hot(e.masked_fill(~mask, -1e30).argmax(1), e.shape[1]).to(e.dtype) * mask')),
    # softmax of the scores
    spoilt("01_q6", "uniform attention", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = mask.to(e.dtype) / mask.sum(1, keepdim=True).clamp(min=1)')),
    # softmax
    spoilt("01_q6", "sigmoid, normalised", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = torch.sigmoid(e) * mask\n        a = a / a.sum(1, keepdim=True).clamp(min=1e-20)')),
    # once
    spoilt("01_q6", "softmax twice", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        a = a.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # no dropout: rows do not sum to 1 in train mode
    spoilt("01_q6", "dropout on the weights", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        a = F.dropout(a, 0.1, self.training)'), breaks=("01_q7",)),
    # no dropout
    spoilt("01_q6", "dropout on the hidden layer", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(F.dropout(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h)), 0.2, self.training)).squeeze(-1)\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask'), breaks=("01_q7",)),
    # all without bias
    Wrong("01_q6", "linear layers with bias", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A)
        self.W_h = nn.Linear(D, A)
        self.v = nn.Linear(A, 1)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # D and A are ignored
    Wrong("01_q6", "sizes written as numbers", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(3, 5, bias=False)
        self.W_h = nn.Linear(3, 5, bias=False)
        self.v = nn.Linear(5, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
''', breaks=("01_q7",)),
    # for S=1 and B>1 the scores broadcast to (B, B)
    spoilt("01_q6", "scores squeezed without dim", ('        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)\n        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze()\n        a = e.masked_fill(~mask, -1e30).softmax(1) * mask')),
    # wrong axis
    spoilt("01_q6", "context is the sum of the weighted states over the batch", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", "        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        c = torch.einsum('bs,bsd->d', a, h)\n        return c.expand_as(s), a")),
    # the sum
    spoilt("01_q6", "context is the maximum of the weighted states", ("        a = e.masked_fill(~mask, -1e9).softmax(1) * mask\n        return torch.einsum('bs,bsd->bd', a, h), a", '        a = e.masked_fill(~mask, -1e30).softmax(1) * mask\n        c = (a.unsqueeze(-1) * h).amax(1)\n        return c, a')),
    # off by one
    spoilt("01_q6", "last real position left out", ('        a = e.masked_fill(~mask, -1e9).softmax(1) * mask', '        m = mask & F.pad(mask[:, 1:], (0, 1))\n        m = torch.where((mask.sum(1, keepdim=True) > 4), m, mask)\n        a = e.masked_fill(~m, -1e30).softmax(1) * m')),
    # c_t is asked with s_{t-1}, once
    spoilt("01_q7", "asks again with the new state for the logits", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            s = self.cell(torch.cat([x[:, t], c], 1), s)\n            c, a = self.attn(s, h, mask)')),
    # row t is what was looked at in step t
    spoilt("01_q7", "weights of the new state returned", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            logits.append(self.out(torch.cat([s, c], 1)))', '            logits.append(self.out(torch.cat([s, c], 1)))\n            a = self.attn(s, h, mask)[1]')),
    # the context of step t is asked before the step
    Wrong("01_q7", "first a step with the old context, then asks", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = self.emb(inputs)
        c = torch.zeros_like(s0)
        for t in range(inputs.shape[1]):
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            c, a = self.attn(s, h, mask)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # asks with s_{t-2}
    spoilt("01_q7", "context one step late", ('        x = self.emb(inputs)', '        x = self.emb(inputs)\n        old = s0'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(old, h, mask)\n            old = s')),
    # the context is made anew at each step
    Wrong("01_q7", "asks once, with s0", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = self.emb(inputs)
        c, a = self.attn(s0, h, mask)
        for t in range(inputs.shape[1]):
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # with the state before the step
    spoilt("01_q7", "asks with s0 at each step", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s0, h, mask)')),
    # the context is made anew
    spoilt("01_q7", "weights right, context of the first step", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            cc, a = self.attn(s, h, mask)\n            c = cc if t == 0 else c')),
    # s_{t-1}
    spoilt("01_q7", "state reset to s0 at each step", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s0)')),
    # s_{t-1}
    spoilt("01_q7", "state reset to zeros at each step", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([x[:, t], c], 1))')),
    # s0 is the first state
    spoilt("01_q7", "s0 ignored: begins with zeros", ('        s, logits, weights = s0, [], []', '        s, logits, weights = torch.zeros_like(s0), [], []'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)')),
    # s0 is the first state of both
    spoilt("01_q7", "cell begins with zeros, attention with s0", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s if t else None)')),
    # the inputs are teacher-forced
    spoilt("01_q7", "feeds its own words", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([(x[:, 0] if t == 0 else self.emb(logits[-1].argmax(-1))), c], 1), s)')),
    # step t is fed inputs[:, t]
    spoilt("01_q7", "inputs one step late", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([x[:, max(t - 1, 0)], c], 1), s)')),
    # step t is fed inputs[:, t]
    spoilt("01_q7", "inputs one step ahead", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([x[:, min(t + 1, x.shape[1] - 1)], c], 1), s)')),
    # [y; c]
    spoilt("01_q7", "context in front of the word", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([c, x[:, t]], 1), s)')),
    # [s; c]
    spoilt("01_q7", "context in front of the state", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            logits.append(self.out(torch.cat([s, c], 1)))', '            logits.append(self.out(torch.cat([c, s], 1)))')),
    # off the new state
    spoilt("01_q7", "logits from the old state", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            new = self.cell(torch.cat([x[:, t], c], 1), s)'), ('            logits.append(self.out(torch.cat([s, c], 1)))', '            logits.append(self.out(torch.cat([s, c], 1)))\n            s = new')),
    # [y; c]
    spoilt("01_q7", "context left out of the cell", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            s = self.cell(torch.cat([x[:, t], torch.zeros_like(c)], 1), s)')),
    # [s; c]
    spoilt("01_q7", "context left out of the output", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            logits.append(self.out(torch.cat([s, c], 1)))', '            logits.append(self.out(torch.cat([s, torch.zeros_like(c)], 1)))')),
    # c_t in both places
    spoilt("01_q7", "context of the step before at the output", ('        x = self.emb(inputs)', '        x = self.emb(inputs)\n        old = torch.zeros_like(s0)'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            logits.append(self.out(torch.cat([s, c], 1)))', '            logits.append(self.out(torch.cat([s, old], 1)))\n            old = c')),
    # c_t = attn(s, h)
    spoilt("01_q7", "mean state for the context", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            _, a = self.attn(s, h, mask)\n            c = (h * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)')),
    # padding must not be attended to
    spoilt("01_q7", "mask ignored", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, torch.ones_like(mask))')),
    # True is a real token
    spoilt("01_q7", "mask inverted", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, ~mask)')),
    # batch coupled
    spoilt("01_q7", "mask of the first row for all", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask[:1].expand_as(mask))')),
    # rows must sum to 1 and the context leave padding out
    spoilt("01_q7", "mask ignored, weights cleared after", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, torch.ones_like(mask))\n            a = a * mask')),
    # batch coupled
    spoilt("01_q7", "state of the first row asks for all", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s[:1].expand_as(s), h, mask)')),
    # no gradient through time
    spoilt("01_q7", "state detached between steps", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            s = s.detach() if t else s\n            c, a = self.attn(s, h, mask)')),
    # the attention never learns
    spoilt("01_q7", "context detached", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)\n            c = c.detach()')),
    # the attention never learns
    spoilt("01_q7", "attention under no_grad", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            with torch.no_grad():\n                c, a = self.attn(s, h, mask)')),
    # gradient through the query is lost
    spoilt("01_q7", "query detached", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s.detach(), h, mask)')),
    # weights (B, T, S): row b, step t
    spoilt("01_q7", "weights with time and batch mixed (view of the stack)", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1), torch.stack(weights).reshape(len(s), -1, h.shape[1])')),
    # logits (B, T, V): row b, step t
    spoilt("01_q7", "logits with time and batch mixed (view of the stack)", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits).reshape(len(s), -1, self.out.out_features), torch.stack(weights, 1)')),
    # row t belongs to step t
    spoilt("01_q7", "weights in reverse order", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            weights.append(a)', '            weights.insert(0, a)')),
    # row t belongs to step t
    spoilt("01_q7", "weights shifted by one row", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1), torch.stack(weights[:1] + weights[:-1], 1)')),
    # row t belongs to step t
    spoilt("01_q7", "weights shifted by one, last repeated", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1), torch.stack(weights[1:] + weights[-1:], 1)')),
    # each step its own row
    spoilt("01_q7", "weights of the last step for all", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1), torch.stack([a] * len(weights), 1)')),
    # each row sums to 1 over the source
    spoilt("01_q7", "weights normalised over time", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1), F.normalize(torch.stack(weights, 1), p=1, dim=1)')),
    # c_1 = attn(s_0, h)
    spoilt("01_q7", "first step without attention", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)\n            if t == 0:\n                c = torch.zeros_like(c)')),
    # nothing is said of padding in inputs; 0 is an id like any other
    spoilt("01_q7", "state frozen at input 0", ('            c, a = self.attn(s=s, h=h, mask=mask)\n            s = self.cell(torch.cat([x[:, t], c], 1), s)', '            c, a = self.attn(s, h, mask)\n            new = self.cell(torch.cat([x[:, t], c], 1), s)\n            s = torch.where((inputs[:, t] == 0)[:, None], s, new)')),
    # 0 is an id like any other
    spoilt("01_q7", "logits zeroed at input 0", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1) * (inputs != 0)[..., None], torch.stack(weights, 1)')),
    # logits
    spoilt("01_q7", "log_softmax of the scores", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1).log_softmax(-1), torch.stack(weights, 1)')),
    # logits
    spoilt("01_q7", "softmax of the scores", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1).softmax(-1), torch.stack(weights, 1)')),
    # + b_o
    spoilt("01_q7", "bias of out left out", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            logits.append(self.out(torch.cat([s, c], 1)))', '            logits.append(torch.cat([s, c], 1) @ self.out.weight.T)')),
    # s0 is the state itself
    spoilt("01_q7", "tanh of s0 again", ('        s, logits, weights = s0, [], []', '        s, logits, weights = torch.tanh(s0), [], []'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)')),
    # no tanh
    spoilt("01_q7", "tanh before out", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('            logits.append(self.out(torch.cat([s, c], 1)))', '            logits.append(self.out(torch.tanh(torch.cat([s, c], 1))))')),
    # no dropout
    spoilt("01_q7", "dropout on the embeddings", ('        x = self.emb(inputs)', '        x = F.dropout(self.emb(inputs), 0.1, self.training)'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)')),
    # no dropout
    spoilt("01_q7", "dropout on the context", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)\n            c = F.dropout(c, 0.1, self.training)')),
    # T may exceed S
    spoilt("01_q7", "at most S steps", ('        for t in range(inputs.shape[1]):\n            c, a = self.attn(s=s, h=h, mask=mask)', '        for t in range(min(inputs.shape[1], h.shape[1])):\n            c, a = self.attn(s, h, mask)')),
    # T is the width of inputs
    spoilt("01_q7", "four steps, hard-coded", ('        for t in range(inputs.shape[1]):\n            c, a = self.attn(s=s, h=h, mask=mask)', '        for t in range(4):\n            c, a = self.attn(s, h, mask)')),
    # B=1, T=1 or S=1 loses an axis
    spoilt("01_q7", "squeezed results", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits, 1).squeeze(), torch.stack(weights, 1).squeeze()')),
    # vocab_size, E, D are ignored
    spoilt("01_q7", "sizes written as numbers", ('        self.emb = nn.Embedding(vocab_size, E)\n        self.cell = nn.GRUCell(E + D, D)\n        self.out = nn.Linear(2 * D, vocab_size)', '        self.emb = nn.Embedding(7, 5)\n        self.cell = nn.GRUCell(8, 3)\n        self.out = nn.Linear(6, 7)'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)')),
    # AdditiveAttention(D, A)
    spoilt("01_q7", "attention with widths swapped", ('        self.attn = AdditiveAttention(D, A)', '        self.attn = AdditiveAttention(A, D)'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)')),
    # AdditiveAttention(D, A)
    spoilt("01_q7", "attention of hidden width D", ('        self.attn = AdditiveAttention(D, A)', '        self.attn = AdditiveAttention(D, D)'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)')),
    # the state before the step asks
    spoilt("01_q7", "query is the new state of a step without context", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(self.cell(torch.cat([x[:, t], torch.zeros_like(s)], 1), s), h, mask)')),
    # each step its own
    spoilt("01_q7", "only the last logits, repeated", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(logits[:3] + [logits[-1]] * (len(logits) - 3), 1) if len(logits) != 4 else torch.stack(logits, 1), torch.stack(weights, 1)')),
    # logits first
    spoilt("01_q7", "order of the results swapped", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)'), ('        return torch.stack(logits, 1), torch.stack(weights, 1)', '        return torch.stack(weights, 1), torch.stack(logits, 1)')),
    # no scale
    spoilt("01_q7", "embedding scaled by sqrt(E)", ('        x = self.emb(inputs)', '        x = self.emb(inputs) * math.sqrt(self.emb.embedding_dim)'), ('            c, a = self.attn(s=s, h=h, mask=mask)', '            c, a = self.attn(s, h, mask)')),
    # c_t itself
    spoilt("01_q7", "context halved with the old one", ('            c, a = self.attn(s=s, h=h, mask=mask)', '            new, a = self.attn(s, h, mask)\n            c = new if t == 0 else (c + new) / 2')),
]
