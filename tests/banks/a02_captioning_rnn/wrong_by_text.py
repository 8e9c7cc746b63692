"""Wrong answers to assignment 2, written from the text of its tasks alone, without sight of the reference or its tests.

Most are a right answer of their own (`BASE`) with one idea spoilt."""

from banks.entries import Wrong

BASE = {
    "02_q1": '''
def grid_to_tokens(z):
    return z.flatten(2).transpose(1, 2)  # (B, grid_h*grid_w, C)
''',
    "02_q2": '''
class InitState(nn.Module):
    def __init__(self, C, D):
        super().__init__()
        self.fc = nn.Linear(C, D)

    def forward(self, z):
        mean = z.mean((1, 2))
        return torch.tanh(self.fc(mean))
''',
    "02_q3": '''
class SpatialAttention(nn.Module):
    def __init__(self, C, D, A):
        super().__init__()
        self.W_s = nn.Linear(D, A, bias=False)
        self.W_z = nn.Linear(C, A, bias=False)
        self.v = nn.Linear(A, 1, bias=False)

    def forward(self, z, state):
        B, grid_h, grid_w, C = z.shape
        cells = z.reshape(B, grid_h * grid_w, C)
        e = self.v(torch.tanh(self.W_s(state)[:, None] + self.W_z(cells))).squeeze(-1)  # (B, N)
        a = e.softmax(-1)
        c = (a[:, :, None] * cells).sum(1)
        return c, a.view(B, grid_h, grid_w)
''',
    "02_q4": '''
class AttentionCaptioner(nn.Module):
    def __init__(self, vocab_size, E, C, D, A):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, E)
        self.cell = nn.GRUCell(E + C, D)
        self.out = nn.Linear(D + C, vocab_size)
        self.init = InitState(C, D)
        self.attn = SpatialAttention(C, D, A)

    def forward(self, inputs, z):
        h = self.init(z)
        y = self.emb(inputs)
        logits, maps = [], []
        for t in range(inputs.shape[1]):
            c, a = self.attn(z, h)
            h = self.cell(torch.cat([y[:, t], c], 1), h)
            logits.append(self.out(torch.cat([h, c], 1)))
            maps.append(a)
        return torch.stack(logits, 1), torch.stack(maps, 1)
''',
    "02_q5": '''
def caption_loss(logits, targets, maps, pad, lam):
    real = targets != pad
    words = F.cross_entropy(logits[real], targets[real])
    seen = maps.masked_fill(~real[:, :, None, None], 0.0).sum(1)
    return words + lam * ((1 - seen) ** 2).mean()
''',
    "02_q6": '''
def beam_search(cell, s0, start, stop, width, max_len):
    beams = [([], 0.0, s0[0], False)]
    for t in range(max_len):
        if all(beam[3] for beam in beams):
            break
        live = [beam for beam in beams if not beam[3]]
        y = torch.tensor([beam[0][-1] if beam[0] else start for beam in live])
        logits, s = cell(y, torch.stack([beam[2] for beam in live]))
        logp = logits.log_softmax(-1)
        candidates, k = [], 0
        for ids, score, state, done in beams:
            if done:
                candidates.append((ids, score, state, True))
                continue
            for i in range(logp.shape[1]):
                candidates.append((ids + [i], score + logp[k, i].item(), s[k], i == stop))
            k += 1
        beams = sorted(candidates, key=lambda beam: -beam[1])[:width]
    return torch.tensor(beams[0][0]), beams[0][1]
''',
}

TOKENS = "return z.flatten(2).transpose(1, 2)  # (B, grid_h*grid_w, C)"
MEAN = "mean = z.mean((1, 2))"
SOFTMAX = "a = e.softmax(-1)"
CONTEXT = "c = (a[:, :, None] * cells).sum(1)"
LOOK = "            c, a = self.attn(z, h)\n"
STEP = "            h = self.cell(torch.cat([y[:, t], c], 1), h)\n"
WRITE = "            logits.append(self.out(torch.cat([h, c], 1)))\n"
WORDS = "words = F.cross_entropy(logits[real], targets[real])"
SEEN = "seen = maps.masked_fill(~real[:, :, None, None], 0.0).sum(1)"
PENALTY = "((1 - seen) ** 2).mean()"
RETURN = "return torch.tensor(beams[0][0]), beams[0][1]"
CHOOSE = "beams = sorted(candidates, key=lambda beam: -beam[1])[:width]"


