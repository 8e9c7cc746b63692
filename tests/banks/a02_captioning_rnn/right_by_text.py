"""Right answers to assignment 2, written from the text of its tasks alone, without sight of the reference or its tests."""

from banks.entries import Right

ATTENTION_PARTS = '''
class SpatialAttention(nn.Module):
    def __init__(self, C, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_z = nn.Linear(C, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)
'''

CAPTIONER_PARTS = '''
class AttentionCaptioner(nn.Module):
    def __init__(self, vocab_size, E, C, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + C, D)
        self.out = nn.Linear(D + C, vocab_size)
        self.init = InitState(C, D)
        self.attn = SpatialAttention(C, D, A)
'''

RIGHT_BY_TEXT: list[Right] = [
    Right("02_q1", "cell after cell, stacked", source='''
def grid_to_tokens(z):
    cells = []
    for i in range(z.size(2)):
        for j in range(z.size(3)):
            cells.append(z[:, :, i, j])
    return torch.stack(cells, dim=1)
'''),
    Right("02_q1", "written into an empty tensor", source='''
def grid_to_tokens(z):
    B, C, grid_h, grid_w = z.shape
    tokens = torch.empty(B, grid_h * grid_w, C, dtype=z.dtype, device=z.device)
    for n in range(grid_h * grid_w):
        tokens[:, n, :] = z[:, :, n // grid_w, n % grid_w]
    return tokens
'''),
    Right("02_q1", "unfold with windows of one cell", source='''
def grid_to_tokens(z):
    return F.unfold(z, kernel_size=1).mT
'''),
    Right("02_q1", "einsum, double precision, a warning", source='''
import warnings

def grid_to_tokens(z):
    warnings.warn("a grid becomes tokens")
    last = torch.einsum("bcij->bijc", z.double())
    return last.reshape(z.shape[0], z.shape[2] * z.shape[3], z.shape[1]).to(z.dtype)
'''),
    Right("02_q1", "rows joined one after another by a helper", before='''
def one_image(image):
    print("an image of", len(image), "channels")
    return torch.cat([row.t() for row in image.unbind(1)], dim=0)
''', source='''
def grid_to_tokens(z):
    return torch.stack([one_image(image) for image in z])
'''),
    Right("02_q1", "an index of the cells", source='''
def grid_to_tokens(z):
    B, C, grid_h, grid_w = z.shape
    i, j = torch.meshgrid(torch.arange(grid_h, device=z.device), torch.arange(grid_w, device=z.device), indexing="ij")
    return z.movedim(1, -1)[:, i.flatten(), j.flatten()]
'''),
    Right("02_q2", "mean over columns, then over rows", source='''
class InitState(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.fc = nn.Linear(C, D)

    def forward(self, z):
        return self.fc(z.mean(2).mean(1)).tanh()
'''),
    Right("02_q2", "adaptive pooling of channels put first", source='''
class InitState(nn.Module):
    def __init__(self, C, D):
        super(InitState, self).__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(in_features=C, out_features=D, bias=True)
        self.act = nn.Tanh()

    def forward(self, z):
        pooled = self.pool(z.permute(0, 3, 1, 2))  # (B, C, 1, 1)
        return self.act(self.fc(pooled[:, :, 0, 0]))
'''),
    Right("02_q2", "fc on every cell, then the mean: fc is linear", source='''
class InitState(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.fc = nn.Linear(C, D)

    def forward(self, z):
        return torch.tanh(self.fc(z).flatten(1, 2).mean(1))
'''),
    Right("02_q2", "loops over images and cells", source='''
class InitState(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.fc = nn.Linear(C, D)

    def forward(self, z):
        states = []
        for image in z:
            total = 0
            for row in image:
                for cell in row:
                    total = total + cell
            states.append(torch.tanh(self.fc(total / (len(image) * len(image[0])))))
        return torch.stack(states)
'''),
    Right("02_q2", "double precision, the weights used by hand, tanh from exp", before='''
def my_tanh(x):
    return 2 * torch.sigmoid(2 * x) - 1
''', source='''
class InitState(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.fc = nn.Linear(C, D)

    def forward(self, z):
        B, h, w, C = z.shape
        mean = torch.einsum("bijc->bc", z.double()) / (h * w)
        x = torch.einsum("bc,dc->bd", mean, self.fc.weight.double()) + self.fc.bias.double()
        return my_tanh(x).float()
'''),
    Right("02_q3", "einsum on the grid, softmax by hand with each image's maximum", source=ATTENTION_PARTS + '''
    def forward(self, z, state):
        e = torch.einsum("bija,a->bij", torch.tanh(self.W_z(z) + self.W_s(state)[:, None, None, :]), self.v.weight[0])
        a = torch.exp(e - e.amax((1, 2), keepdim=True))
        a = a / a.sum((1, 2), keepdim=True)
        return torch.einsum("bij,bijc->bc", a, z), a
'''),
    Right("02_q3", "loops over images and cells", source=ATTENTION_PARTS + '''
    def forward(self, z, state):
        contexts, maps = [], []
        for b in range(len(z)):
            question = self.W_s(state[b])
            scores = torch.stack([torch.stack([self.v(torch.tanh(question + self.W_z(cell)))[0] for cell in row]) for row in z[b]])
            weights = torch.softmax(scores.flatten(), 0).reshape(scores.shape)
            c = 0
            for i, row in enumerate(z[b]):
                for j, cell in enumerate(row):
                    c = c + weights[i, j] * cell
            contexts.append(c)
            maps.append(weights)
        return torch.stack(contexts), torch.stack(maps)
'''),
    Right("02_q3", "log-softmax of flat scores, bmm, a list returned, parts in another order", source='''
class SpatialAttention(nn.Module):
    def __init__(self, C, D, A):
        super().__init__()
        self.v, self.W_z, self.W_s = (nn.Linear(n, m, bias=False) for n, m in ((A, 1), (C, A), (D, A)))

    def forward(self, z, state):
        tokens = z.flatten(1, 2)
        e = self.v(torch.tanh(self.W_s(state.unsqueeze(1)) + self.W_z(tokens)))
        a = F.log_softmax(e, dim=1).exp()  # (B, N, 1)
        c = torch.bmm(a.mT, tokens)
        return [c.squeeze(1), a.reshape(z.shape[:-1])]
'''),
    Right("02_q3", "one by one convolutions, double precision", source=ATTENTION_PARTS + '''
    def forward(self, z, state):
        first = z.permute(0, 3, 1, 2).double()
        hidden = F.conv2d(first, self.W_z.weight.double()[:, :, None, None])
        hidden = hidden + F.linear(state.double(), self.W_s.weight.double())[:, :, None, None]
        e = F.conv2d(hidden.tanh(), self.v.weight.double()[:, :, None, None])[:, 0]
        a = (e - torch.logsumexp(e, dim=(1, 2), keepdim=True)).exp()
        return (a.unsqueeze(1) * first).sum(dim=(2, 3)).to(z.dtype), a.to(z.dtype)
'''),
    Right("02_q3", "one linear layer on state and cell side by side, weights joined", source=ATTENTION_PARTS + '''
    def forward(self, z, state):
        B, grid_h, grid_w, _ = z.shape
        both = torch.cat([state[:, None, None].expand(B, grid_h, grid_w, state.shape[-1]), z], -1)
        e = self.v(torch.tanh(F.linear(both, torch.cat([self.W_s.weight, self.W_z.weight], 1))))[..., 0]
        a = nn.Softmax(dim=-1)(e.reshape(B, -1)).unflatten(1, (grid_h, grid_w))
        return torch.tensordot(a, z, dims=([1, 2], [1, 2])).diagonal(dim1=0, dim2=1).T, a
'''),
    Right("02_q4", "out once after the loop", source=CAPTIONER_PARTS + '''
    def forward(self, inputs, z):
        h = self.init(z)
        seen, maps = [], []
        for word in self.emb(inputs).unbind(1):
            c, a = self.attn(z, h)
            h = self.cell(torch.cat((word, c), dim=-1), h)
            seen.append(torch.cat((h, c), dim=-1))
            maps.append(a)
        return self.out(torch.stack(seen, 1)), torch.stack(maps, 1)
'''),
    Right("02_q4", "written into empty tensors, arguments by name", source='''
class AttentionCaptioner(nn.Module):
    def __init__(self, vocab_size, E, C, D, A):
        super().__init__()
        self.attn = SpatialAttention(C=C, D=D, A=A)
        self.init = InitState(C=C, D=D)
        self.out = nn.Linear(D + C, vocab_size)
        self.cell = nn.GRUCell(input_size=E + C, hidden_size=D)
        self.emb = nn.Embedding(vocab_size, E)

    def forward(self, inputs, z):
        B, T = inputs.shape
        logits = torch.zeros(B, T, self.out.out_features, device=z.device)
        maps = torch.zeros(B, T, z.shape[1], z.shape[2], device=z.device)
        state = self.init(z=z)
        for t in range(T):
            c, maps[:, t] = self.attn(state=state, z=z)
            state = self.cell(torch.cat([self.emb(inputs[:, t]), c], dim=1), state)
            logits[:, t] = self.out(torch.cat([state, c], dim=1))
        return logits, maps
'''),
    Right("02_q4", "one image at a time", source=CAPTIONER_PARTS + '''
    def forward(self, inputs, z):
        all_logits, all_maps = [], []
        for ids, image in zip(inputs, z):
            h, logits, maps = self.init(image[None]), [], []
            for i in ids:
                c, a = self.attn(image[None], h)
                h = self.cell(torch.cat([self.emb(i)[None], c], 1), h)
                logits.append(self.out(torch.cat([h, c], 1))[0])
                maps.append(a[0])
            all_logits.append(torch.stack(logits))
            all_maps.append(torch.stack(maps))
        return torch.stack(all_logits), torch.stack(all_maps)
'''),
    Right("02_q4", "a step of its own, called again and again by itself", source=CAPTIONER_PARTS + '''
    def step(self, inputs, z, h):
        if inputs.shape[1] == 0:
            return [], []
        c, a = self.attn(z, h)
        h = self.cell(torch.hstack([self.emb(inputs[:, 0]), c]), h)
        logits, maps = self.step(inputs[:, 1:], z, h)
        return [self.out(torch.hstack([h, c])), *logits], [a, *maps]

    def forward(self, inputs, z):
        logits, maps = self.step(inputs, z, self.init(z))
        return torch.stack(logits, 1), torch.stack(maps, 1)
'''),
    Right("02_q4", "the GRU by hand from the cell's weights, one-hot words", source=CAPTIONER_PARTS + '''
    def gru(self, x, h):
        r1, u1, n1 = F.linear(x, self.cell.weight_ih, self.cell.bias_ih).chunk(3, 1)
        r2, u2, n2 = F.linear(h, self.cell.weight_hh, self.cell.bias_hh).chunk(3, 1)
        u = torch.sigmoid(u1 + u2)
        return u * h + (1 - u) * torch.tanh(n1 + torch.sigmoid(r1 + r2) * n2)

    def forward(self, inputs, z):
        words = F.one_hot(inputs, self.emb.num_embeddings).float() @ self.emb.weight
        h, logits, maps = self.init(z), (), ()
        for t in range(inputs.size(1)):
            c, a = self.attn(z, h)
            h = self.gru(torch.cat([words[:, t], c], 1), h)
            logits += (self.out(torch.cat([h, c], 1)).unsqueeze(1),)
            maps += (a.unsqueeze(1),)
        return torch.cat(logits, 1), torch.cat(maps, 1)
'''),
    Right("02_q5", "log-softmax and gather, the maps times the mask", source='''
def caption_loss(logits, targets, maps, pad, lam):
    real = (targets != pad).float()
    picked = torch.log_softmax(logits, -1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    words = -(picked * real).sum() / real.sum()
    seen = (maps * real[:, :, None, None]).sum(1)
    return words + lam * (1 - seen).pow(2).mean()
'''),
    Right("02_q5", "loops over captions and steps", source='''
def caption_loss(logits, targets, maps, pad, lam):
    words, penalty = [], 0.0
    for b in range(len(targets)):
        seen = torch.zeros_like(maps[b, 0])
        for t, y in enumerate(targets[b].tolist()):
            if y != pad:
                words.append(torch.logsumexp(logits[b, t], 0) - logits[b, t, y])
                seen = seen + maps[b, t]
        penalty = penalty + ((1 - seen) ** 2).sum()
    return sum(words) / len(words) + lam * penalty / (maps.shape[0] * maps.shape[2] * maps.shape[3])
'''),
    Right("02_q5", "real rows picked by the mask, mse_loss", source='''
def caption_loss(logits, targets, maps, pad, lam):
    real = targets != pad
    seen = torch.where(real[:, :, None, None], maps, torch.zeros_like(maps)).sum(dim=1)
    return F.cross_entropy(logits[real], targets[real]) + lam * F.mse_loss(seen, torch.ones_like(seen))
'''),
    Right("02_q5", "cross entropy with the vocabulary second, einsum, double precision", source='''
def caption_loss(logits, targets, maps, pad, lam):
    real = targets.ne(pad)
    clean = maps.double().masked_fill(real.logical_not()[..., None, None], 0)
    cost = F.cross_entropy(logits.double().transpose(1, 2), targets, ignore_index=int(pad), reduction="sum") / real.sum()
    left = 1 - torch.einsum("btij->bij", clean)
    return (cost + lam * torch.einsum("bij,bij->", left, left) / left.numel()).float()
'''),
    Right("02_q5", "own copies changed in place", source='''
def caption_loss(logits, targets, maps, pad, lam):
    gone = targets == pad
    maps, logits = maps.clone(), logits.clone()
    maps[gone] = 0
    logits[gone] = 0
    print("real targets:", int((~gone).sum()))
    logp = F.log_softmax(logits, dim=2)
    words = F.nll_loss(logp.flatten(0, 1)[~gone.flatten()], targets[~gone])
    missing = maps.sum(1).neg_().add_(1)
    return torch.add(words, missing.square().mean(), alpha=lam)
'''),
    Right("02_q6", "lists of python numbers, one beam at a time", source='''
def beam_search(cell, s0, start, stop, width, max_len):
    beams = [{"ids": [], "score": 0.0, "state": s0}]
    for _ in range(max_len):
        candidates = []
        for beam in beams:
            if beam["ids"] and beam["ids"][-1] == stop:
                candidates.append(beam)
                continue
            last = beam["ids"][-1] if beam["ids"] else start
            logits, state = cell(torch.tensor([last], dtype=torch.int64), beam["state"])
            for i, p in enumerate(F.log_softmax(logits[0], dim=0).tolist()):
                candidates.append({"ids": beam["ids"] + [i], "score": beam["score"] + p, "state": state})
        beams = sorted(candidates, key=lambda beam: beam["score"], reverse=True)[:width]
    return torch.tensor(beams[0]["ids"]), beams[0]["score"]
'''),
    Right("02_q6", "tensors, stable sort, finished beams fed too", source='''
def beam_search(cell, s0, start, stop, width, max_len):
    ids = torch.empty(1, 0, dtype=torch.int64)
    scores = torch.zeros(1)
    last, s = torch.tensor([start]), s0
    done = torch.tensor([False])
    lengths = torch.tensor([0])
    for t in range(max_len):
        if done.all():
            break
        logits, s = cell(last, s)
        logp = logits - logits.logsumexp(-1, keepdim=True)  # (n, V)
        V = logp.shape[1]
        stay = torch.full((V,), -torch.inf)
        stay[stop] = 0.0
        total = scores[:, None] + torch.where(done[:, None], stay, logp)
        best, flat = total.flatten().sort(descending=True, stable=True)
        keep = best > -torch.inf
        best, flat = best[keep][:width], flat[keep][:width]
        parent, last = flat // V, flat % V
        ids = torch.cat([ids[parent], last[:, None]], 1)
        lengths = lengths[parent] + (~done[parent]).long()
        done = done[parent] | (last == stop)
        scores, s = best, s[parent]
    return ids[0, :int(lengths[0])], scores[0]
'''),
    Right("02_q6", "stops once the best beam is finished, for none can overtake it", source='''
import heapq

def beam_search(cell, s0, start, stop, width, max_len):
    beams = [(0.0, (), s0[0])]
    for _ in range(max_len):
        if beams[0][1][-1:] == (stop,):
            break
        live = [k for k, beam in enumerate(beams) if beam[1][-1:] != (stop,)]
        y = torch.tensor([beams[k][1][-1] if beams[k][1] else start for k in live])
        logits, s = cell(y, torch.stack([beams[k][2] for k in live]))
        candidates = [(-beams[k][0], k, 0, beams[k]) for k in range(len(beams)) if k not in live]
        for k, row, state in zip(live, F.log_softmax(logits, -1).tolist(), s):
            score, ids, _ = beams[k]
            candidates += [(-(score + p), k, i, (score + p, (*ids, i), state)) for i, p in enumerate(row)]
        beams = [c[3] for c in heapq.nsmallest(width, candidates, key=lambda c: c[:3])]
    return torch.as_tensor(beams[0][1]), torch.tensor(beams[0][0])
'''),
    Right("02_q6", "every beam read again from the start at each step", source='''
def beam_search(cell, s0, start, stop, width, max_len):
    def next_log_probs(ids):
        s = s0
        for y in [start, *ids]:
            logits, s = cell(torch.full((1,), y), s)
        return logits.squeeze(0).log_softmax(0)

    beams = [([], torch.tensor(0.0))]
    while len(max((ids for ids, _ in beams), key=len)) < max_len and any(ids[-1:] != [stop] for ids, _ in beams):
        candidates = []
        for ids, score in beams:
            if ids[-1:] == [stop]:
                candidates.append((ids, score))
            else:
                p = next_log_probs(ids)
                candidates.extend((ids + [i], score + p[i]) for i in range(p.numel()))
        order = torch.stack([score for _, score in candidates]).argsort(descending=True, stable=True)
        beams = [candidates[k] for k in order.tolist()[:width]]
    return torch.tensor(beams[0][0], dtype=torch.long), beams[0][1]
'''),
    Right("02_q6", "double precision, the best few of each beam, candidates inserted in order", before='''
def place(best, candidate, width):
    """Put a candidate behind all that are at least as good, and drop what is too much."""
    k = len(best)
    while k > 0 and best[k - 1][0] < candidate[0]:
        k -= 1
    best.insert(k, candidate)
    del best[width:]
''', source='''
@torch.no_grad()
def beam_search(cell, s0, start, stop, width, max_len):
    beams = [(0.0, [], start, s0, False)]
    for _ in range(max_len):
        y = torch.tensor([beam[2] for beam in beams])
        logits, states = cell(y, torch.cat([beam[3] for beam in beams]))
        logp = logits.double().log_softmax(dim=1)
        best = []
        for k, (score, ids, last, s, done) in enumerate(beams):
            if done:
                place(best, (score, ids, last, s, True), width)
            else:
                for i in range(logp.size(1)):
                    place(best, (score + float(logp[k, i]), ids + [i], i, states[k:k + 1], i == stop), width)
        beams = best
        if all(beam[4] for beam in beams):
            break
    return torch.LongTensor(beams[0][1]), beams[0][0]
'''),
]
