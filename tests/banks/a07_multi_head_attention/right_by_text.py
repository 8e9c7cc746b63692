"""More right answers to assignment 7, written from the task's text alone, without sight of the reference or its tests."""

from banks.entries import Right

RIGHT_BY_TEXT: list[Right] = [
    Right("07_q1", "slices stacked one by one", source='''
def split_heads(x, H):
    width, rest = divmod(x.shape[2], H)
    if rest:
        raise ValueError
    heads = []
    for h in range(H):
        heads.append(x[:, :, h * width : (h + 1) * width])
    return torch.stack(heads, dim=1)
'''),
    Right("07_q1", "a table of column numbers", source='''
class NotDivisible(ValueError):
    pass

def split_heads(x, H):
    D = x.size(-1)
    if H * (D // H) != D:
        raise NotDivisible(f"H = {H}, D = {D}")
    columns = torch.arange(D, device=x.device).view(H, D // H)
    return x[:, :, columns].permute(0, 2, 1, 3).contiguous()
'''),
    Right("07_q1", "windows by unfold, a view", source='''
def split_heads(x, H):
    D = x.shape[-1]
    if D % H > 0:
        print("no equal shares")
        raise ValueError(H)
    return x.unfold(2, D // H, D // H).movedim(2, 1)
'''),
    Right("07_q1", "as_strided with the strides of x", source='''
def split_heads(x, H):
    B, N, D = x.shape
    if H not in [n for n in range(1, D + 1) if D % n == 0]:
        raise ValueError("no")
    d = D // H
    b, n, j = x.stride()
    return x.as_strided((B, H, N, d), (b, d * j, n, j), x.storage_offset())
'''),
    Right("07_q2", "heads concatenated", source='''
def merge_heads(x):
    return torch.cat([x[:, h] for h in range(x.shape[1])], dim=-1)
'''),
    Right("07_q2", "an empty tensor of its own, filled in place", source='''
def merge_heads(x):
    B, H, N, d = x.shape
    out = x.new_empty(B, N, H * d)
    for h in range(H):
        out[..., h * d : (h + 1) * d] = x[:, h]
    return out
'''),
    Right("07_q2", "every number by its own index", source='''
def merge_heads(x):
    B, H, N, d = x.shape
    column = torch.arange(H * d, device=x.device)
    token = torch.arange(N, device=x.device)[:, None]
    return x[:, column // d, token, column % d]
'''),
    Right("07_q3", "loops over everything, allowed keys picked out", source='''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        if D % H:
            raise ValueError("D % H")
        super().__init__()
        self.W_o, self.W_v, self.W_k, self.W_q = (nn.Linear(D, D) for _ in range(4))
        self.heads, self.width, self.p = H, D // H, dropout

    def forward(self, query, key, value, mask=None):
        Q, K, V = self.W_q(query), self.W_k(key), self.W_v(value)
        B, T, S = query.shape[0], query.shape[1], key.shape[1]
        if mask is None:
            mask = torch.ones(T, S, dtype=torch.bool, device=query.device)
        mask = mask.expand(B, T, S)
        weights = torch.zeros(B, self.heads, T, S, dtype=Q.dtype, device=Q.device)
        rows = []
        for b in range(B):
            for t in range(T):
                allowed = mask[b, t].nonzero()[:, 0]
                parts = []
                for h in range(self.heads):
                    c = slice(h * self.width, (h + 1) * self.width)
                    a = torch.softmax(K[b, allowed, c] @ Q[b, t, c] / math.sqrt(self.width), dim=0)
                    a = F.dropout(a, self.p, self.training)
                    weights[b, h, t, allowed] = a.detach()
                    parts.append(a @ V[b, allowed, c])
                rows.append(self.W_o(torch.cat(parts)))
        return torch.stack(rows).view(B, T, -1), weights
'''),
    Right("07_q3", "einsum and minus infinity, nan_to_num, detached weights", source='''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H != 0:
            raise ValueError(f"{H} does not divide {D}")
        self.H, self.drop = H, nn.Dropout(dropout)
        for name in ("W_q", "W_k", "W_v", "W_o"):
            setattr(self, name, nn.Linear(D, D))

    def forward(self, query, key, value, mask=None):
        q = self.W_q(query).unflatten(2, (self.H, -1))
        k = self.W_k(key).unflatten(2, (self.H, -1))
        v = self.W_v(value).unflatten(2, (self.H, -1))
        e = torch.einsum("bthd,bshd->bhts", q / q.shape[-1] ** 0.5, k)
        if mask is not None:
            while mask.dim() < 3:
                mask = mask[None]
            e = e.masked_fill(~mask[:, None], -torch.inf)
        a = self.drop(e.softmax(-1).nan_to_num(nan=0.0))
        y = torch.einsum("bhts,bshd->bthd", a, v)
        return self.W_o(y.flatten(2)), a.detach()
'''),
    Right("07_q3", "multi_head_attention_forward of torch", source='''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H:
            raise ValueError("heads")
        self.D, self.H, self.p = D, H, dropout
        self.W_q = nn.Linear(D, D)
        self.W_k = nn.Linear(D, D)
        self.W_v = nn.Linear(D, D)
        self.W_o = nn.Linear(D, D)

    def forward(self, query, key, value, mask=None):
        B, T, S = len(query), query.shape[1], key.shape[1]
        if mask is None:
            mask = query.new_ones(T, S, dtype=torch.bool)
        mask = mask.expand(B, T, S)
        empty = ~mask.any(-1)
        blocked = ~(mask | empty[..., None])
        y, weights = F.multi_head_attention_forward(
            query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1), self.D, self.H,
            torch.cat([self.W_q.weight, self.W_k.weight, self.W_v.weight]),
            torch.cat([self.W_q.bias, self.W_k.bias, self.W_v.bias]),
            None, None, False, self.p, self.W_o.weight, self.W_o.bias, training=self.training, need_weights=True,
            attn_mask=blocked.repeat_interleave(self.H, dim=0), average_attn_weights=False)
        y = torch.where(empty[..., None], self.W_o.bias, y.transpose(0, 1))
        return y, weights.masked_fill(empty[:, None, :, None], 0.0)
'''),
    Right("07_q3", "exponentials by hand, float64 inside", source='''
import warnings

class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H:
            raise ValueError("D / H is no integer")
        self.W_q, self.W_k = nn.Linear(D, D, bias=True), nn.Linear(D, D, bias=True)
        self.W_v, self.W_o = nn.Linear(D, D, bias=True), nn.Linear(D, D, bias=True)
        self.shape, self.dropout = (H, D // H), nn.Dropout(p=dropout)

    def forward(self, query, key, value, mask=None):
        warnings.warn("float64 inside")
        project = lambda W, x: W(x).double().unflatten(-1, self.shape).movedim(-2, 1)
        q, k, v = project(self.W_q, query), project(self.W_k, key), project(self.W_v, value)
        scores = torch.matmul(q, k.mT).div(math.sqrt(self.shape[1]))
        allowed = torch.ones_like(scores, dtype=torch.bool)
        if mask is not None:
            allowed = allowed & (mask if mask.ndim == 2 else mask.unsqueeze(-3))
        top = torch.where(allowed, scores, -torch.inf).amax(-1, keepdim=True).detach()
        top = torch.where(top.isfinite(), top, torch.zeros_like(top))
        shifted = torch.where(allowed, scores - top, torch.zeros_like(scores))
        powers = shifted.exp() * allowed
        total = powers.sum(-1, keepdim=True)
        a = self.dropout(powers / torch.where(total > 0, total, torch.ones_like(total)))
        y = (a @ v).movedim(1, -2).flatten(-2).to(query.dtype)
        return self.W_o(y), a.to(query.dtype)
'''),
    Right("07_q3", "heads in the batch axis, helpers in a cell of their own", before='''
def into_batch(x, H):
    return torch.cat(x.chunk(H, dim=-1), dim=0)

def out_of_batch(x, H):
    return torch.cat(x.chunk(H, dim=0), dim=-1)
''', source='''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D != H * int(D / H):
            raise ValueError("...")
        self.softmax, self.drop, self.H = nn.Softmax(dim=2), nn.Dropout(dropout, inplace=False), H
        self.W_q = nn.Linear(D, D)
        self.W_k = nn.Linear(D, D)
        self.W_v = nn.Linear(D, D)
        self.W_o = nn.Linear(D, D)

    def forward(self, query, key, value, mask=None):
        H, B = self.H, query.size(0)
        q, k, v = into_batch(self.W_q(query), H), into_batch(self.W_k(key), H), into_batch(self.W_v(value), H)
        scores = torch.bmm(q, k.transpose(1, 2)) * q.size(-1) ** -0.5
        if mask is not None:
            if mask.dim() == 3 and mask.size(0) > 1:
                mask = mask.repeat(H, 1, 1)
            scores = scores.masked_fill(mask.logical_not(), torch.finfo(scores.dtype).min)
            weights = self.softmax(scores) * mask
        else:
            weights = self.softmax(scores)
        weights = self.drop(weights)
        return self.W_o(out_of_batch(weights.bmm(v), H)), torch.stack(weights.split(B), dim=1)
'''),
    Right("07_q3", "weights by scaled_dot_product_attention on the identity", source='''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H:
            raise ValueError("D must be a multiple of H")
        self.W_q = nn.Linear(D, D)
        self.W_k = nn.Linear(D, D)
        self.W_v = nn.Linear(D, D)
        self.W_o = nn.Linear(D, D)
        self.H, self.p = H, dropout

    def forward(self, query, key, value, mask=None):
        B, T, S, D = *query.shape[:2], *key.shape[1:]
        heads = lambda x: x.reshape(B, -1, self.H, D // self.H).transpose(1, 2)
        q, k, v = heads(self.W_q(query)), heads(self.W_k(key)), heads(self.W_v(value))
        identity = torch.eye(S, dtype=q.dtype, device=q.device).expand(B, self.H, S, S)
        if mask is None:
            a = F.scaled_dot_product_attention(q, k, identity)
        else:
            mask = mask.expand(B, T, S).unsqueeze(1)
            some = mask.any(dim=-1, keepdim=True)
            a = F.scaled_dot_product_attention(q, k, identity, attn_mask=mask | ~some) * some
        if self.training and self.p > 0:
            a = a * (torch.rand_like(a) >= self.p) / (1 - self.p)
        return self.W_o((a @ v).transpose(1, 2).reshape(B, T, D)), a
'''),
    Right("07_q4", "split in three, zipped", source='''
def convert_state(state_dict, D):
    matrices, biases = state_dict["in_proj_weight"].split(D), state_dict["in_proj_bias"].split(D)
    new = {f"W_{x}.weight": m for x, m in zip("qkv", matrices)} | {f"W_{x}.bias": b for x, b in zip("qkv", biases)}
    return {**new, "W_o.weight": state_dict["out_proj.weight"], "W_o.bias": state_dict["out_proj.bias"]}
'''),
    Right("07_q4", "copies, D not used, an OrderedDict", source='''
from collections import OrderedDict

def convert_state(state_dict, D):
    own = {name: tensor.detach().clone() for name, tensor in state_dict.items()}
    new = OrderedDict()
    new["W_o.bias"] = own.pop("out_proj.bias")
    new["W_o.weight"] = own.pop("out_proj.weight")
    for part in ("bias", "weight"):
        new["W_v." + part], new["W_k." + part], new["W_q." + part] = reversed(own["in_proj_" + part].chunk(3, dim=0))
    return new
'''),
    Right("07_q4", "one matrix of weights and biases, row after row", source='''
def convert_state(state_dict, D):
    inner = torch.cat([state_dict["in_proj_weight"], state_dict["in_proj_bias"].unsqueeze(1)], dim=1)
    outer = torch.cat([state_dict["out_proj.weight"], state_dict["out_proj.bias"].unsqueeze(1)], dim=1)
    every = torch.cat([inner, outer]).reshape(4, D, D + 1)
    new = dict()
    for block, name in zip(every, ["W_q", "W_k", "W_v", "W_o"]):
        new[name + ".weight"] = block[:, :D].clone()
        new[name + ".bias"] = block[:, D]
    return new
'''),
    Right("07_q5", "sigmoid and softplus of the difference", source='''
def merge_attention(y1, lse1, y2, lse2):
    none1, none2 = lse1.isneginf(), lse2.isneginf()
    a = torch.where(none1, torch.where(none2, torch.zeros_like(lse2), lse2), lse1)
    b = torch.where(none2, torch.where(none1, torch.zeros_like(lse1), lse1), lse2)
    w1 = torch.sigmoid(a - b).masked_fill(none2, 1.0).masked_fill(none1, 0.0).unsqueeze(-1)
    w2 = torch.sigmoid(b - a).masked_fill(none1, 1.0).masked_fill(none2, 0.0).unsqueeze(-1)
    both = torch.maximum(a, b) + F.softplus(-(a - b).abs())
    lse = torch.where(none1, lse2, torch.where(none2, lse1, both)).masked_fill(none1 & none2, -math.inf)
    return w1 * y1 + w2 * y2, lse
'''),
    Right("07_q5", "query by query in float64", source='''
def merge_attention(y1, lse1, y2, lse2):
    shape, dtype = y1.shape, y1.dtype
    ys, lses = [], []
    for u, a, v, b in zip(y1.reshape(-1, shape[-1]), lse1.reshape(-1), y2.reshape(-1, shape[-1]), lse2.reshape(-1)):
        if a == -math.inf and b == -math.inf:
            ys.append((u + v).double() * 0)
            lses.append(torch.full_like(a, -math.inf).double())
        elif a == -math.inf:
            ys.append(v.double())
            lses.append(b.double())
        elif b == -math.inf:
            ys.append(u.double())
            lses.append(a.double())
        else:
            both = torch.logsumexp(torch.stack([a, b]).double(), 0)
            ys.append((a - both).exp() * u + (b - both).exp() * v)
            lses.append(both)
    return torch.stack(ys).view(shape).to(dtype), torch.stack(lses).view(shape[:-1]).to(dtype)
'''),
    Right("07_q5", "minus infinity replaced by a very low number", source='''
def merge_attention(y1, lse1, y2, lse2):
    lses = torch.stack([lse1, lse2], dim=-1)
    none = torch.isneginf(lses)
    low = lses.masked_fill(none, torch.finfo(lses.dtype).min / 4)
    w = torch.softmax(low, dim=-1)
    y = torch.einsum("...i,...id->...d", w, torch.stack([y1, y2], dim=-2))
    return y, low.logsumexp(-1).masked_fill(none.all(-1), -torch.inf)
'''),
]
