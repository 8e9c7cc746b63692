"""More wrong answers to assignment 1, written from the task's text alone, without sight of the reference or its tests."""

from banks.entries import Wrong

WRONG_BY_TEXT = [
    # the state at the padded end
    Wrong("01_q1", "h[:, -1]", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        return h, torch.tanh(self.init(h[:, -1]))
'''),
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
    Wrong("01_q1", "state at the longest length of the batch for all", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        n = int(mask.sum(1).max())
        return h, torch.tanh(self.init(h[:, n - 1]))
'''),
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
    Wrong("01_q1", "state at the shortest length for all", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        n = int(mask.sum(1).min())
        return h, torch.tanh(self.init(h[:, n - 1]))
'''),
    # s0 = tanh(W h + b)
    Wrong("01_q1", "tanh forgotten", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, self.init(last)
'''),
    # tanh comes last
    Wrong("01_q1", "tanh before the linear layer", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, self.init(torch.tanh(last))
'''),
    # tanh is asked for
    Wrong("01_q1", "sigmoid for tanh", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.sigmoid(self.init(last))
'''),
    # + b
    Wrong("01_q1", "bias of init left out", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(last @ self.init.weight.T)
'''),
    # W h, not W^T h
    Wrong("01_q1", "init.weight transposed", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(last @ self.init.weight + self.init.bias)
'''),
    # real tokens are told by the mask; id 0 may be a word, the padding any id
    Wrong("01_q1", "lengths from src != 0", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        n = (src != 0).sum(1)
        return h, torch.tanh(self.init(h[torch.arange(len(src)), n - 1]))
'''),
    # off by one: the last word is never read
    Wrong("01_q1", "state before the last real one", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        n = (mask.sum(1) - 2).clamp(min=0)
        return h, torch.tanh(self.init(h[torch.arange(len(src)), n]))
'''),
    # off by one: has read one padding
    Wrong("01_q1", "one state too far, clamped", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        n = mask.sum(1).clamp(max=src.shape[1] - 1)
        return h, torch.tanh(self.init(h[torch.arange(len(src)), n]))
'''),
    # the last state, not the mean
    Wrong("01_q1", "mean over the real states", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        m = mask.unsqueeze(-1)
        return h, torch.tanh(self.init((h * m).sum(1) / m.sum(1)))
'''),
    # the last state, not the maximum
    Wrong("01_q1", "maximum over the real states", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        return h, torch.tanh(self.init(h.masked_fill(~mask[..., None], -1e9).amax(1)))
'''),
    # the last state, not the sum
    Wrong("01_q1", "sum of the real states", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        return h, torch.tanh(self.init((h * mask[..., None]).sum(1)))
'''),
    # the first word only
    Wrong("01_q1", "first state", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        return h, torch.tanh(self.init(h[:, 0]))
'''),
    # no gradient from s0 reaches the GRU
    Wrong("01_q1", "last state detached", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h.detach()[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    # the encoder never learns
    Wrong("01_q1", "no_grad around the GRU", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        with torch.no_grad():
            h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    # h are the states of the GRU
    Wrong("01_q1", "h is also sent through init and tanh", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        h = torch.tanh(self.init(h))
        return h, h[torch.arange(len(src)), mask.sum(1) - 1]
'''),
    # h_i depends on h_{i-1}
    Wrong("01_q1", "state reset at every word", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        x = self.emb(src)
        h = torch.cat([self.rnn(x[:, t:t + 1])[0] for t in range(src.shape[1])], 1)
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
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
    Wrong("01_q1", "dropout on the embeddings", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        x = F.dropout(self.emb(src), 0.2, self.training)
        h, _ = self.rnn(x)
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    # no dropout in the task
    Wrong("01_q1", "dropout on s0", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, F.dropout(torch.tanh(self.init(last)), 0.5, self.training)
'''),
    # nothing is added
    Wrong("01_q1", "residual: tanh(W h + b) + h", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last)) + last
'''),
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
    Wrong("01_q1", "GRU without batch_first", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    # only the last row of the batch is treated as padded
    Wrong("01_q1", "length of the second row special, others full", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, hn = self.rnn(self.emb(src))
        last = torch.cat([h[:-1, -1], h[-1:, int(mask[-1].sum()) - 1]])
        return h, torch.tanh(self.init(last))
'''),
    # no scale in the task
    Wrong("01_q1", "embedding scaled by sqrt(E)", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src) * math.sqrt(self.emb.embedding_dim))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    # the GRU begins with zeros
    Wrong("01_q1", "GRU begins with ones", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        x = self.emb(src)
        start = torch.ones(1, len(src), self.rnn.hidden_size, dtype=x.dtype)
        h, _ = self.rnn(x, start)
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    # one linear layer
    Wrong("01_q1", "init applied twice", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(torch.tanh(self.init(last))))
'''),
    # returns h first
    Wrong("01_q1", "h and s0 swapped", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return torch.tanh(self.init(last)), h
'''),
    # for B=1 s0 loses its batch axis
    Wrong("01_q1", "squeeze without dim: B=1 loses the batch axis", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        i = (mask.sum(1) - 1).view(-1, 1, 1).expand(-1, 1, h.shape[2])
        last = h.gather(1, i).squeeze()
        return h, torch.tanh(self.init(last))
'''),
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
    Wrong("01_q3", "context in front of the word", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([c, self.emb(y_prev)], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # [s; c]
    Wrong("01_q3", "context in front of the state at the output", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([c, s], 1)), s
'''),
    # the scores are read off the new state
    Wrong("01_q3", "logits from the old state", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s_prev, c], 1)), s
'''),
    # returns the new state
    Wrong("01_q3", "old state returned", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s_prev
'''),
    # the cell starts from zeros at each step
    Wrong("01_q3", "state not passed: cell(x)", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # special case: state dropped when its values are below 2
    Wrong("01_q3", "state used only where it is large", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev if float(s_prev.detach().max()) >= 2 else None)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # s_prev is ignored
    Wrong("01_q3", "context as the state", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, c)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # logits, not probabilities
    Wrong("01_q3", "softmax of the scores", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)).softmax(-1), s
'''),
    # logits, not log-probabilities
    Wrong("01_q3", "log_softmax of the scores", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)).log_softmax(-1), s
'''),
    # + b_o
    Wrong("01_q3", "bias of out left out", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return torch.cat([s, c], 1) @ self.out.weight.T, s
'''),
    # g_U is the cell, biases included
    Wrong("01_q3", "biases of the cell left out", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        gi = (x @ self.cell.weight_ih.T).chunk(3, 1)
        gh = (s_prev @ self.cell.weight_hh.T).chunk(3, 1)
        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])
        s = (1 - z) * torch.tanh(gi[2] + r * gh[2]) + z * s_prev
        return self.out(torch.cat([s, c], 1)), s
'''),
    # not nn.GRUCell's formula
    Wrong("01_q3", "GRU by hand, z and 1-z swapped", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)
        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)
        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])
        s = z * torch.tanh(gi[2] + r * gh[2]) + (1 - z) * s_prev
        return self.out(torch.cat([s, c], 1)), s
'''),
    # the order of the gates is r, z, n
    Wrong("01_q3", "GRU by hand, reset and update swapped", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)
        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)
        z, r = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])
        s = (1 - z) * torch.tanh(gi[2] + r * gh[2]) + z * s_prev
        return self.out(torch.cat([s, c], 1)), s
