"""Right answers to assignment 2 in styles that differ from the reference: each must get full marks."""

from banks.entries import Right

INIT = '''
class InitState(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.fc = nn.Linear(C, D)

'''
ATTENTION = '''
class SpatialAttention(nn.Module):
    def __init__(self, C, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_z = nn.Linear(C, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

'''
CAPTIONER = '''
class AttentionCaptioner(nn.Module):
    def __init__(self, vocab_size, E, C, D, A):
        super().__init__()
        self.init = InitState(C, D)
        self.attn = SpatialAttention(C, D, A)
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + C, D)
        self.out = nn.Linear(D + C, vocab_size)

'''

RIGHT = [
    # 02_q1
    Right("02_q1", "permute and reshape", '''
def grid_to_tokens(z):
    B, C, grid_h, grid_w = z.shape
    return z.permute(0, 2, 3, 1).reshape(B, grid_h * grid_w, C)
'''),
    Right("02_q1", "cell by cell", '''
def grid_to_tokens(z):
    tokens = []
    for i in range(z.shape[2]):
        for j in range(z.shape[3]):
            tokens.append(z[:, :, i, j])
    return torch.stack(tokens, dim=1)
'''),
    Right("02_q1", "einsum", '''
def grid_to_tokens(z):
    return torch.einsum("bcij->bijc", z).flatten(1, 2)
'''),
    Right("02_q1", "a buffer filled in place", '''
def grid_to_tokens(z):
    B, C, h, w = z.shape
    tokens = z.new_zeros(B, h * w, C)
    for i in range(h):
        tokens[:, i * w : (i + 1) * w] = z[:, :, i].transpose(1, 2)
    return tokens
'''),
    Right("02_q1", "unfold with windows of one cell", '''
def grid_to_tokens(z):
    print("a grid of", tuple(z.shape[2:]))
    return F.unfold(z, kernel_size=1).mT.contiguous()
'''),
    Right("02_q1", "rows put together", '''
def grid_to_tokens(z):
    return torch.cat([row.movedim(1, 2) for row in z.unbind(2)], dim=1)
'''),
    # 02_q2
    Right("02_q2", "adaptive pooling", INIT + '''
    def forward(self, z):
        pooled = F.adaptive_avg_pool2d(z.permute(0, 3, 1, 2), 1)
        return self.fc(pooled.flatten(1)).tanh()
'''),
    Right("02_q2", "mean of the projections", INIT + '''
    def forward(self, z):
        return torch.tanh(self.fc(z).flatten(1, 2).mean(1))
'''),
    Right("02_q2", "sum over the count", INIT + '''
    def forward(self, z):
        B, h, w, C = z.shape
        total = torch.zeros(B, C)
        for i in range(h):
            for j in range(w):
                total += z[:, i, j]
        return torch.tanh(F.linear(total / (h * w), self.fc.weight, self.fc.bias))
'''),
    Right("02_q2", "einsum with equal weights", INIT + '''
    def forward(self, z):
        n = z.shape[1] * z.shape[2]
        return torch.tanh(torch.einsum("bijc,dc->bd", z, self.fc.weight) / n + self.fc.bias)
'''),
    Right("02_q2", "image by image, with a warning", INIT + '''
    def forward(self, z):
        import warnings
        warnings.warn("one image at a time")
        return torch.stack([torch.tanh(self.fc(average(image))) for image in z])
''', before='''
def average(image):
    return image.reshape(-1, image.shape[-1]).mean(0)
'''),
    Right("02_q2", "mean of the rows' means", INIT + '''
    def forward(self, z):
        return nn.Tanh()(self.fc(z.mean(2).mean(1)))
'''),
    # 02_q3
    Right("02_q3", "tokens and matrix products", ATTENTION + '''
    def forward(self, z, state):
        B, h, w, C = z.shape
        tokens = z.reshape(B, h * w, C)
        e = self.v(torch.tanh(self.W_s(state).unsqueeze(1) + self.W_z(tokens))).squeeze(2)
        a = torch.softmax(e, dim=1)
        return torch.bmm(a.unsqueeze(1), tokens).squeeze(1), a.view(B, h, w)
'''),
    Right("02_q3", "image by image, cell by cell", ATTENTION + '''
    def forward(self, z, state):
        contexts, maps = [], []
        for grid, s in zip(z, state):
            h, w, C = grid.shape
            e = torch.stack([self.v(torch.tanh(self.W_s(s) + self.W_z(grid[i, j])))[0] for i in range(h) for j in range(w)])
            a = e.softmax(0).reshape(h, w)
            contexts.append(sum(a[i, j] * grid[i, j] for i in range(h) for j in range(w)))
            maps.append(a)
        return torch.stack(contexts), torch.stack(maps)
'''),
    Right("02_q3", "its own stable softmax", ATTENTION + '''
    def forward(self, z, state):
        e = torch.einsum("bija,a->bij", torch.tanh(self.W_s(state)[:, None, None, :] + self.W_z(z)), self.v.weight[0])
        p = torch.exp(e - e.amax(dim=(1, 2), keepdim=True))
        a = p / p.sum(dim=(1, 2), keepdim=True)
        return (a.unsqueeze(-1) * z).sum(dim=(1, 2)), a
'''),
    Right("02_q3", "logsumexp over the grid", ATTENTION + '''
    def forward(self, z, state):
        e = self.v(torch.tanh(self.W_s(state).view(len(z), 1, 1, -1) + self.W_z(z)))[..., 0]
        a = (e - torch.logsumexp(e, dim=(1, 2), keepdim=True)).exp()
        return torch.einsum("bhw,bhwc->bc", a, z), a
'''),
    Right("02_q3", "matrix products with the weights, unflatten", ATTENTION + '''
    def forward(self, z, state):
        print("asking", len(z), "grids")
        tokens = z.flatten(1, 2)
        query = (state @ self.W_s.weight.T).repeat_interleave(tokens.shape[1], 0).view(*tokens.shape[:2], -1)
        a = F.softmax((query + tokens @ self.W_z.weight.T).tanh() @ self.v.weight.T, dim=1)
        return [torch.sum(a * tokens, 1), a.squeeze(-1).unflatten(1, z.shape[1:3])]
'''),
    Right("02_q3", "column by column, both ways", ATTENTION + '''
    def forward(self, z, state):
        turned = z.transpose(1, 2)
        e = self.v(torch.tanh(self.W_s(state)[:, None, None] + self.W_z(turned))).squeeze(-1)
        a = e.flatten(1).softmax(1).view(e.shape)
        return torch.einsum("bji,bjic->bc", a, turned), a.transpose(1, 2)
'''),
    # 02_q4
    Right("02_q4", "buffers filled in place", CAPTIONER + '''
    def forward(self, inputs, z):
        B, T = inputs.shape
        logits, maps = torch.zeros(B, T, self.out.out_features), torch.zeros(B, T, *z.shape[1:3])
        h = self.init(z)
        for t in range(T):
            c, a = self.attn(z, h)
            maps[:, t] = a
            h = self.cell(torch.cat([self.emb(inputs[:, t]), c], 1), h)
            logits[:, t] = self.out(torch.cat([h, c], 1))
        return logits, maps
'''),
    Right("02_q4", "read out once, after the loop", CAPTIONER + '''
    def forward(self, inputs, z):
        words, state, features, maps = self.emb(inputs), self.init(z), [], []
        for t in range(inputs.size(1)):
            context, where = self.attn(z, state)
            state = self.cell(torch.cat((words[:, t], context), dim=-1), state)
            features += [torch.cat((state, context), dim=-1)]
            maps += [where]
        return self.out(torch.stack(features, 1)), torch.stack(maps, 1)
'''),
    Right("02_q4", "recursive", CAPTIONER + '''
    def forward(self, inputs, z, h=None):
        h = self.init(z) if h is None else h
        c, a = self.attn(z, h)
        h = self.cell(torch.cat([self.emb(inputs[:, 0]), c], -1), h)
        here = self.out(torch.cat([h, c], -1))[:, None], a[:, None]
        if inputs.shape[1] == 1:
            return here
        rest = self.forward(inputs[:, 1:], z, h)
        return torch.cat([here[0], rest[0]], 1), torch.cat([here[1], rest[1]], 1)
'''),
    Right("02_q4", "padding index and a helper", CAPTIONER.replace("E)", "E, padding_idx=0)") + '''
    def forward(self, inputs, z):
        logits, maps, h = [], [], self.init(z)
        for t, y in enumerate(inputs.T):
            print("step", t)
            h, out, a = one_word(self, y, h, z)
            logits.append(out)
            maps.append(a)
        return torch.stack(logits).transpose(0, 1), torch.stack(maps).movedim(0, 1)
''', before='''
def one_word(model, y, h, z):
    c, a = model.attn(z, h)
    h = model.cell(torch.cat([model.emb(y), c], dim=1), h)
    return h, model.out(torch.cat([h, c], dim=1)), a
'''),
    Right("02_q4", "its own gates", CAPTIONER + '''
    def forward(self, inputs, z):
        results, h = [], self.init(z)
        for t in range(inputs.shape[1]):
            c, a = self.attn(z, h)
            x = torch.hstack([self.emb.weight[inputs[:, t]], c])
            g = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, -1)
            k = F.linear(h, self.cell.weight_hh, self.cell.bias_hh).chunk(3, -1)
            r, u = torch.sigmoid(g[0] + k[0]), torch.sigmoid(g[1] + k[1])
            h = (1 - u) * torch.tanh(g[2] + r * k[2]) + u * h
            results.append((h @ self.out.weight[:, : h.shape[1]].T + c @ self.out.weight[:, h.shape[1] :].T + self.out.bias, a))
        return tuple(torch.stack(x, dim=1) for x in zip(*results))
'''),
    # 02_q5
    Right("02_q5", "mask and mean", '''
def caption_loss(logits, targets, maps, pad, lam):
    keep = targets != pad
    words = F.cross_entropy(logits[keep], targets[keep])
    total = torch.einsum("bt,btij->bij", keep.float(), maps)
    return words + lam * (1 - total).square().mean()
'''),
    Right("02_q5", "caption by caption", '''
def caption_loss(logits, targets, maps, pad, lam):
    costs, penalties = [], []
    for scores, words, looks in zip(logits, targets, maps):
        seen = torch.zeros(looks.shape[1:])
        for score, word, look in zip(scores, words, looks):
            if word != pad:
                costs.append(torch.logsumexp(score, 0) - score[word])
                seen = seen + look
        penalties.append(((1 - seen) ** 2).mean())
    return torch.stack(costs).mean() + lam * sum(penalties) / len(penalties)
'''),
    Right("02_q5", "mean squared error with ones", '''
def caption_loss(logits, targets, maps, pad, lam):
    cost = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=pad, reduction="sum") / (targets != pad).sum()
    seen = maps.masked_fill((targets == pad)[..., None, None], 0).sum(1)
    return cost + lam * F.mse_loss(seen, torch.ones_like(seen))
'''),
    Right("02_q5", "log-softmax and gather, float64", '''
def caption_loss(logits, targets, maps, pad, lam):
    real = targets.ne(pad).double()
    cost = -logits.double().log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    flat = maps.double().flatten(2)
    seen = (real.unsqueeze(1) @ flat).squeeze(1)
    penalty = ((1 - seen) ** 2).sum() / seen.numel()
    return ((cost * real).sum() / real.sum() + lam * penalty).float()
'''),
    Right("02_q5", "nll loss and a helper", '''
def caption_loss(logits, targets, maps, pad, lam):
    V = logits.shape[-1]
    loss = F.nll_loss(F.log_softmax(logits, -1).view(-1, V), targets.reshape(-1), ignore_index=pad)
    maps = maps * torch.where(targets == pad, 0.0, 1.0)[:, :, None, None]
    return loss + penalty(maps, lam)
''', before='''
def penalty(maps, lam):
    print("lam", lam)
    left = 1 - maps.sum(1)
    return lam * torch.mean(left * left)
'''),
    # 02_q6
    Right("02_q6", "lists of beams", '''
def beam_search(cell, s0, start, stop, width, max_len):
    beams = [(0.0, [], s0[0])]
    for t in range(max_len):
        live = [beam for beam in beams if beam[1][-1:] != [stop]]
        if not live:
            break
        y = torch.tensor([ids[-1] if ids else start for _, ids, _ in live])
        logits, states = cell(y, torch.stack([s for _, _, s in live]))
        gains = iter(zip(logits.log_softmax(-1).tolist(), states))
        candidates = []
        for beam in beams:
            if beam[1][-1:] == [stop]:
                candidates.append(beam)
                continue
            gain, s = next(gains)
            candidates += [(beam[0] + g, beam[1] + [k], s) for k, g in enumerate(gain)]
        beams = sorted(candidates, key=lambda beam: beam[0], reverse=True)[:width]
    score, ids, _ = beams[0]
    return torch.tensor(ids), score
'''),
    Right("02_q6", "one cell call for each beam", '''
def beam_search(cell, s0, start, stop, width, max_len):
    beams = [Beam((), torch.tensor(0.0), s0)]
    for _ in range(max_len):
        found = []
        for beam in beams:
            found += [beam] if beam.ids and beam.ids[-1] == stop else children(cell, beam, start)
        found.sort(key=lambda beam: -beam.score)
        beams = found[:width]
        if beams[0].ids[-1] == stop:  # scores only fall: nobody overtakes it
            break
    return torch.tensor(beams[0].ids), beams[0].score
''', before='''
from dataclasses import dataclass

@dataclass
class Beam:
    ids: tuple
    score: torch.Tensor
    s: torch.Tensor

def children(cell, beam, start):
    logits, s = cell(torch.tensor([beam.ids[-1] if beam.ids else start]), beam.s)
    gains = F.log_softmax(logits[0], 0)
    return [Beam((*beam.ids, k), beam.score + gain, s) for k, gain in enumerate(gains)]
'''),
    Right("02_q6", "a fixed number of beams, the unused at minus infinity", '''
@torch.no_grad()
def beam_search(cell, s0, start, stop, width, max_len):
    ids = torch.zeros(width, max_len, dtype=torch.long)
    score = torch.full((width,), float("-inf"))
    score[0] = 0
    length = torch.zeros(width, dtype=torch.long)
    done = torch.zeros(width, dtype=torch.bool)
    y, s = torch.full((width,), start), s0.repeat(width, 1)
    for t in range(max_len):
        logits, s = cell(y, s)
        V = logits.shape[1]
        gain = torch.log_softmax(logits, 1)
        gain[done] = float("-inf")
        gain[done, stop] = 0
        total = (score.unsqueeze(1) + gain).reshape(-1)
        order = torch.argsort(total, descending=True, stable=True)[:width]
        parent, y = torch.div(order, V, rounding_mode="floor"), order.remainder(V)
        score, s, ids = total[order], s[parent], ids[parent].clone()
        length = length[parent] + ~done[parent]
        ids[:, t] = y
        done = done[parent] | (y == stop)
        if done.all():
            break
    return ids[0, : length[0]], score[0].item()
'''),
    Right("02_q6", "a sort by score, place and id in numpy", '''
def beam_search(cell, s0, start, stop, width, max_len):
    import numpy as np
    ids, scores, s, y = [[]], np.zeros(1), s0, torch.tensor([start])
    for _ in range(max_len):
        logits, s = cell(y, s)
        gains = torch.log_softmax(logits.double(), -1).detach().numpy().copy()
        over = np.array([stop in beam for beam in ids])
        if over.all():
            break
        gains[over] = -np.inf
        gains[over, stop] = 0.0
        total = scores[:, None] + gains
        n, k = np.unravel_index(np.argsort(-total, axis=None, kind="stable")[:width], total.shape)
        keep = np.isfinite(total[n, k])
        n, k = n[keep], k[keep]
        scores = total[n, k]
        ids = [ids[i] if over[i] else ids[i] + [int(j)] for i, j in zip(n, k)]
        s, y = s[torch.from_numpy(n)], torch.from_numpy(k)
    return torch.tensor(ids[0]), float(scores[0])
'''),
    Right("02_q6", "a heap and dictionaries", '''
def beam_search(cell, s0, start, stop, width, max_len):
    import heapq
    print("searching", width)
    beams = {(): (0.0, s0)}
    for _ in range(max_len):
        found, place = {}, {}
        for rank, (ids, (score, s)) in enumerate(beams.items()):
            if ids and ids[-1] == stop:
                found[ids], place[ids] = (score, s), (score, -rank, 0)
                continue
            logits, after = cell(torch.tensor([ids[-1] if ids else start]), s)
            for k, gain in enumerate(torch.nn.functional.log_softmax(logits[0], dim=0).tolist()):
                found[ids + (k,)], place[ids + (k,)] = (score + gain, after), (score + gain, -rank, -k)
        beams = {ids: found[ids] for ids in heapq.nlargest(width, found, key=place.get)}
    ids, (score, _) = next(iter(beams.items()))
    return torch.tensor(ids, dtype=torch.int64), torch.tensor(score)
'''),
]
