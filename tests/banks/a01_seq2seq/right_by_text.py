"""More right answers to assignment 1, written from the task's text alone, without sight of the reference or its tests."""

from banks.entries import Right

RIGHT_BY_TEXT = [
    Right("01_q1", "index with arange and lengths", source='''
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
'''),
    Right("01_q1", "gather", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        states = self.rnn(self.emb(src))[0]
        idx = (mask.long().sum(-1) - 1).view(-1, 1, 1).expand(-1, 1, states.shape[-1])
        return states, self.init(states.gather(1, idx).squeeze(1)).tanh()
'''),
    Right("01_q1", "packed, total_length, final state", source='''
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        n = mask.sum(1).cpu()
        packed = pack_padded_sequence(self.emb(src), n, batch_first=True, enforce_sorted=False)
        out, hn = self.rnn(packed)
        h, _ = pad_packed_sequence(out, batch_first=True, total_length=src.shape[1])
        return h, torch.tanh(self.init(hn[-1]))
'''),
    Right("01_q1", "packed, sorted and unsorted by hand, padding value 7", source='''
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        lengths, order = mask.sum(1).sort(descending=True)
        back = torch.empty_like(order)
        back[order] = torch.arange(len(order), device=order.device)
        packed = pack_padded_sequence(self.emb(src[order]), lengths.tolist(), batch_first=True)
        out, hn = self.rnn(packed)
        h, _ = pad_packed_sequence(out, batch_first=True, padding_value=7.0, total_length=src.size(1))
        return h.index_select(0, back), torch.tanh(self.init(hn.squeeze(0)[back]))
'''),
    Right("01_q1", "loop over time, state frozen at padding", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        B, S = src.shape
        state = self.emb.weight.new_zeros(1, B, self.rnn.hidden_size)
        words, states = self.emb(src), []
        for t in range(S):
            _, new = self.rnn(words[:, t:t + 1], state)
            state = torch.where(mask[:, t].view(1, B, 1), new, state)
            states.append(state[0])
        return torch.stack(states, 1), torch.tanh(self.init(state[0]))
'''),
    Right("01_q1", "loop over the batch, own buffers", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        B, S = src.shape
        D = self.init.in_features
        h = torch.zeros(B, S, D, dtype=self.emb.weight.dtype, device=src.device)
        s0 = torch.zeros(B, D, dtype=self.emb.weight.dtype, device=src.device)
        for b in range(B):
            real = src[b][mask[b]]
            out, hn = self.rnn(self.emb(real)[None])
            h[b, : len(real)] = out[0]
            s0[b] = torch.tanh(self.init(hn[0, 0]))
        return h, s0
'''),
    Right("01_q1", "one-hot of the last real position, einsum", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        follows = F.pad(mask[:, 1:], (0, 1), value=False)
        pick = (mask & ~follows).to(h.dtype)
        last = torch.einsum("bs,bsd->bd", pick, h)
        s0 = torch.tanh(torch.einsum("ij,bj->bi", self.init.weight, last) + self.init.bias)
        return h, s0
'''),
    Right("01_q1", "bmm with a one-hot row, F.one_hot", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(F.embedding(src, self.emb.weight))
        hot = F.one_hot(mask.sum(1) - 1, src.shape[1]).to(h)
        return h, torch.tanh(self.init(torch.bmm(hot.unsqueeze(1), h)[:, 0, :]))
'''),
    Right("01_q1", "cumsum and argmax, take_along_dim, state zeroed at padding", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h = self.rnn(self.emb(src.masked_fill(~mask, 0)))[0].masked_fill(~mask[..., None], 0.0)
        where = (mask.int().cumsum(1) * mask).argmax(1)
        last = torch.take_along_dim(h, where[:, None, None], dim=1).flatten(1)
        return h, torch.tanh(self.init(last))
'''),
    Right("01_q1", "argmin of the mask minus one wraps to the end of a full row", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        first_pad = mask.int().argmin(dim=1)  # 0 for a full row: index -1 is then its last state
        return h, torch.tanh(self.init(h[range(len(src)), (first_pad - 1).tolist()]))
'''),
    Right("01_q1", "GRU by hand, float64 inside, cast back", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        dtype = self.emb.weight.dtype
        w_i, w_h = self.rnn.weight_ih_l0.double(), self.rnn.weight_hh_l0.double()
        b_i, b_h = self.rnn.bias_ih_l0.double(), self.rnn.bias_hh_l0.double()
        x = self.emb(src).double() @ w_i.T + b_i
        s = x.new_zeros(src.shape[0], self.rnn.hidden_size)
        hs = []
        for t in range(src.shape[1]):
            ir, iz, i_n = x[:, t].chunk(3, -1)
            hr, hz, hn = (s @ w_h.T + b_h).chunk(3, -1)
            r, z = torch.sigmoid(ir + hr), torch.sigmoid(iz + hz)
            n = torch.tanh(i_n + r * hn)
            new = (1 - z) * n + z * s
            keep = mask[:, t, None].double()
            s = keep * new + (1 - keep) * s
            hs.append(new)
        s0 = torch.tanh(s @ self.init.weight.double().T + self.init.bias.double())
        return torch.stack(hs, 1).to(dtype), s0.to(dtype)
'''),
    Right("01_q1", "base class, annotations, checks of the input, warnings and prints", source='''
import warnings
from torch import Tensor

class _Reader(nn.Module):
    def read(self, ids: Tensor) -> Tensor:
        return self.rnn(self.emb(ids))[0]

    @staticmethod
    def last_real(h: Tensor, keep: Tensor) -> Tensor:
        position = torch.arange(h.shape[1], device=h.device) * keep
        return h[torch.arange(h.shape[0], device=h.device), position.amax(1)]


class Encoder(_Reader):
    def __init__(self, vocab_size: int, E: int, D: int) -> None:
        super().__init__()
        self.emb: nn.Embedding = nn.Embedding(num_embeddings=vocab_size, embedding_dim=E)
        self.rnn: nn.GRU = nn.GRU(input_size=E, hidden_size=D, batch_first=True)
        self.init: nn.Linear = nn.Linear(in_features=D, out_features=D)

    def forward(self, src: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        if src.shape != mask.shape:
            raise ValueError(f"src {tuple(src.shape)} and mask {tuple(mask.shape)} differ")
        if not mask.any(1).all():
            raise ValueError("a sentence without words")
        if not mask.all():
            warnings.warn("there is padding")
        h = self.read(src)
        print("states", tuple(h.shape))
        return h, torch.tanh(self.init(self.last_real(h, keep=mask)))
'''),
    Right("01_q1", "boolean indexing of the last position", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        n = mask.sum(1, keepdim=True)
        is_last = torch.arange(1, src.shape[1] + 1, device=src.device)[None] == n
        return h, self.init(h[is_last]).tanh()  # exactly one True per row, in the order of the rows
'''),
    Right("01_q1", "last state by flip and argmax, list result", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        from_end = mask.flip(1).to(torch.uint8).argmax(1)
        backwards = h.flip(1)
        last = torch.stack([backwards[b, k] for b, k in enumerate(from_end.tolist())])
        return [h, torch.tanh(self.init(last))]
'''),
    Right("01_q2", "cat and scatter_", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    B, T = y.shape
    first = y.new_full((B, 1), start)
    inputs = torch.cat([first, y], dim=1)
    targets = torch.cat([y, y.new_full((B, 1), pad)], dim=1)
    targets.scatter_(1, lengths.long().unsqueeze(1), stop)
    return inputs, targets
'''),
    Right("01_q2", "cat and where on positions", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    B, T = y.shape
    position = torch.arange(T + 1, device=y.device)
    n = lengths[:, None]
    inputs = torch.cat([torch.full((B, 1), start, dtype=y.dtype, device=y.device), y], 1)
    inputs = torch.where(position <= n, inputs, pad)
    longer = F.pad(y, (0, 1), value=pad)
    targets = torch.where(position < n, longer, torch.where(position == n, stop, pad))
    return inputs, targets
'''),
    Right("01_q2", "loop over rows, preallocated", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    B, T = y.size()
    inputs = torch.full((B, T + 1), pad, dtype=torch.long, device=y.device)
    targets = torch.full((B, T + 1), pad, dtype=torch.long, device=y.device)
    for row in range(B):
        n = int(lengths[row])
        inputs[row, 0] = start
        inputs[row, 1:n + 1] = y[row, :n]
        targets[row, :n] = y[row, :n]
        targets[row, n] = stop
    return inputs, targets
'''),
    Right("01_q2", "python lists, then one tensor", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    width = y.shape[1] + 1

    def fill(words):
        return words + [pad] * (width - len(words))

    rows = [words[:n] for words, n in zip(y.tolist(), lengths.tolist())]
    inputs = torch.tensor([fill([start] + words) for words in rows], dtype=torch.int64, device=y.device)
    targets = torch.tensor([fill(words + [stop]) for words in rows], dtype=torch.int64, device=y.device)
    return inputs, targets
'''),
    Right("01_q2", "F.pad and masked_fill", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    inputs = F.pad(y, (1, 0), value=start)
    at_end = torch.arange(y.shape[1] + 1, device=y.device).unsqueeze(0).eq(lengths.unsqueeze(1))
    targets = F.pad(y, (0, 1), value=pad).masked_fill(at_end, stop)
    return inputs, targets
'''),
    Right("01_q2", "in-place assignment on a clone with fancy indices", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    rows = torch.arange(len(y))
    extra = y[:, :1].clone() if y.shape[1] else y.new_zeros(len(y), 1)
    targets = torch.hstack([y.clone(), torch.full_like(extra, pad)])
    inputs = torch.roll(targets, 1, dims=1)
    inputs[:, 0] = start
    targets[rows, lengths] = stop
    return inputs, targets
'''),
    Right("01_q2", "arithmetic with one-hot", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    T = y.shape[1]
    stop_here = F.one_hot(lengths.long(), T + 1)
    wide = F.pad(y, [0, 1], "constant", pad)
    targets = wide * (1 - stop_here) + stop * stop_here
    inputs = F.pad(y, [1, 0], "constant", start)
    return inputs, targets
'''),
    Right("01_q2", "one long row, gathered twice", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    # [start, y_1 .. y_T, stop, pad]: choose from it by index
    B, T = y.shape
    book = torch.cat([y.new_tensor([[start]]).expand(B, 1), y, y.new_tensor([[stop, pad]]).expand(B, 2)], 1)
    k = torch.arange(T + 1, device=y.device).expand(B, -1)
    n = lengths.view(-1, 1)
    in_index = torch.where(k <= n, k, T + 2)
    out_index = torch.where(k < n, k + 1, torch.where(k == n, T + 1, T + 2))
    return book.gather(1, in_index), book.gather(1, out_index)
'''),
    Right("01_q2", "sequence with both ends, cut twice", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    """start y stop pad...: the inputs leave out the last column and the [STOP], the targets the first column."""
    B, T = y.shape
    whole = torch.full((B, T + 2), pad, dtype=y.dtype, device=y.device)
    whole[:, 0] = start
    whole[:, 1:-1] = y
    inputs = whole[:, :-1].clone()
    whole[torch.arange(B, device=y.device), lengths + 1] = stop
    targets = whole[:, 1:].clone()
    return inputs, targets
'''),
    Right("01_q2", "annotations, checks, a named tuple, index_put", source='''
from collections import namedtuple
import warnings

Forced = namedtuple("Forced", ["inputs", "targets"])

def teacher_forcing(y: torch.Tensor, lengths: torch.Tensor, start: int, stop: int, pad: int) -> Forced:
    if y.dim() != 2 or lengths.shape != y.shape[:1]:
        raise ValueError("y (B, T) and lengths (B,)")
    if (lengths > y.shape[1]).any() or (lengths < 0).any():
        raise ValueError("lengths out of range")
    if (lengths == 0).any():
        warnings.warn("an empty sentence")
    column = y.new_ones(y.shape[0], 1)
    inputs = torch.cat((column * start, y), -1)
    targets = torch.cat((y, column * pad), -1).index_put(
        (torch.arange(y.shape[0], device=y.device), lengths.long()), y.new_tensor(stop))
    return Forced(inputs, targets)
'''),
    Right("01_q2", "loop over time with lists of columns", source='''
def teacher_forcing(y, lengths, start, stop, pad):
    T = y.shape[1]
    fed, wanted = [torch.full_like(lengths, start, dtype=torch.int64)], []
    for t in range(T + 1):
        word = y[:, t] if t < T else torch.full_like(fed[0], pad)
        wanted.append(torch.where(lengths == t, torch.full_like(word, stop), word))
        fed.append(word)
    return torch.stack(fed[:-1], 1), torch.stack(wanted, 1)
'''),
    Right("01_q3", "cat, cell, cat, out", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        s = self.cell(torch.cat([self.emb(y_prev), c], dim=1), s_prev)
        return self.out(torch.cat([s, c], dim=1)), s
'''),
    Right("01_q3", "weights of out split in two", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        new = self.cell(torch.hstack((self.emb(y_prev), c)), s_prev)
        D = new.shape[-1]
        w = self.out.weight
        return new @ w[:, :D].T + c @ w[:, D:].T + self.out.bias, new
'''),
    Right("01_q3", "einsum", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.concat([self.emb.weight[y_prev], c], -1)
        s = self.cell(x, s_prev)
        logits = torch.einsum("vk,bk->bv", self.out.weight, torch.concat([s, c], -1)) + self.out.bias
        return logits, s
'''),
    Right("01_q3", "GRU cell by hand, float64 inside", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        x = torch.cat([self.emb(y_prev), c], -1).double()
        old = s_prev.double()
        p = self.cell
        i_r, i_z, i_n = F.linear(x, p.weight_ih.double(), p.bias_ih.double()).chunk(3, dim=-1)
        h_r, h_z, h_n = F.linear(old, p.weight_hh.double(), p.bias_hh.double()).chunk(3, dim=-1)
        r = torch.sigmoid(i_r + h_r)
        z = torch.sigmoid(i_z + h_z)
        n = torch.tanh(i_n + r * h_n)
        s = n + z * (old - n)
        logits = F.linear(torch.cat([s, c.double()], -1), self.out.weight.double(), self.out.bias.double())
        return logits.to(s_prev.dtype), s.to(s_prev.dtype)
'''),
    Right("01_q3", "loop over the batch, without batch axis", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        logits, states = [], []
        for word, state, context in zip(y_prev, s_prev, c):
            state = self.cell(torch.cat([self.emb(word), context]), state)
            logits.append(self.out(torch.cat([state, context])))
            states.append(state)
        return torch.stack(logits), torch.stack(states)
'''),
    Right("01_q3", "one-hot times the embedding, preallocated buffer", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        B, D = s_prev.shape
        E = self.emb.embedding_dim
        word = F.one_hot(y_prev, self.emb.num_embeddings).to(self.emb.weight.dtype) @ self.emb.weight
        x = torch.empty(B, E + D, dtype=c.dtype, device=c.device)
        x[:, :E] = word
        x[:, E:] = c
        s = self.cell(x, s_prev)
        y = c.new_empty(B, 2 * D)
        y[:, :D] = s
        y[:, D:] = c
        return self.out(y), s
'''),
    Right("01_q3", "base class, helper, annotations, ValueError, prints", source='''
from torch import Tensor

class _Joined(nn.Module):
    @staticmethod
    def join(a: Tensor, b: Tensor) -> Tensor:
        if a.shape[0] != b.shape[0]:
            raise ValueError("batches differ")
        return torch.cat((a, b), dim=-1)


class Decoder(_Joined):
    def __init__(self, vocab_size: int, E: int, D: int):
        super().__init__()
        self.vocab_size, self.width = vocab_size, D
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(input_size=E + D, hidden_size=D, bias=True)
        self.out = nn.Linear(D + D, vocab_size)

    def forward(self, *arguments):
        return self.step(*arguments)

    def step(self, y_prev: Tensor, s_prev: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """y_prev (B,), s_prev (B, D), c (B, D) -> logits (B, vocab_size), s (B, D)."""
        s = self.cell(self.join(self.emb(y_prev), c), s_prev)
        print("state", s.shape)
        return self.out(self.join(s, c)), s
'''),
    Right("01_q3", "addmm and F.pad sums", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        E, D = self.emb.embedding_dim, c.shape[1]
        x = F.pad(F.embedding(y_prev, self.emb.weight), (0, D)) + F.pad(c, (E, 0))
        s = self.cell(input=x, hx=s_prev)
        z = F.pad(s, (0, D)) + F.pad(c, (D, 0))
        return torch.addmm(self.out.bias, z, self.out.weight.t()), s
'''),
    Right("01_q3", "GRU cell by hand with sliced weights, dict of parts as lists", source='''
class Decoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def step(self, y_prev, s_prev, c):
        E, D = self.emb.weight.shape[1], s_prev.shape[1]
        W, U, b, d = self.cell.weight_ih, self.cell.weight_hh, self.cell.bias_ih, self.cell.bias_hh
        word = self.emb(y_prev)
        gate = []
        for k in range(3):
            rows = slice(k * D, (k + 1) * D)
            from_input = word @ W[rows, :E].mT + c @ W[rows, E:].mT + b[rows]
            from_state = s_prev @ U[rows].mT + d[rows]
            gate.append((from_input, from_state))
        reset, update = (torch.sigmoid(sum(pair)) for pair in gate[:2])
        candidate = torch.tanh(gate[2][0] + reset * gate[2][1])
        s = update * s_prev + (1 - update) * candidate
        return [self.out(torch.cat([s, c], 1)), s]
'''),
    Right("01_q4", "cross_entropy with ignore_index, flattened", source='''
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=pad)
'''),
    Right("01_q4", "cross_entropy with the classes moved to dim 1", source='''
def sequence_loss(logits, targets, pad):
    n = (targets != pad).sum()
    return F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=pad, reduction="sum") / n
'''),
    Right("01_q4", "log_softmax, gather, where", source='''
def sequence_loss(logits, targets, pad):
    real = targets != pad
    logp = F.log_softmax(logits, dim=-1)
    safe = torch.where(real, targets, 0)
    nll = -logp.gather(2, safe.unsqueeze(2)).squeeze(2)
    return torch.where(real, nll, torch.zeros_like(nll)).sum() / real.sum()
'''),
    Right("01_q4", "boolean indexing, mean", source='''
def sequence_loss(logits, targets, pad):
    keep = targets.ne(pad)
    return nn.CrossEntropyLoss()(logits[keep], targets[keep])
'''),
    Right("01_q4", "logsumexp minus the score", source='''
def sequence_loss(logits, targets, pad):
    keep = targets != pad
    z, y = logits[keep], targets[keep]
    return (torch.logsumexp(z, -1) - z[torch.arange(len(y), device=y.device), y]).mean()
'''),
    Right("01_q4", "loop over batch and time", source='''
def sequence_loss(logits, targets, pad):
    total, n = logits.new_zeros(()), 0
    for b in range(targets.size(0)):
        for t in range(targets.size(1)):
            word = targets[b, t].item()
            if word == pad:
                continue
            scores = logits[b, t]
            top = scores.max().detach()
            total = total + top + torch.log(torch.exp(scores - top).sum()) - scores[word]
            n += 1
    return total / n
'''),
    Right("01_q4", "einsum with one-hot, float64 inside, padding cleared on a copy", source='''
def sequence_loss(logits, targets, pad):
    vocab_size = logits.shape[-1]
    real = targets != pad
    logp = logits.masked_fill(~real[..., None], 0.0).double().log_softmax(-1)
    hot = F.one_hot(targets.masked_fill(~real, 0), vocab_size).bool() & real[..., None]
    total = torch.einsum("btv->", torch.where(hot, logp, torch.zeros_like(logp)))
    return (-total / hot.sum()).to(logits.dtype)
'''),
    Right("01_q4", "reduction none, masked_select", source='''
def sequence_loss(logits, targets, pad):
    B, T, V = logits.shape
    each = F.cross_entropy(logits.view(B * T, V) if logits.is_contiguous() else logits.reshape(B * T, V),
                           targets.reshape(B * T), ignore_index=pad, reduction="none").reshape(B, T)
    return each.masked_select(targets != pad).mean()
'''),
    Right("01_q4", "Categorical, annotations, ValueError, warning", source='''
import warnings

def sequence_loss(logits: torch.Tensor, targets: torch.Tensor, pad: int) -> torch.Tensor:
    if logits.shape[:2] != targets.shape:
        raise ValueError("logits (B, T, V), targets (B, T)")
    keep = targets != pad
    if not keep.any():
        raise ValueError("no real token")
    if not keep.all():
        warnings.warn("padding left out")
    return -torch.distributions.Categorical(logits=logits[keep]).log_prob(targets[keep]).mean()
'''),
    Right("01_q4", "pad renamed to -100 on a copy", source='''
def sequence_loss(logits, targets, pad):
    labels = targets.clone()
    labels[labels == pad] = -100
    return F.cross_entropy(logits.permute(0, 2, 1), labels)
'''),
    Right("01_q4", "sum of rows over sum of counts", source='''
def sequence_loss(logits, targets, pad):
    totals, counts = [], []
    for scores, words in zip(logits, targets):
        totals.append(F.cross_entropy(scores, words, ignore_index=pad, reduction="sum"))
        counts.append((words != pad).sum())
    return torch.stack(totals).sum() / torch.stack(counts).sum()
'''),
    Right("01_q5", "done flags, where, lists", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64, device=s0.device)
    s = s0
    done = torch.zeros(B, dtype=torch.bool, device=s0.device)
    lengths = torch.zeros(B, dtype=torch.int64, device=s0.device)
    ids = []
    for t in range(max_len):
        logits, s = cell(y, s)
        if u is None:
            y = logits.argmax(-1)
        else:
            cum = torch.softmax(logits / temperature, -1).cumsum(-1)
            y = (cum <= u[:, t, None]).sum(-1).clamp(max=logits.shape[-1] - 1)
        ids.append(torch.where(done, pad, y))
        lengths += ~done
        done = done | (y == stop)
    return torch.stack(ids, 1), lengths
'''),
    Right("01_q5", "preallocated, active rows in place, early break", source='''
@torch.no_grad()
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B, dev = len(s0), s0.device
    ids = torch.full((B, max_len), pad, dtype=torch.long, device=dev)
    lengths = torch.full((B,), max_len, dtype=torch.long, device=dev)
    active = torch.ones(B, dtype=torch.bool, device=dev)
    word, state = torch.full((B,), start, dtype=torch.long, device=dev), s0
    for t in range(max_len):
        scores, state = cell(word, state)
        if u is None:
            word = scores.max(dim=1).indices
        else:
            p = F.softmax(scores / temperature, dim=1)
            over = p.cumsum(1) > u[:, t].unsqueeze(1)
            over[:, -1] = True
            word = over.int().argmax(1)
        ids[active, t] = word[active]
        ended = active & (word == stop)
        lengths[ended] = t + 1
        active &= ~ended
        if not active.any():
            break
    return ids, lengths
'''),
    Right("01_q5", "all steps first, cut after", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    y, s, columns = s0.new_full((s0.shape[0],), start, dtype=torch.int64), s0, []
    for t in range(max_len):
        logits, s = cell(y, s)
        if u is None:
            y = torch.argmax(logits, dim=1)
        else:
            cum = torch.cumsum(torch.softmax(logits / temperature, dim=1), dim=1)
            y = torch.searchsorted(cum, u[:, t:t + 1].to(cum.dtype).contiguous(), right=True)[:, 0]
            y = y.clamp(max=logits.shape[1] - 1)
        columns.append(y)
    raw = torch.stack(columns, dim=1)
    is_stop = raw == stop
    stops_before = is_stop.long().cumsum(1) - is_stop.long()
    ids = raw.masked_fill(stops_before > 0, pad)
    return ids, (stops_before == 0).sum(1)
'''),
    Right("01_q5", "python numbers for every choice", source='''
def choose(scores, number, temperature):
    """scores: list of floats -> id, in plain python."""
    if number is None:
        return max(range(len(scores)), key=lambda k: scores[k])
    top = max(scores)
    e = [math.exp((x - top) / temperature) for x in scores]
    z = sum(e)
    cumulative = 0.0
    for k, value in enumerate(e):
        cumulative += value / z
        if cumulative > number:
            return k
    return len(scores) - 1


def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.size(0)
    written = [[] for _ in range(B)]
    fed, s = [start] * B, s0
    for t in range(max_len):
        logits, s = cell(torch.tensor(fed, dtype=torch.int64, device=s0.device), s)
        for b in range(B):
            fed[b] = choose(logits[b].tolist(), None if u is None else float(u[b, t]), temperature)
            if stop not in written[b]:
                written[b].append(fed[b])
    ids = torch.tensor([row + [pad] * (max_len - len(row)) for row in written], dtype=torch.int64, device=s0.device)
    return ids, torch.tensor([len(row) for row in written], device=s0.device)
'''),
    Right("01_q5", "float64 probabilities, triangular matrix for the cumulative sum", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    prev = torch.empty(B, dtype=torch.int64, device=s0.device).fill_(start)
    state = s0
    going = torch.ones_like(prev)
    ids = torch.zeros(B, max_len, dtype=torch.int64, device=s0.device) + pad
    lengths = torch.zeros_like(prev)
    for t in range(max_len):
        logits, state = cell(prev, state)
        if u is None:
            prev = logits.topk(1, dim=-1).indices.squeeze(-1)
        else:
            p = (logits.double() / temperature).softmax(-1)
            V = p.shape[-1]
            cum = p @ torch.ones(V, V, dtype=p.dtype, device=p.device).triu()
            prev = (cum[:, :-1] <= u[:, t, None].double()).sum(-1)
        ids[:, t] = going * prev + (1 - going) * pad
        lengths = lengths + going
        going = going * (prev != stop).long()
    return ids, lengths
'''),
    Right("01_q5", "generator", source='''
def _words(cell, y, s, max_len, pick):
    for t in range(max_len):
        logits, s = cell(y, s)
        y = pick(logits, t)
        yield y


def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    def greedy(logits, t):
        return logits.argmax(dim=-1)

    def drawn(logits, t):
        cum = (logits / temperature).softmax(dim=-1).cumsum(dim=-1)
        later = cum > u[:, t].unsqueeze(-1)
        position = torch.arange(cum.shape[-1], device=cum.device).expand_as(cum)
        return position.masked_fill(~later, cum.shape[-1] - 1).amin(dim=-1)

    y = torch.full(s0.shape[:1], start, dtype=torch.long, device=s0.device)
    with torch.no_grad():
        ids = torch.stack(list(_words(cell, y, s0, max_len, drawn if u is not None else greedy)), dim=-1)
    lengths = torch.full_like(y, max_len)
    for b, row in enumerate(ids):
        found = (row == stop).nonzero()
        if len(found):
            n = int(found[0]) + 1
            lengths[b] = n
            ids[b, n:] = pad
    return ids, lengths
'''),
    Right("01_q5", "finished rows keep their [STOP] as input, while loop", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.tensor([start] * B, device=s0.device)
    finished = y != y
    out, t, s = [], 0, s0
    while t < max_len:
        logits, s = cell(y, s)
        if u is None:
            new = logits.argmax(1)
        else:
            cum = torch.softmax(logits.div(temperature), 1).cumsum(1)
            k = cum.gt(u[:, t].view(-1, 1)).long()
            k[:, -1] = 1
            new = k.argmax(1)
        y = torch.where(finished, torch.full_like(new, stop), new)
        out.append(y.masked_fill(finished, pad))
        finished = finished | y.eq(stop)
        t += 1
    ids = torch.stack(out).T.contiguous()
    first = (ids == stop).int()
    lengths = torch.where(first.any(1), first.argmax(1) + 1, max_len)
    return ids, lengths
'''),
    Right("01_q5", "annotations, ValueError, prints, a small class", source='''
import warnings
from typing import Callable, Optional

class _Page:
    def __init__(self, rows: int, max_len: int, pad: int, device) -> None:
        self.ids = torch.full((rows, max_len), pad, dtype=torch.int64, device=device)
        self.open = torch.ones(rows, dtype=torch.bool, device=device)
        self.lengths = torch.zeros(rows, dtype=torch.int64, device=device)

    def write(self, t: int, y: torch.Tensor, stop: int) -> None:
        self.ids[:, t] = torch.where(self.open, y, self.ids[:, t])
        self.lengths[self.open] += 1
        self.open = self.open & (y != stop)


def sample(cell: Callable, s0: torch.Tensor, start: int, stop: int, pad: int, max_len: int,
           u: Optional[torch.Tensor] = None, temperature: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    if temperature <= 0:
        raise ValueError("temperature must be positive")
    if u is not None and tuple(u.shape) != (s0.shape[0], max_len):
        raise ValueError(f"u must be (B, max_len), got {tuple(u.shape)}")
    page = _Page(s0.shape[0], max_len, pad, s0.device)
    y, s = torch.full((s0.shape[0],), start, dtype=torch.int64, device=s0.device), s0
    for t in range(max_len):
        if not bool(page.open.any()):
            print("all rows wrote [STOP] after", t, "steps")
            break
        logits, s = cell(y, s)
        if u is None:
            y = logits.argmax(dim=-1)
        else:
            p = torch.softmax(logits / temperature, dim=-1)
            y = torch.searchsorted(p.cumsum(-1).double(), u[:, t, None].double(), side="right").squeeze(1)
            y = torch.minimum(y, torch.full_like(y, p.shape[-1] - 1))
        page.write(t, y, stop)
    else:
        warnings.warn("max_len reached or every row ended in the last step")
    return page.ids, page.lengths
'''),
    Right("01_q5", "loop over ids for the cumulative probability", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    batch = s0.shape[0]
    token = torch.zeros(batch, dtype=torch.int64, device=s0.device) + start
    alive = torch.ones(batch, dtype=torch.bool, device=s0.device)
    hidden, ids, lengths = s0, torch.full((max_len, batch), pad, device=s0.device), torch.zeros_like(token)
    for t in range(max_len):
        logits, hidden = cell(token, hidden)
        V = logits.shape[1]
        if u is None:
            token = logits.argmax(1)
        else:
            p = torch.exp(torch.log_softmax(logits / temperature, dim=1))
            token = torch.full_like(token, V - 1)
            seen = torch.zeros(batch, dtype=torch.bool, device=s0.device)
            total = torch.zeros_like(p[:, 0])
            for k in range(V):
                total = total + p[:, k]
                hit = (total > u[:, t]) & ~seen
                token[hit] = k
                seen |= hit
        ids[t][alive] = token[alive]
        lengths[alive] = t + 1
        alive = alive & (token != stop)
    return ids.t(), lengths
'''),
    Right("01_q5", "recursion", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    def go(y, s, alive, t):
        if t == max_len:
            return []
        logits, s = cell(y, s)
        y = pick(logits, t)
        column = (torch.where(alive, y, torch.full_like(y, pad)), alive)
        return [column] + go(y, s, torch.logical_and(alive, y != stop), t + 1)

    def pick(logits, t):
        if u is None:
            return logits.argmax(-1)
        c = torch.cumsum(torch.softmax(logits / temperature, -1), -1)
        return torch.count_nonzero(c[:, :-1] <= u[:, t][:, None], dim=1)

    B = s0.shape[0]
    first = torch.full((B,), start, dtype=torch.int64, device=s0.device)
    columns = go(first, s0, torch.ones(B, dtype=torch.bool, device=s0.device), 0)
    return torch.stack([a for a, _ in columns], 1), torch.stack([b for _, b in columns], 1).sum(1)
'''),
    Right("01_q6", "finfo.min, softmax, times the mask, bmm", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1)
        e = e.masked_fill(~mask, torch.finfo(e.dtype).min)
        a = torch.softmax(e, dim=1) * mask
        return torch.bmm(a.unsqueeze(1), h).squeeze(1), a
'''),
    Right("01_q6", "-inf with empty rows opened, then closed; einsum", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = torch.einsum("a,bsa->bs", self.v.weight[0], torch.tanh(self.W_s(s)[:, None] + self.W_h(h)))
        none = ~mask.any(dim=1, keepdim=True)
        weights = F.softmax(e.masked_fill(~(mask | none), float("-inf")), dim=-1)
        weights = weights.masked_fill(none, 0.0)
        return torch.einsum("bs,bsd->bd", weights, h), weights
'''),
    Right("01_q6", "-inf, softmax, nan_to_num after (masked_fill stops the NaN gradient)", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        scores = self.v(torch.tanh(self.W_s(s)[:, None, :] + self.W_h(h)))[..., 0]
        weights = torch.nan_to_num(scores.masked_fill(~mask, -math.inf).softmax(1))
        return (weights[..., None] * h).sum(1), weights
'''),
    Right("01_q6", "softmax by hand with the maximum taken off", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s)[:, None] + self.W_h(h))).flatten(1)
        lowest = torch.full_like(e, torch.finfo(e.dtype).min)
        e = torch.where(mask, e, lowest)
        top = e.amax(1, keepdim=True).detach()
        x = torch.where(mask, torch.exp(e - top), torch.zeros_like(e))
        total = x.sum(1, keepdim=True)
        weights = x / torch.where(total > 0, total, torch.ones_like(total))
        return torch.matmul(weights[:, None], h)[:, 0], weights
'''),
    Right("01_q6", "loop over the batch, real positions only", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        B, S, D = h.shape
        weights = torch.zeros(B, S, dtype=h.dtype, device=h.device)
        context = torch.zeros(B, D, dtype=h.dtype, device=h.device)
        for b in range(B):
            if not mask[b].any():
                continue
            states = h[b][mask[b]]
            e = self.v(torch.tanh(self.W_s(s[b]) + self.W_h(states)))[:, 0]
            a = e.softmax(0)
            weights[b, mask[b]] = a
            context[b] = a @ states
        return context, weights
'''),
    Right("01_q6", "loop over positions", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        query = self.W_s(s)
        e = torch.stack([self.v(torch.tanh(query + self.W_h(h[:, i]))).squeeze(1) for i in range(h.shape[1])], 1)
        bias = torch.zeros_like(e).masked_fill(~mask, torch.finfo(e.dtype).min / 2)
        a = (e + bias).softmax(1)
        a = torch.where(mask, a, 0.0)
        c = torch.zeros_like(s)
        for i in range(h.shape[1]):
            c = c + a[:, i:i + 1] * h[:, i]
        return c, a
'''),
    Right("01_q6", "float64 inside, one matrix for both", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        W = torch.cat([self.W_s.weight, self.W_h.weight], 1).double()
        both = torch.cat([s.unsqueeze(1).expand_as(h), h], -1).double()
        e = (torch.tanh(both @ W.T) @ self.v.weight.double().T)[:, :, 0]
        keep = mask.double()
        top = torch.where(mask, e, -1e300).max(1, keepdim=True).values.detach()
        x = torch.exp(torch.where(mask, e - top, 0.0)) * keep
        a = x / x.sum(1, keepdim=True).clamp(min=1e-300)
        c = torch.einsum("bs,bsd->bd", a, h.double())
        return c.to(h.dtype), a.to(h.dtype)
'''),
    Right("01_q6", "only the rows with a True; index_put of the results", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        rows = mask.any(1).nonzero().squeeze(1)
        e = self.v(torch.tanh(self.W_s(s[rows])[:, None] + self.W_h(h[rows]))).squeeze(2)
        e[~mask[rows]] = -math.inf
        a = h.new_zeros(mask.shape).index_copy(0, rows, e.softmax(-1))
        return torch.einsum("bij,bi->bj", h, a), a
'''),
    Right("01_q6", "flat list of real positions, scatter and index_add", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        b, i = mask.nonzero(as_tuple=True)
        e = self.v(torch.tanh(self.W_s(s)[b] + self.W_h(h[b, i]))).squeeze(1)
        grid = torch.full(mask.shape, torch.finfo(h.dtype).min, dtype=h.dtype, device=h.device).index_put((b, i), e)
        p = grid.softmax(1)[b, i]
        weights = torch.zeros(mask.shape, dtype=h.dtype, device=h.device).index_put((b, i), p)
        c = torch.zeros_like(s).index_add(0, b, p[:, None] * h[b, i])
        return c, weights
'''),
    Right("01_q6", "log_softmax and exp, -inf, guarded", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v((self.W_s(s).unsqueeze(-2) + self.W_h(h)).tanh()).squeeze(-1)
        any_real = mask.any(-1, keepdim=True)
        e = torch.where(mask, e, e.new_tensor(-math.inf))
        e = torch.where(any_real, e, torch.zeros_like(e))
        a = torch.where(any_real, e.log_softmax(-1).exp(), torch.zeros_like(e))
        return (a.unsqueeze(-2) @ h).squeeze(-2), a
'''),
    Right("01_q6", "scaled_dot_product_attention with scale 1 for the context", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        e = self.v(torch.tanh(self.W_s(s)[:, None] + self.W_h(h)))  # (B, S, 1)
        has = mask.any(1)
        visible = torch.where(has[:, None], mask, torch.ones_like(mask))
        one = torch.ones(h.shape[0], 1, 1, dtype=h.dtype, device=h.device)
        c = F.scaled_dot_product_attention(one, e, h, attn_mask=visible[:, None, :], scale=1.0)[:, 0]
        a = e[..., 0].masked_fill(~visible, -math.inf).softmax(1)
        return c * has[:, None], a * has[:, None]
'''),
    Right("01_q6", "masked h too, annotations, base class, ValueError, print", source='''
import warnings
from torch import Tensor

class _MaskedMean(nn.Module):
    def masked_softmax(self, scores: Tensor, keep: Tensor) -> Tensor:
        filled = scores.masked_fill(keep.logical_not(), -1e30)
        return filled.softmax(dim=-1).masked_fill(keep.logical_not(), 0.0)


class AdditiveAttention(_MaskedMean):
    def __init__(self, D: int, A: int) -> None:
        super().__init__()
        self.W_s: nn.Linear = nn.Linear(D, A, bias=False)
        self.W_h: nn.Linear = nn.Linear(D, A, bias=False)
        self.v: nn.Linear = nn.Linear(A, 1, bias=False)

    def forward(self, s: Tensor, h: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        if h.shape[:2] != mask.shape:
            raise ValueError("h and mask differ")
        if not mask.any(1).all():
            warnings.warn("a row has nothing to look at")
        h = h.masked_fill(~mask.unsqueeze(-1), 0.0)  # a copy
        weights = self.masked_softmax(self.v(torch.tanh(self.W_s(s).unsqueeze(1) + self.W_h(h))).squeeze(-1), mask)
        return torch.bmm(h.transpose(1, 2), weights.unsqueeze(-1)).squeeze(-1), weights
'''),
    Right("01_q6", "preallocated scores, in-place on own copy", source='''
class AdditiveAttention(nn.Module):
    def __init__(self, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_h = nn.Linear(D, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, s, h, mask):
        B, S, _ = h.shape
        q = self.W_s(s)
        hidden = torch.empty(B, S, q.shape[1], dtype=q.dtype, device=q.device)
        hidden[:] = self.W_h(h)
        hidden += q.view(B, 1, -1)
        e = (torch.tanh(hidden) @ self.v.weight.squeeze(0)).clone()
        e[~mask] = -1e9
        a = torch.softmax(e, -1).clone()
        a[~mask] = 0
        return torch.tensordot(a[:, None] * torch.eye(B, dtype=a.dtype, device=a.device)[:, :, None], h, dims=([1, 2], [0, 1])), a
'''),
    Right("01_q7", "loop over time, lists, stack", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        s, logits, weights = s0, [], []
        for t in range(inputs.shape[1]):
            c, a = self.attn(s, h, mask)
            s = self.cell(torch.cat([self.emb(inputs[:, t]), c], 1), s)
            logits.append(self.out(torch.cat([s, c], 1)))
            weights.append(a)
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
    Right("01_q7", "states and contexts stacked, one out at the end", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        words = self.emb(inputs)
        state, states, contexts, looks = s0, [], [], []
        for word in words.unbind(1):
            context, look = self.attn(state, h, mask)
            state = self.cell(torch.cat((word, context), -1), state)
            states.append(state)
            contexts.append(context)
            looks.append(look)
        both = torch.cat([torch.stack(states, 1), torch.stack(contexts, 1)], -1)
        return self.out(both), torch.stack(looks, 1)
'''),
    Right("01_q7", "preallocated buffers", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        (B, T), S = inputs.shape, h.shape[1]
        logits = h.new_zeros(B, T, self.out.out_features)
        weights = h.new_zeros(B, T, S)
        s = s0.clone()
        for t in range(T):
            c, weights[:, t] = self.attn(s, h, mask)
            s = self.cell(torch.hstack([self.emb(inputs[:, t]), c]), s)
            logits[:, t] = self.out(torch.hstack([s, c]))
        return logits, weights
'''),
    Right("01_q7", "helper step, base class, annotations, ValueError, print", source='''
from torch import Tensor

class _Stepper(nn.Module):
    def step(self, y: Tensor, s: Tensor, h: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        c, a = self.attn(s, h, mask)
        s = self.cell(torch.cat([self.emb(y), c], dim=-1), s)
        return self.out(torch.cat([s, c], dim=-1)), a, s


class AttentionDecoder(_Stepper):
    def __init__(self, vocab_size: int, E: int, D: int, A: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.attn = AdditiveAttention(D, A)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)

    def forward(self, inputs: Tensor, s0: Tensor, h: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        if h.shape[:2] != mask.shape:
            raise ValueError("h and mask do not fit")
        rows = []
        s = s0
        for t in range(inputs.size(1)):
            z, a, s = self.step(inputs[:, t], s, h, mask)
            rows.append((z, a))
        print("steps", len(rows))
        logits, weights = (torch.stack(x, dim=1) for x in zip(*rows))
        return logits, weights
'''),
    Right("01_q7", "GRU by hand, split weights", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        E, D = self.emb.embedding_dim, s0.shape[1]
        word_part = F.linear(self.emb(inputs), self.cell.weight_ih[:, :E], self.cell.bias_ih)
        s, zs, ws = s0, [], []
        for t in range(inputs.shape[1]):
            c, w = self.attn(s, h, mask)
            gi = word_part[:, t] + c @ self.cell.weight_ih[:, E:].T
            gh = s @ self.cell.weight_hh.T + self.cell.bias_hh
            r = torch.sigmoid(gi[:, :D] + gh[:, :D])
            z = torch.sigmoid(gi[:, D:2 * D] + gh[:, D:2 * D])
            n = torch.tanh(gi[:, 2 * D:] + r * gh[:, 2 * D:])
            s = (1 - z) * n + z * s
            zs.append(s @ self.out.weight[:, :D].T + c @ self.out.weight[:, D:].T + self.out.bias)
            ws.append(w)
        return torch.stack(zs, dim=1), torch.stack(ws, dim=1)
'''),
    Right("01_q7", "recursion over the inputs", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        c, a = self.attn(s0, h, mask)
        s = self.cell(torch.cat([self.emb(inputs[:, 0]), c], -1), s0)
        z = self.out(torch.cat([s, c], -1))[:, None]
        a = a[:, None]
        if inputs.shape[1] == 1:
            return z, a
        later_z, later_a = self.forward(inputs[:, 1:], s, h, mask)
        return torch.cat([z, later_z], 1), torch.cat([a, later_a], 1)
'''),
    Right("01_q7", "grow by cat from empty tensors, keywords", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        B = inputs.shape[0]
        logits = torch.empty(B, 0, self.out.out_features, dtype=s0.dtype, device=s0.device)
        weights = torch.empty(B, 0, h.shape[1], dtype=s0.dtype, device=s0.device)
        s = s0
        for y in inputs.T:
            c, a = self.attn(s=s, h=h, mask=mask)
            s = self.cell(torch.cat([F.embedding(y, self.emb.weight), c], 1), s)
            z = torch.einsum("bk,vk->bv", torch.cat([s, c], 1), self.out.weight) + self.out.bias
            logits = torch.cat([logits, z.unsqueeze(1)], 1)
            weights = torch.cat([weights, a.unsqueeze(1)], 1)
        return [logits, weights]
'''),
    Right("01_q7", "time first inside, permuted at the end", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        x = self.emb(inputs.t())  # (T, B, E)
        state = s0
        logits, weights = [], []
        for t in range(len(x)):
            context, alpha = self.attn(state, h, mask)
            state = self.cell(torch.cat([x[t], context], dim=1), state)
            logits.append(self.out(torch.cat([state, context], dim=1)))
            weights.append(alpha)
        return torch.stack(logits).permute(1, 0, 2).contiguous(), torch.stack(weights).transpose(0, 1)
'''),
    # the cell is called once a step for all rows: y is (B,); a cell that knows the whole batch breaks
    Right("01_q5", "cell called only with the rows still writing", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        keep = ~done
        if not keep.any():
            break
        part, moved = cell(y[keep], s[keep])
        logits = part.new_zeros(B, part.shape[1])
        logits[keep] = part
        new = moved.new_zeros(B, *moved.shape[1:])
        new[keep] = moved
        s = new
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
    # the cell is called once a step for all rows: y is (B,)
    Right("01_q5", "cell called row by row", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        out = [cell(y[b:b + 1], s[b:b + 1]) for b in range(B)]
        logits, s = torch.cat([o[0] for o in out]), torch.cat([o[1] for o in out])
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
    Right("01_q1", "nn.Embedding(vocab_size, E, padding_idx=0)", source='''
class Encoder(nn.Module):
    def __init__(self, vocab_size, E, D):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)
        self.rnn = nn.GRU(E, D, batch_first=True)
        self.init = nn.Linear(D, D)

    def forward(self, src, mask):
        h, _ = self.rnn(self.emb(src))
        last = h[torch.arange(len(src)), mask.sum(1) - 1]
        return h, torch.tanh(self.init(last))
'''),
    Right("01_q3", "padding_idx=0", source='''
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
'''),
    Right("01_q4", "gather, multiplied by the mask", source='''
def sequence_loss(logits, targets, pad):
    mask = (targets != pad).to(logits.dtype)
    picked = torch.log_softmax(logits, -1).gather(-1, targets[..., None])[..., 0]
    return -(picked * mask).sum() / mask.sum()
'''),
    Right("01_q4", "nll_loss with weight 0 for pad", source='''
def sequence_loss(logits, targets, pad):
    weight = torch.ones(logits.shape[-1], dtype=logits.dtype)
    weight[pad] = 0.0
    return F.nll_loss(F.log_softmax(logits.flatten(0, 1), 1), targets.flatten(), weight=weight)
'''),
    Right("01_q5", "finished rows are fed pad", source='''
def sample(cell, s0, start, stop, pad, max_len, u=None, temperature=1.0):
    B = s0.shape[0]
    y = torch.full((B,), start, dtype=torch.int64)
    s = s0
    done = torch.zeros(B, dtype=torch.bool)
    ids = torch.full((B, max_len), pad, dtype=torch.int64)
    lengths = torch.full((B,), max_len, dtype=torch.int64)
    for t in range(max_len):
        logits, s = cell(torch.where(done, pad, y), s)
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
    Right("01_q5", "early break when all rows are done", source='''
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
        if done.all():
            break
    return ids, lengths
'''),
    Right("01_q5", "keeps calling the cell after all rows are done", source='''
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
'''),
    Right("01_q6", "fill with -1e9 and times the mask", source='''
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
'''),
    Right("01_q7", "loop over the batch too: attn called B times a step", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + D, D)
        self.out = nn.Linear(2 * D, vocab_size)
        self.attn = AdditiveAttention(D, A)

    def forward(self, inputs, s0, h, mask):
        zs, ws = [], []
        for b in range(len(inputs)):
            s, z, w = s0[b:b + 1], [], []
            for t in range(inputs.shape[1]):
                c, a = self.attn(s, h[b:b + 1], mask[b:b + 1])
                s = self.cell(torch.cat([self.emb(inputs[b:b + 1, t]), c], 1), s)
                z.append(self.out(torch.cat([s, c], 1)))
                w.append(a)
            zs.append(torch.cat(z))
            ws.append(torch.cat(w))
        return torch.stack(zs), torch.stack(ws)
'''),
    Right("01_q7", "attn called with keywords", source='''
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
'''),
    Right("01_q7", "padding_idx=0", source='''
class AttentionDecoder(nn.Module):
    def __init__(self, vocab_size, E, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E, padding_idx=0)
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
        return torch.stack(logits, 1), torch.stack(weights, 1)
'''),
]