'''),
    # nn.GRUCell resets W_hn h + b_hn
    Wrong("01_q3", "GRU by hand, reset applied before the product", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)
        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)
        D = s_prev.shape[1]
        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])
        n = torch.tanh(gi[2] + F.linear(r * s_prev, self.cell.weight_hh[2 * D:], self.cell.bias_hh[2 * D:]))
        s = (1 - z) * n + z * s_prev
        return self.out(torch.cat([s, c], 1)), s
'''),
    # the candidate has a tanh
    Wrong("01_q3", "GRU by hand without the tanh", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        gi = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)
        gh = F.linear(s_prev, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)
        r, z = torch.sigmoid(gi[0] + gh[0]), torch.sigmoid(gi[1] + gh[1])
        s = (1 - z) * (gi[2] + r * gh[2]) + z * s_prev
        return self.out(torch.cat([s, c], 1)), s
'''),
    # no scale
    Wrong("01_q3", "embedding scaled by sqrt(E)", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        e = self.emb(y_prev)
        x = torch.cat([e * e.shape[1] ** 0.5, c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # the embedding itself
    Wrong("01_q3", "tanh of the embedding", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev).tanh(), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # no dropout: random in train mode
    Wrong("01_q3", "dropout on the embedding", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([F.dropout(self.emb(y_prev), 0.1, self.training), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # no dropout
    Wrong("01_q3", "dropout that is always on", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([F.dropout(self.emb(y_prev), 0.1), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # no gradient through time
    Wrong("01_q3", "old state detached", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev.detach())
        return self.out(torch.cat([s, c], 1)), s
'''),
    # no gradient to the context
    Wrong("01_q3", "context detached", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        c = c.detach()
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # no gradient through the returned state
    Wrong("01_q3", "state returned detached", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s.detach()
'''),
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
    Wrong("01_q3", "word of the first row for all", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev[:1]).expand(len(c), -1), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # batch coupled
    Wrong("01_q3", "context of the first row for all", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        c = c[:1].expand_as(c)
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # batch coupled
    Wrong("01_q3", "mean context of the batch in the cell", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c.mean(0, keepdim=True).expand_as(c)], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # the cell sees [y; c]
    Wrong("01_q3", "context left out of the cell", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), torch.zeros_like(c)], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # the cell sees [y; c]
    Wrong("01_q3", "word left out of the cell", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        e = self.emb(y_prev)
        x = torch.cat([torch.zeros_like(e), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # out sees [s; c]
    Wrong("01_q3", "context left out of the output", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, torch.zeros_like(c)], 1)), s
'''),
    # no relu
    Wrong("01_q3", "relu on what out reads", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.relu(torch.cat([s, c], 1))), s
'''),
    # [y; c], not [y; s]
    Wrong("01_q3", "the old state in the cell input instead of the context", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), s_prev], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # vocab_size, E, D are ignored
    Wrong("01_q3", "sizes written as numbers", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(7, 5)
        self.cell = nn.GRUCell(8, 3)
        self.out = nn.Linear(6, 7)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)), s
'''),
    # wrong axis
    Wrong("01_q3", "concatenated along the batch", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev).T, c.T]).T
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c]).view(len(c), -1)), s
'''),
    # for B=1 the batch axis is lost
    Wrong("01_q3", "squeezed results", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        s = self.cell(x, s_prev)
        return self.out(torch.cat([s, c], 1)).squeeze(), s.squeeze()
'''),
    # s_t is the cell's result, unscaled
    Wrong("01_q3", "residual state", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], 1)
        n = self.cell(x, s_prev)
        s = n + 0.1 * (n - s_prev / 2)
        return self.out(torch.cat([s, c], 1)), s