def spoilt(question: str, name: str, *edits: tuple[str, str], breaks: tuple[str, ...] = ()) -> Wrong:
    return Wrong(question, name, edits=edits, base=BASE[question], breaks=breaks)


WRONG_BY_TEXT: list[Wrong] = [
    # q1
    spoilt("02_q1", "reshaped as it lies in memory", (TOKENS, "return z.reshape(z.shape[0], -1, z.shape[1])")),
    spoilt("02_q1", "column by column", (TOKENS, "return z.permute(0, 3, 2, 1).flatten(1, 2)")),
    spoilt("02_q1", "column by column where the grid is taller than wide",
           (TOKENS, "z = z.mT if z.shape[2] > z.shape[3] else z\n    return z.flatten(2).mT")),
    spoilt("02_q1", "the grid left as a grid", (TOKENS, "return z.permute(0, 2, 3, 1)")),
    spoilt("02_q1", "the longer axis taken for the cells",
           (TOKENS, "t = z.flatten(2)\n    return t.mT if t.shape[2] > t.shape[1] else t")),
    spoilt("02_q1", "images mixed up, right for a batch of one",
           (TOKENS, "return z.permute(2, 3, 0, 1).reshape(z.shape[0], -1, z.shape[1])")),
    spoilt("02_q1", "the last row first", (TOKENS, "return z.flip(2).flatten(2).mT")),
    spoilt("02_q1", "detached", (TOKENS, "return z.detach().flatten(2).mT")),
    spoilt("02_q1", "through python numbers: no gradient", (TOKENS, "return torch.tensor(z.flatten(2).mT.tolist())")),
    spoilt("02_q1", "negative features cut off", (TOKENS, "return z.flatten(2).mT.relu()")),
    spoilt("02_q1", "half precision on the way", (TOKENS, "return z.half().float().flatten(2).mT")),
    spoilt("02_q1", "the argument turned in place", (TOKENS, "with torch.no_grad():\n        t = z.flatten(2).mT.clone()\n"
                                                     "    z.data = z.data.mT\n    return t + 0 * z.sum()")),
    spoilt("02_q1", "the first image of the batch for all", (TOKENS, "return z[:1].expand_as(z).flatten(2).mT")),
    Wrong("02_q1", "the size of the first grid kept for later ones", source='''
sizes = []

def grid_to_tokens(z):
    sizes.append(z.shape[2:])
    grid_h, grid_w = sizes[0]
    return torch.stack([z[:, :, i, j] for i in range(min(grid_h, z.shape[2])) for j in range(min(grid_w, z.shape[3]))], 1)
'''),
    Wrong("02_q1", "two axes swapped by reshape after a right permute", source='''
def grid_to_tokens(z):
    B, C, grid_h, grid_w = z.shape
    z = z.permute(0, 2, 3, 1)
    return z.reshape(B, grid_w, grid_h, C).transpose(1, 2).reshape(B, grid_h * grid_w, C)
'''),
    # q2
    spoilt("02_q2", "tanh forgotten", ("torch.tanh(self.fc(mean))", "self.fc(mean)")),
    spoilt("02_q2", "tanh of the mean, then fc", ("torch.tanh(self.fc(mean))", "self.fc(torch.tanh(mean))")),
    spoilt("02_q2", "the mean of the cells' tanh", (MEAN, ""), ("torch.tanh(self.fc(mean))", "torch.tanh(self.fc(z)).mean((1, 2))")),
    spoilt("02_q2", "the sum over the cells", (MEAN, "mean = z.sum((1, 2))")),
    spoilt("02_q2", "the largest of the cells", (MEAN, "mean = z.amax((1, 2))")),
    spoilt("02_q2", "the median of the cells", (MEAN, "mean = z.flatten(1, 2).median(1).values")),
    spoilt("02_q2", "the mean over the batch too", (MEAN, "mean = z.mean((0, 1, 2)).expand(len(z), -1)")),
    spoilt("02_q2", "the mean of the cells that are not zero",
           (MEAN, "mean = z.sum((1, 2)) / (z != 0).any(-1).sum((1, 2)).clamp(min=1)[:, None]")),
    spoilt("02_q2", "the last row left out of grids of more than four rows", (MEAN, "mean = z[:, :4].mean((1, 2))")),
    spoilt("02_q2", "bias left out", ("self.fc(mean)", "mean @ self.fc.weight.T")),
    spoilt("02_q2", "a layer without bias", ("nn.Linear(C, D)", "nn.Linear(C, D, bias=False)")),
    spoilt("02_q2", "the weight transposed where it is square",
           ("self.fc(mean)", "self.fc(mean) if self.fc.in_features != self.fc.out_features else mean @ self.fc.weight + self.fc.bias")),
    spoilt("02_q2", "the image gets no gradient", (MEAN, "mean = z.detach().mean((1, 2))")),
    spoilt("02_q2", "fc gets no gradient", ("self.fc(mean)", "F.linear(mean, self.fc.weight.detach(), self.fc.bias.detach())")),
    spoilt("02_q2", "a layer norm too many", ("self.fc = nn.Linear(C, D)", "self.fc = nn.Linear(C, D)\n        self.norm = nn.LayerNorm(C)"),
           (MEAN, "mean = self.norm(z).mean((1, 2))")),
    spoilt("02_q2", "another name", ("self.fc = ", "self.linear = "), ("self.fc(mean)", "self.linear(mean)")),
    spoilt("02_q2", "dropout", (MEAN, "mean = F.dropout(z.mean((1, 2)), 0.1, self.training)"), breaks=("02_q4",)),
    spoilt("02_q2", "a running mean out of the past", (MEAN, "mean = z.mean((1, 2))\n        old = getattr(self, 'old', None)\n"
                                                        "        mean = mean if old is None or old.shape != mean.shape else (mean + old) / 2\n"
                                                        "        self.old = mean.detach()")),
    spoilt("02_q2", "no tanh in eval mode", ("return torch.tanh(self.fc(mean))", "h = self.fc(mean)\n        return h.tanh() if self.training else h")),
    # q3
    spoilt("02_q3", "softmax in each row", (SOFTMAX, "a = e.view(B, grid_h, grid_w).softmax(-1).flatten(1)")),
    spoilt("02_q3", "softmax in each column", (SOFTMAX, "a = e.view(B, grid_h, grid_w).softmax(1).flatten(1)")),
    spoilt("02_q3", "softmax over the batch as well", (SOFTMAX, "a = e.flatten().softmax(0).view_as(e)")),
    spoilt("02_q3", "no tanh", ("torch.tanh(self.W_s(state)[:, None] + self.W_z(cells))", "self.W_s(state)[:, None] + self.W_z(cells)")),
    spoilt("02_q3", "two tanh added", ("torch.tanh(self.W_s(state)[:, None] + self.W_z(cells))",
                                       "torch.tanh(self.W_s(state)[:, None]) + torch.tanh(self.W_z(cells))")),
    spoilt("02_q3", "scores divided by the root of A", (SOFTMAX, "a = (e * self.v.in_features ** -0.5).softmax(-1)")),
    spoilt("02_q3", "exp of large scores overflows", (SOFTMAX, "a = e.exp() / e.exp().sum(-1, keepdim=True)")),
    spoilt("02_q3", "the batch's largest score taken away: others underflow",
           (SOFTMAX, "a = (e - e.max()).exp()\n        a = a / a.sum(-1, keepdim=True)")),
    spoilt("02_q3", "scores cut at 50", (SOFTMAX, "a = e.clamp(-50, 50).softmax(-1)")),
    spoilt("02_q3", "a small number in the denominator",
           (SOFTMAX, "a = (e - e.amax(-1, keepdim=True)).exp()\n        a = a / (a.sum(-1, keepdim=True) + 1e-2)")),
    spoilt("02_q3", "scores half in precision", (SOFTMAX, "a = e.half().float().softmax(-1)")),
    spoilt("02_q3", "the map folded with rows and columns exchanged",
           ("a.view(B, grid_h, grid_w)", "a.view(B, grid_w, grid_h).transpose(1, 2)")),
    spoilt("02_q3", "the map of square grids transposed",
           ("a.view(B, grid_h, grid_w)", "a.view(B, grid_h, grid_w) if grid_h != grid_w else a.view(B, grid_h, grid_w).mT")),
    spoilt("02_q3", "the map times the number of cells", ("a.view(B, grid_h, grid_w)", "a.view(B, grid_h, grid_w) * a.shape[1]")),
    spoilt("02_q3", "the map of logarithms", ("a.view(B, grid_h, grid_w)", "a.log().view(B, grid_h, grid_w)")),
    spoilt("02_q3", "the context of projected cells where the widths agree",
           (CONTEXT, "x = self.W_z(cells) if self.v.in_features == C else cells\n        c = (a[:, :, None] * x).sum(1)")),
    spoilt("02_q3", "the context of the likeliest cell", (CONTEXT, "c = cells[torch.arange(B, device=z.device), a.argmax(-1)]")),
    spoilt("02_q3", "the likeliest cell alone in eval mode",
           (SOFTMAX, "a = e.softmax(-1)\n        a = a if self.training else F.one_hot(a.argmax(-1), a.shape[1]).to(a)")),
    spoilt("02_q3", "the map carries no gradient", ("return c, a.view", "return c, a.detach().view")),
    spoilt("02_q3", "the weights are constants for the context", (CONTEXT, "c = (a.detach()[:, :, None] * cells).sum(1)")),
    spoilt("02_q3", "the state gets no gradient", ("self.W_s(state)", "self.W_s(state.detach())")),
    spoilt("02_q3", "the grid gets no gradient from the scores", ("self.W_z(cells)", "self.W_z(cells.detach())")),
    spoilt("02_q3", "every image asked with the first state", ("self.W_s(state)[:, None]", "self.W_s(state[:1])[:, None]")),
    spoilt("02_q3", "W_s and W_z exchanged where the widths agree",
           ("e = self.v(", "W_s, W_z = (self.W_z, self.W_s) if C == state.shape[1] else (self.W_s, self.W_z)\n        e = self.v("),
           ("self.W_s(state)[:, None] + self.W_z(cells)", "W_s(state)[:, None] + W_z(cells)")),
    spoilt("02_q3", "a bias too many", ("self.v = nn.Linear(A, 1, bias=False)", "self.v = nn.Linear(A, 1)")),
    spoilt("02_q3", "projected cells kept from the first call of a size",
           ("e = self.v(", "old = getattr(self, 'old', None)\n        self.old = old if old is not None and old.shape[:2] == cells.shape[:2] "
                           "else self.W_z(cells)\n        e = self.v("),
           ("+ self.W_z(cells)", "+ self.old"), breaks=("02_q4",)),
    spoilt("02_q3", "the argument changed in place", (CONTEXT, "c = (a[:, :, None] * cells).sum(1)\n        state.data.tanh_()"),
           breaks=("02_q4",)),
    # q4
    spoilt("02_q4", "looks after the step, with the new state", (LOOK + STEP, LOOK + STEP + LOOK)),
    spoilt("02_q4", "only the reported map is that after the step", (WRITE, "            a = self.attn(z, h)[1]\n" + WRITE)),
    spoilt("02_q4", "looks once", ("        for t", "        c, a = self.attn(z, h)\n        for t"), (LOOK, "")),
    spoilt("02_q4", "always asks with the first state", ("h = self.init(z)", "h = h0 = self.init(z)"), ("self.attn(z, h)", "self.attn(z, h0)")),
    spoilt("02_q4", "logits before the step", (STEP + WRITE, WRITE + STEP)),
    spoilt("02_q4", "logits of the state after the step and the context after it", (WRITE, "            c = self.attn(z, h)[0]\n" + WRITE)),
    spoilt("02_q4", "context in front of the word", ("torch.cat([y[:, t], c], 1)", "torch.cat([c, y[:, t]], 1)")),
    spoilt("02_q4", "context in front of the state where the widths agree",
           ("torch.cat([h, c], 1)", "torch.cat([h, c] if h.shape != c.shape else [c, h], 1)")),
    spoilt("02_q4", "out without the context", ("torch.cat([h, c], 1)", "torch.cat([h, 0 * c], 1)")),
    spoilt("02_q4", "cell without the context", ("torch.cat([y[:, t], c], 1)", "torch.cat([y[:, t], 0 * c], 1)")),
    spoilt("02_q4", "every step from the first state", ("c], 1), h)\n", "c], 1), self.init(z))\n")),
    spoilt("02_q4", "the state that looks never reads the words",
           ("h = self.init(z)", "h = s = self.init(z)"), (LOOK, "            c, a = self.attn(z, s)\n            s = self.cell(torch.cat([0 * y[:, t], c], 1), s)\n")),
    spoilt("02_q4", "the gradient stops between steps", (LOOK, "            h = h if t == 0 else h.detach()\n" + LOOK)),
    spoilt("02_q4", "the maps carry no gradient", ("maps.append(a)", "maps.append(a.detach())")),
    spoilt("02_q4", "the first state gets no gradient", ("h = self.init(z)", "h = self.init(z).detach()")),
    spoilt("02_q4", "its own words instead of the inputs in eval mode",
           ("y[:, t], c", "(y[:, t] if self.training or t == 0 else self.emb(logits[-1].argmax(-1))), c")),
    spoilt("02_q4", "its own words instead of the inputs",
           ("y[:, t], c", "(y[:, t] if t == 0 else self.emb(logits[-1].argmax(-1))), c")),
    spoilt("02_q4", "log-probabilities instead of logits", (WRITE, WRITE.replace("1)))", "1)).log_softmax(-1))"))),
    spoilt("02_q4", "at most four steps", ("range(inputs.shape[1])", "range(min(4, inputs.shape[1]))")),
    spoilt("02_q4", "goes on from the state of the last call",
           ("h = self.init(z)", "h = self.init(z)\n        old = getattr(self, 'old', None)\n        h = old if old is not None and old.shape == h.shape else h"),
           ("        return", "        self.old = h.detach()\n        return")),
    spoilt("02_q4", "words with a largest length", ("nn.Embedding(vocab_size, E)", "nn.Embedding(vocab_size, E, max_norm=1.0)")),
    spoilt("02_q4", "the state kept where the input is 0", (STEP, "            old = h\n" + STEP + "            h = torch.where(inputs[:, t, None] == 0, old, h)\n")),
    spoilt("02_q4", "the argument written into", ("y = self.emb(inputs)", "y = self.emb(inputs)\n        inputs[:, 0] = 0")),
    spoilt("02_q4", "the looks added up", ("maps.append(a)", "maps.append(a if t == 0 else a + maps[-1])")),
    spoilt("02_q4", "all look at the first image", ("c, a = self.attn(z, h)", "c, a = self.attn(z[:1].expand_as(z), h)")),
    # q5
    spoilt("02_q5", "words at padding cost as well", (WORDS, "words = F.cross_entropy(logits.flatten(0, 1), targets.flatten())")),
    spoilt("02_q5", "words at padding cost nothing but are counted",
           (WORDS, "words = F.cross_entropy(logits[real], targets[real], reduction='sum') / real.numel()")),
    spoilt("02_q5", "the mean of the captions' means",
           (WORDS, "cost = F.cross_entropy(logits.mT, targets, reduction='none').masked_fill(~real, 0)\n"
                   "    some = real.any(1)\n    words = (cost.sum(1)[some] / real.sum(1)[some]).mean()")),
    spoilt("02_q5", "words cost their sum over the batch size",
           (WORDS, "words = F.cross_entropy(logits[real], targets[real], reduction='sum') / len(targets)")),
    spoilt("02_q5", "pad taken to be 0", ("targets != pad", "targets != 0")),
    spoilt("02_q5", "pad taken to be 0 in the words alone",
           (WORDS, "words = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)")),
    spoilt("02_q5", "pad taken to be 0 in the penalty alone", (SEEN, "seen = maps.masked_fill((targets == 0)[:, :, None, None], 0.0).sum(1)")),
    spoilt("02_q5", "maps at padding count", (SEEN, "seen = maps.sum(1)")),
    spoilt("02_q5", "padding only at the end: the first lengths of steps",
           (SEEN, "n = real.sum(1, keepdim=True)\n    real = torch.arange(real.shape[1], device=real.device) < n\n    " + SEEN)),
    spoilt("02_q5", "penalty over pixels of each map", (SEEN, "seen = maps.sum((2, 3))[real]")),
    spoilt("02_q5", "each map is made to sum to 1 first",
           (SEEN, "maps = maps / maps.sum((2, 3), keepdim=True)\n    " + SEEN)),
    spoilt("02_q5", "penalty not divided by the batch size", (PENALTY, "((1 - seen) ** 2).mean((1, 2)).sum()")),
    spoilt("02_q5", "penalty not divided by the number of cells", (PENALTY, "((1 - seen) ** 2).sum((1, 2)).mean()")),
    spoilt("02_q5", "captions of padding left out of the penalty", (PENALTY, "((1 - seen[real.any(1)]) ** 2).mean()")),
    spoilt("02_q5", "penalty divided by the captions that are not all padding",
           (PENALTY, "((1 - seen[real.any(1)]) ** 2).sum() / seen.numel()")),
    spoilt("02_q5", "each cell is asked for the length over the number of cells",
           (PENALTY, "((real.sum(1)[:, None, None] / seen[0].numel() - seen) ** 2).mean()")),
    spoilt("02_q5", "the absolute difference", (PENALTY, "(1 - seen).abs().mean()")),
    spoilt("02_q5", "only cells looked at too little cost", (PENALTY, "(1 - seen).relu().square().mean()")),
    spoilt("02_q5", "the square of the mean", (PENALTY, "(1 - seen).mean((1, 2)).square().mean()")),
    spoilt("02_q5", "lam made whole", ("lam * ", "int(lam) * ")),
    spoilt("02_q5", "the penalty carries no gradient", (PENALTY, "((1 - seen.detach()) ** 2).mean()")),
    spoilt("02_q5", "the maps set to zero in place", (SEEN, "maps.data[~real] = 0\n    seen = maps.sum(1)")),
    spoilt("02_q5", "a word that the model gives no chance costs little",
           (WORDS, "p = logits[real].softmax(-1).gather(1, targets[real][:, None])\n    words = -(p + 1e-4).log().mean()")),
    spoilt("02_q5", "the logarithm of a softmax that underflows",
           (WORDS, "words = -logits[real].softmax(-1).gather(1, targets[real][:, None]).log().mean()")),
    spoilt("02_q5", "one number with an axis", ("    return words + lam * ((1 - seen) ** 2).mean()",
                                                "    return (words + lam * ((1 - seen) ** 2).mean()).view(1)")),
    # q6
    spoilt("02_q6", "one child for each beam", ("for i in range(logp.shape[1])", "for i in [int(logp[k].argmax())]")),
    spoilt("02_q6", "width children in all, of the best beam only", ("        candidates, k = [], 0\n", "        candidates, k, beams = [], 0, beams[:1]\n")),
    spoilt("02_q6", "greedy", (CHOOSE, "beams = sorted(candidates, key=lambda beam: -beam[1])[:1]")),
    spoilt("02_q6", "ends when one beam is finished", ("if all(", "if any(")),
    spoilt("02_q6", "only a finished beam is returned, if there is one", (RETURN, "beams = [beam for beam in beams if beam[3]] or beams\n    " + RETURN)),
    spoilt("02_q6", "scores by length at the end", (RETURN, "beams.sort(key=lambda beam: -beam[1] / len(beam[0]))\n    " + RETURN)),
    spoilt("02_q6", "scores by length at each step", ("key=lambda beam: -beam[1]", "key=lambda beam: -beam[1] / len(beam[0])")),
    spoilt("02_q6", "finished beams go on writing", ("i == stop))", "False))")),
    spoilt("02_q6", "finished beams dropped", ("                candidates.append((ids, score, state, True))\n", "")
           , (CHOOSE, CHOOSE.replace("[:width]", "[:width] or beams"))),
    spoilt("02_q6", "finished beams set aside, never pushed out, the width left to others",
           ("beams = [([], 0.0, s0[0], False)]", "beams, aside = [([], 0.0, s0[0], False)], []"),
           (CHOOSE, "beams = []\n        for beam in sorted(candidates, key=lambda beam: -beam[1]):\n            if beam[3]:\n"
                    "                aside.append(beam)\n            elif len(beams) < width:\n                beams.append(beam)"),
           (RETURN, "beams = sorted(aside + beams, key=lambda beam: -beam[1])\n    " + RETURN)),
    spoilt("02_q6", "finished beams keep their place for ever, the width shrinks",
           (CHOOSE, "old = [beam for beam in beams if beam[3]]\n        new = [beam for beam in candidates if not any(beam[0] is o[0] for o in old)]\n"
                    "        beams = sorted(old + sorted(new, key=lambda beam: -beam[1])[:width - len(old)], key=lambda beam: -beam[1])")),
    spoilt("02_q6", "width copies of the first beam", ("beams = [([], 0.0, s0[0], False)]", "beams = [([], 0.0, s0[0], False)] * width")),
    spoilt("02_q6", "states of the first beam for all", ("s[k], i == stop", "s[0], i == stop")),
    spoilt("02_q6", "states stay in their places when beams move",
           (CHOOSE, CHOOSE + "\n        beams = [(ids, score, s[min(n, len(s) - 1)], done) for n, (ids, score, _, done) in enumerate(beams)]")),
    spoilt("02_q6", "states one step old", ("s[k], i == stop", "state, i == stop")),
    spoilt("02_q6", "one beam for each last id", (CHOOSE, "best = {}\n        for beam in sorted(candidates, key=lambda beam: -beam[1]):\n"
                                                          "            best.setdefault(beam[0][-1], beam)\n        beams = list(best.values())[:width]")),
    spoilt("02_q6", "logits added up", ("logits.log_softmax(-1)", "logits")),
    spoilt("02_q6", "the log-softmax over the beams", ("logits.log_softmax(-1)", "logits.log_softmax(0)")),
    spoilt("02_q6", "probabilities multiplied until they vanish",
           ("[([], 0.0, s0[0], False)]", "[([], 1.0, s0[0], False)]"), ("logits.log_softmax(-1)", "logits.softmax(-1)"),
           ("score + logp[k, i].item()", "score * logp[k, i]"), ("beams[0][1]", "torch.as_tensor(beams[0][1]).log()")),
    spoilt("02_q6", "the probability as the score", (RETURN, "return torch.tensor(beams[0][0]), math.exp(beams[0][1])")),
    spoilt("02_q6", "width larger than the vocabulary raises",
           ("logp = logits.log_softmax(-1)\n", "logp = logits.log_softmax(-1)\n        logp.topk(width)\n")),
    spoilt("02_q6", "among equals the higher id first", ("key=lambda beam: -beam[1]", "key=lambda beam: (-beam[1], -beam[0][-1])")),
    spoilt("02_q6", "among equals the lower id first, whichever the beam", ("key=lambda beam: -beam[1]", "key=lambda beam: (-beam[1], beam[0][-1])")),
    spoilt("02_q6", "among equals the finished first", ("key=lambda beam: -beam[1]", "key=lambda beam: (-beam[1], not beam[3])")),
    spoilt("02_q6", "among equals the last", ("sorted(candidates, key=lambda beam: -beam[1])", "sorted(candidates, key=lambda beam: beam[1])[::-1]")),
    spoilt("02_q6", "start is never written", ("                candidates.append((ids + [i]", "                if i != start: candidates.append((ids + [i]")),
    spoilt("02_q6", "stop is not allowed first", ("                candidates.append((ids + [i]", "                if ids or i != stop: candidates.append((ids + [i]")),
    spoilt("02_q6", "stop is forced at the end", ("                candidates.append((ids + [i]", "                if t < max_len - 1 or i == stop: candidates.append((ids + [i]")),
    spoilt("02_q6", "the score leaves out stop", ("score + logp[k, i].item()", "score + logp[k, i].item() * (i != stop)")),
    spoilt("02_q6", "a finished result with the best score of the step before",
           ("        candidates, k = [], 0\n", "        candidates, k = [], 0\n        best = beams[0][1]\n"),
           (RETURN, "return torch.tensor(beams[0][0]), best if beams[0][3] else beams[0][1]")),
    spoilt("02_q6", "stop cut off the ids", (RETURN, "return torch.tensor([i for i in beams[0][0] if i != stop], dtype=torch.int64), beams[0][1]")),
    spoilt("02_q6", "the start that was fed is in the ids", (RETURN, "return torch.tensor([start] + beams[0][0]), beams[0][1]")),
    spoilt("02_q6", "ids padded with stop", (RETURN, "return torch.tensor((beams[0][0] + [stop] * max_len)[:max_len]), beams[0][1]")),
    spoilt("02_q6", "ids are not int64", (RETURN, "return torch.tensor(beams[0][0], dtype=torch.int32), beams[0][1]")),
    spoilt("02_q6", "one step too few", ("range(max_len)", "range(max(1, max_len - 1))")),
    spoilt("02_q6", "one step too many", ("range(max_len)", "range(max_len + 1)")),
    spoilt("02_q6", "at most five steps", ("range(max_len)", "range(min(max_len, 5))")),
    spoilt("02_q6", "at most nine beams", ("[:width]", "[:min(width, 9)]")),
    spoilt("02_q6", "at most as many beams as words", ("[:width]", "[:min(width, logp.shape[1])]")),
    spoilt("02_q6", "the start state set to zero first", ("s0[0], False", "torch.zeros_like(s0[0]), False")),
]