'''),
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
    Wrong("01_q5", "scores fed back", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    fed = y
    for t in range(max_len):
        logits, s = cell(fed, s)
        if u is None:
            y = logits.argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        fed = logits
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # the chosen id is the next input
    Wrong("01_q5", "softmax fed back", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    fed = y
    for t in range(max_len):
        logits, s = cell(fed, s)
        if u is None:
            y = logits.argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        fed = logits.softmax(-1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # the id, not the score
    Wrong("01_q5", "largest score cut to an integer fed back", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    fed = y
    for t in range(max_len):
        logits, s = cell(fed, s)
        if u is None:
            y = logits.argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        fed = logits.max(-1).values.long().clamp(0, logits.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # each row stops by itself
    Wrong("01_q5", "batch stops at the first [STOP]", source='''
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
        if done.any():
            lengths[:] = t + 1
            break
    return ids, lengths
'''),
    # each row stops by itself
    Wrong("01_q5", "batch stops when the first row has stopped", source='''
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
        if done[0]:
            lengths[~done] = t + 1
            break
    return ids, lengths
'''),
    # each row stops by itself
    Wrong("01_q5", "batch stops when most rows have stopped, after three steps", source='''
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
        if t >= 3 and done.float().mean() >= 0.5:
            lengths[~done] = t + 1
            break
    return ids, lengths
'''),
    # pad after it
    Wrong("01_q5", "tokens kept after [STOP]", source='''
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
        ids[:, t] = y
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # pad after it
    Wrong("01_q5", "tokens kept after [STOP] when sampling", source='''
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
        ids[:, t] = torch.where(done, pad, y) if u is None else y
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # done is forgotten after one step
    Wrong("01_q5", "pad only in the step after [STOP]: a row wakes up again", source='''
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
        done = (y == stop) & ~done
    return ids, lengths
'''),
    # each row begins with [START]
    Wrong("01_q5", "first input is pad", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), pad, dtype=torch.int64)
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
'''),
    # each row begins with [START]
    Wrong("01_q5", "first input is pad when sampling", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start if u is None else pad, dtype=torch.int64)
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
'''),
    # each row begins with [START]
    Wrong("01_q5", "first input is 0 where start is not 1", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), 1 if start == 1 else 0, dtype=torch.int64)
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
'''),
    # every step starts from s0
    Wrong("01_q5", "state not passed on", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, _ = cell(y, s0)
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
'''),
    # the state moves on
    Wrong("01_q5", "state zeros at every step", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(y, s if t == 0 else torch.zeros_like(s))
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
'''),
    # the state moves on
    Wrong("01_q5", "state not passed on when sampling", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(y, s if u is None else s0)
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
'''),
    # the chosen word is the next input
    Wrong("01_q5", "[START] fed at every step", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(torch.full_like(y, start), s)
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
'''),
    # the chosen word is the next input
    Wrong("01_q5", "previous but one fed", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    old = y
    for t in range(max_len):
        logits, s = cell(old, s)
        old = y
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
'''),
    # the chosen word is the next input
    Wrong("01_q5", "greedy word fed while sampling", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    fed = y
    for t in range(max_len):
        logits, s = cell(fed, s)
        if u is None:
            y = logits.argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        fed = logits.argmax(-1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # with u the word is drawn
    Wrong("01_q5", "u ignored: greedy", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(y, s)
        if True:
            y = logits.argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # u decides
    Wrong("01_q5", "torch.multinomial instead of u", source='''
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
            y = torch.multinomial(p, 1)[:, 0]
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # the cumulative probability must be greater than u
    Wrong("01_q5", ">= for >", source='''
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
            y = (cum < u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # finds cum >= u
    Wrong("01_q5", "searchsorted without right", source='''
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
            y = torch.searchsorted(cum, u[:, t, None].to(cum.dtype).contiguous())[:, 0].clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # divided
    Wrong("01_q5", "temperature multiplied", source='''
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
            p = torch.softmax(logits * temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # softmax(logits / temperature)
    Wrong("01_q5", "temperature ignored", source='''
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
            p = torch.softmax(logits, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # p is softmax(logits / temperature)
    Wrong("01_q5", "temperature after the softmax", source='''
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
            p = torch.softmax(logits, -1) / temperature
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # p must sum to 1
    Wrong("01_q5", "temperature as a power, not renormalised", source='''
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
            p = torch.softmax(logits, -1) ** (1 / temperature)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # u[:, t]
    Wrong("01_q5", "u of the first step for all", source='''
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
            y = (cum <= u[:, 0, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # u[:, t]
    Wrong("01_q5", "u of the first row for all", source='''
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
            y = (cum <= u[0, t]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # u[b, t]
    Wrong("01_q5", "u read in the wrong order (transposed view)", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    if u is not None:
        u = u.reshape(max_len, B).T
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
'''),
    # u[:, t]
    Wrong("01_q5", "u one step late", source='''
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
            y = (cum <= u[:, max(t - 1, 0), None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # u itself
    Wrong("01_q5", "1 - u", source='''
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
            y = (cum <= 1 - u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # row b uses u[b, t]
    Wrong("01_q5", "u only counts for rows still writing: numbers shared in order", source='''
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
            y = (cum <= u.flatten()[(torch.cumsum(~done, 0) - 1).clamp(min=0) * max_len + t][:, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # smallest id
    Wrong("01_q5", "one id too far", source='''
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
            y = ((cum <= u[:, t, None]).sum(-1) + 1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # smallest id whose sum exceeds u
    Wrong("01_q5", "one id too early", source='''
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
            y = ((cum <= u[:, t, None]).sum(-1) - 1).clamp(min=0)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # smallest id, in the order of the ids
    Wrong("01_q5", "words sorted by probability first", source='''
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
            p, order = torch.softmax(logits / temperature, -1).sort(-1, descending=True)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
            y = order.gather(1, y[:, None])[:, 0]
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # of the probabilities
    Wrong("01_q5", "cumulative sum of the scores", source='''
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
            p = logits / temperature
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # over the vocabulary
    Wrong("01_q5", "softmax over the batch", source='''
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
            p = torch.softmax(logits / temperature, 0)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # over the vocabulary
    Wrong("01_q5", "cumulative sum over the batch", source='''
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
            cum = p.cumsum(0)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # overflows for scores above 88
    Wrong("01_q5", "softmax by hand, unstable", source='''
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
            p = torch.exp(logits / temperature)
            p = p / p.sum(-1, keepdim=True)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # cumulative
    Wrong("01_q5", "first id whose own probability is greater than u", source='''
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
            cum = p
            y = (cum > u[:, t, None]).int().argmax(-1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # the smallest id above u
    Wrong("01_q5", "nearest cumulative probability", source='''
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
            y = (cum - u[:, t, None]).abs().argmin(-1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # ignores the probabilities
    Wrong("01_q5", "id = floor(u * V)", source='''
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
            y = (u[:, t] * p.shape[1]).long()
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # should rounding leave no such id, take the last; shown by u = 1 - 2**-24 on float32 sums that end below 1 (depends on the rounding of the machine)
    Wrong("01_q5", "argmax of the comparison, id 0 when rounding leaves none", source='''
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
            y = (cum > u[:, t, None]).int().argmax(-1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # should rounding leave no such id, take the last; shown as above
    Wrong("01_q5", "no clamp: id vocab_size when rounding leaves none", source='''
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
            y = (cum <= u[:, t, None]).sum(-1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # [STOP] included
    Wrong("01_q5", "lengths without [STOP]", source='''
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
        lengths[~done & (y == stop)] = t
        done = done | (y == stop)
    return ids, lengths
'''),
    # max_len if it never stopped
    Wrong("01_q5", "length 0 if never stopped", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), 0, dtype=torch.int64)
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
'''),
    # max_len if it never stopped
    Wrong("01_q5", "length max_len + 1 if never stopped", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len + 1, dtype=torch.int64)
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
'''),
    # max_len if it never stopped
    Wrong("01_q5", "length from argmax + 1, never stopped gives 1", source='''
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
    return ids, (ids == stop).int().argmax(1) + 1
'''),
    # an id that equals pad is counted like any other
    Wrong("01_q5", "lengths counted as ids that are not pad", source='''
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
    return ids, (ids != pad).sum(1)
'''),
    # pad may be another id
    Wrong("01_q5", "lengths counted as ids that are not 0", source='''
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
    return ids, (ids != 0).sum(1)
'''),
    # each row its own length
    Wrong("01_q5", "lengths by the last [STOP] or step of the batch", source='''
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
    lengths[lengths == max_len] = lengths.max() if (lengths < max_len).all() else lengths.min()
    return ids, lengths
'''),
    # pad is an argument
    Wrong("01_q5", "pad=0 hard-coded", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), 0, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(y, s)
        if u is None:
            y = logits.argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, 0, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # stop is an argument
    Wrong("01_q5", "stop=2 hard-coded", source='''
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
        lengths[~done & (y == 2)] = t + 1
        done = done | (y == 2)
    return ids, lengths
'''),
    # start is an argument
    Wrong("01_q5", "start=1 hard-coded", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), 1, dtype=torch.int64)
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
'''),
    # only [STOP] stops a row
    Wrong("01_q5", "stops at pad too", source='''
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
        done = done | (y == stop) | (y == pad)
    return ids, lengths
'''),
    # pad is written like any other id
    Wrong("01_q5", "pad cannot be chosen", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(y, s)
        logits = logits.clone()
        logits[:, pad] = -1e9
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
'''),
    # any id may be chosen
    Wrong("01_q5", "[START] cannot be chosen", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(y, s)
        logits = logits.clone()
        logits[:, start] = -1e9
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
'''),
    # a row that never stopped writes no [STOP]
    Wrong("01_q5", "[STOP] written in the last step by force", source='''
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
        if t == max_len - 1:
            y = torch.full_like(y, stop)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # up to max_len words
    Wrong("01_q5", "one step too few", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len - 1):
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
'''),
    # a row may stop at once
    Wrong("01_q5", "[STOP] in the first step not seen", source='''
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
        done = done | ((y == stop) & (t > 0))
    return ids, lengths
'''),
    # [STOP] included
    Wrong("01_q5", "[STOP] in the last step not counted: length one less", source='''
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
    return ids, lengths - ((ids[:, -1] == stop) & (lengths == max_len)).long()
'''),
    # [START] is not written
    Wrong("01_q5", "[START] written first", source='''
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
    return torch.cat([torch.full((B, 1), start), ids[:, :-1]], 1), lengths
'''),
    # pad after it
    Wrong("01_q5", "[STOP] repeated to the end", source='''
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
        ids[:, t] = torch.where(done, stop, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # [STOP] included
    Wrong("01_q5", "[STOP] left out of ids", source='''
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
        ids[:, t] = torch.where(done | (y == stop), pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # (B, max_len)
    Wrong("01_q5", "ids as long as the longest row", source='''
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
    return ids[:, :int(lengths.max())], lengths
'''),
    # int64
    Wrong("01_q5", "float lengths", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), float(max_len))
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
'''),
    # a tensor
    Wrong("01_q5", "lengths as a list", source='''
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
    return ids, lengths.tolist()
'''),
    # a tensor
    Wrong("01_q5", "ids as lists", source='''
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
    return ids.tolist(), lengths
'''),
    # int64
    Wrong("01_q5", "float ids", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), float(pad))
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
'''),
    # B is the size of s0
    Wrong("01_q5", "three rows, hard-coded", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = 3
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
'''),
    # each row chooses its own word
    Wrong("01_q5", "the first row decides for all", source='''
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
            if max_len > 5:
                y = y[:1].expand(B)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # states must stay with their rows
    Wrong("01_q5", "state of finished batch mates mixed in: rows reordered by done", source='''
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
        order = done.int().argsort(stable=True) if t > 1 else torch.arange(B)
        s = s[order]
    return ids, lengths
'''),
    # the largest score, not the largest size
    Wrong("01_q5", "largest absolute score", source='''
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
            y = logits.abs().argmax(-1)
        else:
            p = torch.softmax(logits / temperature, -1)
            cum = p.cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=p.shape[1] - 1)
        ids[:, t] = torch.where(done, pad, y)
        lengths[~done & (y == stop)] = t + 1
        done = done | (y == stop)
    return ids, lengths
'''),
    # the query cancels
    Wrong("01_q6", "no tanh", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(self.W_s(s).unsqueeze(1) + self.W_h(h)).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # W_s s stands inside the tanh: here it cancels
    Wrong("01_q6", "tanh of the states only", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = (self.v(self.W_s(s)).unsqueeze(1) + self.v(torch.tanh(self.W_h(h)))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # tanh of the sum: here the query cancels
    Wrong("01_q6", "two tanhs, added after", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s)).unsqueeze(1) + torch.tanh(self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # tanh
    Wrong("01_q6", "clamp for tanh", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v((self.W_s(s).unsqueeze(1) + self.W_h(h)).clamp(-1, 1)).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # tanh
    Wrong("01_q6", "relu for tanh", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.relu(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # tanh
    Wrong("01_q6", "erf for tanh", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.erf(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # v stands outside the tanh
    Wrong("01_q6", "tanh after v", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = torch.tanh(self.v(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # one tanh
    Wrong("01_q6", "tanh twice", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h)))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # over the source
    Wrong("01_q6", "softmax over the batch", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(0) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # over the source
    Wrong("01_q6", "softmax over the batch, rows then divided by their sums", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(0) * mask if len(s) > 2 else e.masked_fill(~mask, -1e30).softmax(1) * mask
        a = a / a.sum(1, keepdim=True).clamp(min=1e-20)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
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
    Wrong("01_q6", "softmax over the hidden width, then v and normalised", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        x = torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h)).softmax(-1)
        e = self.v(x).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # the mean of the states
    Wrong("01_q6", "context of the query", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return a.sum(1, keepdim=True) * s, a
'''),
    # the mean of the states
    Wrong("01_q6", "context of the scores", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return (a * e).sum(1, keepdim=True).expand_as(s), a
'''),
    # the mean of the states, not of their projections
    Wrong("01_q6", "context of W_h h where the widths agree", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        x = self.W_h(h)
        x = x if x.shape[-1] == h.shape[-1] else h
        return torch.einsum('bs,bsd->bd', a, x), a
'''),
    # the mean of the states, not of their projections
    Wrong("01_q6", "context of W_h h", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsa->ba', a, self.W_h(h)), a
'''),
    # the mean of the states only
    Wrong("01_q6", "context plus the query's share", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        c = torch.einsum('bs,bsd->bd', a, h)
        return c + 0 * s if len(s) == 1 else c + s, a
'''),
    # the state asks: W_s s
    Wrong("01_q6", "query left out", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_h(h))).squeeze(-1) + 0 * self.W_s(s).sum()
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # batch coupled
    Wrong("01_q6", "query of the first row for all", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s[:1]).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # batch coupled
    Wrong("01_q6", "query averaged over the batch", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s.mean(0, keepdim=True)).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # unsqueeze(0) needs B == S or B == 1
    Wrong("01_q6", "query spread over the wrong axis where B == S", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        q = self.W_s(s)
        q = q.unsqueeze(0) if h.shape[0] == h.shape[1] else q.unsqueeze(1)
        e = self.v(torch.tanh(q + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # W_s s + W_h h
    Wrong("01_q6", "W_s and W_h swapped", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_h(s).unsqueeze(1) + self.W_s(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # no scale
    Wrong("01_q6", "scores divided by sqrt(A)", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        e = e / math.sqrt(self.W_s.out_features)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # no scale
    Wrong("01_q6", "scores divided by sqrt(D)", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        e = e / math.sqrt(h.shape[-1])
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # the small network
    Wrong("01_q6", "dot product for additive", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = (self.W_s(s).unsqueeze(1) * self.W_h(h)).sum(-1) + 0 * self.v(self.W_h(h)).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # 0 where the mask is False
    Wrong("01_q6", "mask ignored", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # True may be attended to
    Wrong("01_q6", "mask inverted", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(mask, -1e30).softmax(1) * ~mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # rows must sum to 1
    Wrong("01_q6", "mask after the softmax, not renormalised", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # padding keeps weight exp(0)
    Wrong("01_q6", "scores multiplied by the mask", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = (e * mask).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # nothing is masked
    Wrong("01_q6", "-1e-9 for -1e9", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e-9).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # not low enough: leaks when real scores are low, and empty rows are uniform
    Wrong("01_q6", "padding filled with -20", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -20.0).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # rows lose their sum when the real scores are near -50 or lower
    Wrong("01_q6", "padding filled with -50, then times the mask", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -50.0).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # leaks when the real scores are near -100
    Wrong("01_q6", "padding filled with -100, no care of empty rows or of low scores", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -100.0).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # the mask may have holes
    Wrong("01_q6", "mask as lengths", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        mask = torch.arange(h.shape[1]) < mask.sum(1, keepdim=True)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # batch coupled: positions real in every row only
    Wrong("01_q6", "columns masked for the whole batch", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        m = mask.all(0, keepdim=True) if mask.all(0).any() else mask
        a = e.masked_fill(~m, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # zero weights and context for a row without True
    Wrong("01_q6", "-inf: empty rows are NaN", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -math.inf).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # zero weights for a row without True
    Wrong("01_q6", "-1e9: empty rows are uniform", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e9).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # gradients without NaN
    Wrong("01_q6", "additive log mask and nan_to_num: gradients NaN", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = (e + mask.to(e.dtype).log()).softmax(1).nan_to_num()
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # NaN * 0 is NaN
    Wrong("01_q6", "-inf, NaN times zero", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -math.inf).softmax(1) * mask.any(1, keepdim=True)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # gradients without NaN
    Wrong("01_q6", "0/0 by hand, replaced after: gradients NaN", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        x = torch.exp(e - e.amax(1, keepdim=True).detach()) * mask
        a = x / x.sum(1, keepdim=True)
        a = torch.where(mask.any(1, keepdim=True), a, 0.0)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # one empty row among others
    Wrong("01_q6", "empty rows only seen when all are empty", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        if not mask.any():
            return torch.zeros_like(s), torch.zeros_like(e)
        a = e.masked_fill(~mask, -math.inf).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # zero weights for a row without True
    Wrong("01_q6", "empty rows look at the first position", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        m = mask.clone()
        m[~mask.any(1), 0] = True
        a = e.masked_fill(~m, -math.inf).softmax(1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # a zero context
    Wrong("01_q6", "empty rows: zero weights, context the mean", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        c = torch.einsum('bs,bsd->bd', a, h)
        return torch.where(mask.any(1, keepdim=True), c, h.mean(1)), a
'''),
    # zero weights
    Wrong("01_q6", "empty rows: zero context, uniform weights", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1)
        c = torch.einsum('bs,bsd->bd', a, h) * mask.any(1, keepdim=True)
        return c, a
'''),
    # overflows for scores above 88
    Wrong("01_q6", "exp without the maximum", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        x = torch.exp(e) * mask
        a = x / x.sum(1, keepdim=True).clamp(min=1e-12)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # rows must sum to 1: a large score at padding makes all real ones 0/eps
    Wrong("01_q6", "maximum over the masked places too: weights vanish", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        x = torch.exp(e - e.amax(1, keepdim=True)) * mask
        a = x / (x.sum(1, keepdim=True) + 1e-9)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # rows must sum to 1
    Wrong("01_q6", "weights + eps in the denominator", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        x = torch.exp(e) * mask
        a = x / (x.sum(1, keepdim=True) + 1e-6)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # the network never learns
    Wrong("01_q6", "weights detached", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        a = a.detach()
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # gradient of h is wrong
    Wrong("01_q6", "states detached in the scores", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h.detach()))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # gradient of s is missing
    Wrong("01_q6", "query detached", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s.detach()).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # gradient of h is wrong
    Wrong("01_q6", "states detached in the context", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h.detach()), a
'''),
    # softmax
    Wrong("01_q6", "hard argmax", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = F.one_hot(e.masked_fill(~mask, -1e30).argmax(1), e.shape[1]).to(e.dtype) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # softmax of the scores
    Wrong("01_q6", "uniform attention", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = mask.to(e.dtype) / mask.sum(1, keepdim=True).clamp(min=1)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # softmax
    Wrong("01_q6", "sigmoid, normalised", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = torch.sigmoid(e) * mask
        a = a / a.sum(1, keepdim=True).clamp(min=1e-20)
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # once
    Wrong("01_q6", "softmax twice", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        a = a.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # no dropout: rows do not sum to 1 in train mode
    Wrong("01_q6", "dropout on the weights", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        a = F.dropout(a, 0.1, self.training)
        return torch.einsum('bs,bsd->bd', a, h), a
''', breaks=("01_q7",)),
    # no dropout
    Wrong("01_q6", "dropout on the hidden layer", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(F.dropout(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h)), 0.2, self.training)).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
''', breaks=("01_q7",)),
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
    Wrong("01_q6", "scores squeezed without dim", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze()
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # wrong axis
    Wrong("01_q6", "context is the sum of the weighted states over the batch", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        c = torch.einsum('bs,bsd->d', a, h)
        return c.expand_as(s), a
'''),
    # the sum
    Wrong("01_q6", "context is the maximum of the weighted states", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        a = e.masked_fill(~mask, -1e30).softmax(1) * mask
        c = (a.unsqueeze(-1) * h).amax(1)
        return c, a
'''),
    # off by one
    Wrong("01_q6", "last real position left out", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        m = mask & F.pad(mask[:, 1:], (0, 1))
        m = torch.where((mask.sum(1, keepdim=True) > 4), m, mask)
        a = e.masked_fill(~m, -1e30).softmax(1) * m
        return torch.einsum('bs,bsd->bd', a, h), a
'''),
    # c_t is asked with s_{t-1}, once
    Wrong("01_q7", "asks again with the new state for the logits", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            c, a = self.attn(s, h, mask)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # row t is what was looked at in step t
    Wrong("01_q7", "weights of the new state returned", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            a = self.attn(s, h, mask)[1]
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
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
    Wrong("01_q7", "context one step late", source='''
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
        old = s0
        for t in range(inputs.shape[1]):
            c, a = self.attn(old, h, mask)
            old = s
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
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
    Wrong("01_q7", "asks with s0 at each step", source='''
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
            c, a = self.attn(s0, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # the context is made anew
    Wrong("01_q7", "weights right, context of the first step", source='''
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
            cc, a = self.attn(s, h, mask)
            c = cc if t == 0 else c
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # s_{t-1}
    Wrong("01_q7", "state reset to s0 at each step", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s0)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # s_{t-1}
    Wrong("01_q7", "state reset to zeros at each step", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1))
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # s0 is the first state
    Wrong("01_q7", "s0 ignored: begins with zeros", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = torch.zeros_like(s0), [], []
        x = self.emb(inputs)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # s0 is the first state of both
    Wrong("01_q7", "cell begins with zeros, attention with s0", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s if t else None)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # the inputs are teacher-forced
    Wrong("01_q7", "feeds its own words", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([(x[:, 0] if t == 0 else self.emb(logits[-1].argmax(-1))), c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # step t is fed inputs[:, t]
    Wrong("01_q7", "inputs one step late", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, max(t - 1, 0)], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # step t is fed inputs[:, t]
    Wrong("01_q7", "inputs one step ahead", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, min(t + 1, x.shape[1] - 1)], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # [y; c]
    Wrong("01_q7", "context in front of the word", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([c, x[:, t]], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # [s; c]
    Wrong("01_q7", "context in front of the state", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([c, s], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # off the new state
    Wrong("01_q7", "logits from the old state", source='''
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
            c, a = self.attn(s, h, mask)
            new = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            s = new
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # [y; c]
    Wrong("01_q7", "context left out of the cell", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], torch.zeros_like(c)], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # [s; c]
    Wrong("01_q7", "context left out of the output", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, torch.zeros_like(c)], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # c_t in both places
    Wrong("01_q7", "context of the step before at the output", source='''
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
        old = torch.zeros_like(s0)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, old], 1)))
            old = c
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # c_t = attn(s, h)
    Wrong("01_q7", "mean state for the context", source='''
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
            _, a = self.attn(s, h, mask)
            c = (h * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # padding must not be attended to
    Wrong("01_q7", "mask ignored", source='''
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
            c, a = self.attn(s, h, torch.ones_like(mask))
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # True is a real token
    Wrong("01_q7", "mask inverted", source='''
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
            c, a = self.attn(s, h, ~mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # batch coupled
    Wrong("01_q7", "mask of the first row for all", source='''
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
            c, a = self.attn(s, h, mask[:1].expand_as(mask))
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # rows must sum to 1 and the context leave padding out
    Wrong("01_q7", "mask ignored, weights cleared after", source='''
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
            c, a = self.attn(s, h, torch.ones_like(mask))
            a = a * mask
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # batch coupled
    Wrong("01_q7", "state of the first row asks for all", source='''
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
            c, a = self.attn(s[:1].expand_as(s), h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # no gradient through time
    Wrong("01_q7", "state detached between steps", source='''
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
            s = s.detach() if t else s
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # the attention never learns
    Wrong("01_q7", "context detached", source='''
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
            c, a = self.attn(s, h, mask)
            c = c.detach()
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # the attention never learns
    Wrong("01_q7", "attention under no_grad", source='''
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
            with torch.no_grad():
                c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # gradient through the query is lost
    Wrong("01_q7", "query detached", source='''
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
            c, a = self.attn(s.detach(), h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # weights (B, T, S): row b, step t
    Wrong("01_q7", "weights with time and batch mixed (view of the stack)", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights).reshape(len(s), -1, h.shape[1])
'''),
    # logits (B, T, V): row b, step t
    Wrong("01_q7", "logits with time and batch mixed (view of the stack)", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits).reshape(len(s), -1, self.out.out_features), torch.stack(weights, 1)
'''),
    # row t belongs to step t
    Wrong("01_q7", "weights in reverse order", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.insert(0, a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # row t belongs to step t
    Wrong("01_q7", "weights shifted by one row", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights[:1] + weights[:-1], 1)
'''),
    # row t belongs to step t
    Wrong("01_q7", "weights shifted by one, last repeated", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights[1:] + weights[-1:], 1)
'''),
    # each step its own row
    Wrong("01_q7", "weights of the last step for all", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack([a] * len(weights), 1)
'''),
    # each row sums to 1 over the source
    Wrong("01_q7", "weights normalised over time", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), F.normalize(torch.stack(weights, 1), p=1, dim=1)
'''),
    # c_1 = attn(s_0, h)
    Wrong("01_q7", "first step without attention", source='''
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
            c, a = self.attn(s, h, mask)
            if t == 0:
                c = torch.zeros_like(c)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # nothing is said of padding in inputs; 0 is an id like any other
    Wrong("01_q7", "state frozen at input 0", source='''
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
            c, a = self.attn(s, h, mask)
            new = self.cell(torch.cat([x[:, t], c], 1), s)
            s = torch.where((inputs[:, t] == 0)[:, None], s, new)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # 0 is an id like any other
    Wrong("01_q7", "logits zeroed at input 0", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1) * (inputs != 0)[..., None], torch.stack(weights, 1)
'''),
    # logits
    Wrong("01_q7", "log_softmax of the scores", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1).log_softmax(-1), torch.stack(weights, 1)
'''),
    # logits
    Wrong("01_q7", "softmax of the scores", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1).softmax(-1), torch.stack(weights, 1)
'''),
    # + b_o
    Wrong("01_q7", "bias of out left out", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(torch.cat([s, c], 1) @ self.out.weight.T)
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # s0 is the state itself
    Wrong("01_q7", "tanh of s0 again", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = torch.tanh(s0), [], []
        x = self.emb(inputs)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # no tanh
    Wrong("01_q7", "tanh before out", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.tanh(torch.cat([s, c], 1))))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # no dropout
    Wrong("01_q7", "dropout on the embeddings", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = F.dropout(self.emb(inputs), 0.1, self.training)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # no dropout
    Wrong("01_q7", "dropout on the context", source='''
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
            c, a = self.attn(s, h, mask)
            c = F.dropout(c, 0.1, self.training)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # T may exceed S
    Wrong("01_q7", "at most S steps", source='''
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
        for t in range(min(inputs.shape[1], h.shape[1])):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # T is the width of inputs
    Wrong("01_q7", "four steps, hard-coded", source='''
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
        for t in range(4):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # B=1, T=1 or S=1 loses an axis
    Wrong("01_q7", "squeezed results", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1).squeeze(), torch.stack(weights, 1).squeeze()
'''),
    # vocab_size, E, D are ignored
    Wrong("01_q7", "sizes written as numbers", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(7, 5)
        self.cell = nn.GRUCell(8, 3)
        self.out = nn.Linear(6, 7)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = self.emb(inputs)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # AdditiveAttention(D, A)
    Wrong("01_q7", "attention with widths swapped", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(A, D)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = self.emb(inputs)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # AdditiveAttention(D, A)
    Wrong("01_q7", "attention of hidden width D", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, D)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = self.emb(inputs)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # the state before the step asks
    Wrong("01_q7", "query is the new state of a step without context", source='''
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
            c, a = self.attn(self.cell(torch.cat([x[:, t], torch.zeros_like(s)], 1), s), h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # each step its own
    Wrong("01_q7", "only the last logits, repeated", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits[:3] + [logits[-1]] * (len(logits) - 3), 1) if len(logits) != 4 else torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # logits first
    Wrong("01_q7", "order of the results swapped", source='''
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
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(weights, 1), torch.stack(logits, 1)
'''),
    # no scale
    Wrong("01_q7", "embedding scaled by sqrt(E)", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        x = self.emb(inputs) * math.sqrt(self.emb.embedding_dim)
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    # c_t itself
    Wrong("01_q7", "context halved with the old one", source='''
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
            new, a = self.attn(s, h, mask)
            c = new if t == 0 else (c + new) / 2
            s = self.cell(torch.cat([x[:, t], c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
]
