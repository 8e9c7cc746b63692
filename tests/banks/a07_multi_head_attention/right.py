"""Right answers to assignment 7 in styles that differ from the reference: each must get full marks."""

from banks.entries import Right

MODULE = '''
class MultiHeadAttention(nn.Module):
    def __init__(self, D, H, dropout=0.0):
        super().__init__()
        if D % H != 0:
            raise ValueError("D must be a multiple of H")
        self.D, self.H, self.d, self.p = D, H, D // H, dropout
        self.W_q = nn.Linear(D, D)
        self.W_k = nn.Linear(D, D)
        self.W_v = nn.Linear(D, D)
        self.W_o = nn.Linear(D, D)

'''

RIGHT = [
    # 07_q1
    Right("07_q1", "view and permute", '''
def split_heads(x, H):
    batch, tokens, width = x.size()
    d, rest = divmod(width, H)
    if rest != 0:
        raise ValueError
    return x.contiguous().view(batch, tokens, H, d).permute(0, 2, 1, 3).contiguous()
'''),
    Right("07_q1", "slices and stack", '''
def split_heads(x, H):
    if x.shape[-1] % H:
        raise ValueError(f"{H} heads, {x.shape[-1]} columns")
    d = x.shape[-1] // H
    return torch.stack([x[:, :, h * d:(h + 1) * d] for h in range(H)], dim=1)
'''),
    Right("07_q1", "chunks", '''
def split_heads(x, H):
    B, N, D = x.shape
    if D != D // H * H:
        raise ValueError("no")
    return torch.cat([piece[:, None] for piece in x.chunk(H, dim=2)], 1)
'''),
    Right("07_q1", "unflatten, and an error of its own", '''
class Uneven(ValueError):
    pass


def split_heads(x, H):
    try:
        return x.unflatten(2, (H, -1)).swapaxes(1, 2)
    except RuntimeError:
        raise Uneven(f"{x.shape[2]} columns for {H} heads") from None
'''),
    Right("07_q1", "loops into a buffer", '''
def split_heads(x, H):
    B, N, D = x.shape
    if D % H > 0:
        raise ValueError("H must divide D")
    out = x.new_empty(B, H, N, D // H)
    for h in range(H):
        for j in range(D // H):
            out[:, h, :, j] = x[:, :, h * (D // H) + j]
    return out
'''),
    Right("07_q1", "indices, and a print", '''
def split_heads(x, H):
    columns = torch.arange(x.shape[2])
    if len(columns) % H:
        raise ValueError("H must divide D")
    print("splitting", tuple(x.shape))
    return x[:, :, columns.view(H, -1)].movedim(2, 1)
'''),
    # 07_q2
    Right("07_q2", "permute and view", '''
def merge_heads(x):
    B, H, N, d = x.size()
    return x.permute(0, 2, 1, 3).contiguous().view(B, N, H * d)
'''),
    Right("07_q2", "concatenated", '''
def merge_heads(x):
    return torch.cat([x[:, h] for h in range(x.shape[1])], dim=2)
'''),
    Right("07_q2", "unbound heads side by side", '''
def merge_heads(x):
    return torch.cat(x.unbind(dim=1), -1)
'''),
    Right("07_q2", "flatten", '''
def merge_heads(x):
    return x.movedim(1, 2).flatten(-2)
'''),
    Right("07_q2", "written into a buffer", '''
def merge_heads(x):
    B, H, N, d = x.shape
    out = torch.empty(B, N, H * d, dtype=x.dtype, device=x.device)
    for h in range(H):
        out[..., h * d:(h + 1) * d] = x[:, h]
    return out
'''),
    Right("07_q2", "einsum where that works, and a warning", '''
def merge_heads(x):
    import warnings
    warnings.warn("merging")
    moved = torch.einsum("bhnd->bnhd", x)
    return moved.reshape(*moved.shape[:2], moved.size(2) * moved.size(3))
'''),
    # 07_q3
    Right("07_q3", "einsum", MODULE + '''
    def forward(self, query, key, value, mask=None):
        q, k, v = (W(x).reshape(*x.shape[:2], self.H, self.d) for W, x in ((self.W_q, query), (self.W_k, key), (self.W_v, value)))
        e = torch.einsum("bthd,bshd->bhts", q, k) / math.sqrt(self.d)
        if mask is not None:
            mask = mask.expand(len(query), query.shape[1], key.shape[1])[:, None]
            e = torch.where(mask, e, torch.full_like(e, -1e30))
        a = torch.softmax(e, -1)
        if mask is not None:
            a = a * mask
        a = F.dropout(a, self.p, self.training)
        return self.W_o(torch.einsum("bhts,bshd->bthd", a, v).flatten(2)), a
'''),
    Right("07_q3", "a loop over the heads", MODULE + '''
    def forward(self, query, key, value, mask=None):
        Q, K, V = self.W_q(query), self.W_k(key), self.W_v(value)
        found, maps = [], []
        for h in range(self.H):
            part = slice(h * self.d, h * self.d + self.d)
            scores = torch.bmm(Q[:, :, part], K[:, :, part].mT) * self.d**-0.5
            if mask is not None:
                scores = scores.masked_fill(mask.logical_not(), -torch.inf)
            top = scores.detach().amax(-1, keepdim=True)
            e = (scores - top.masked_fill(top == -torch.inf, 0.0)).exp()
            total = e.sum(-1, keepdim=True)
            a = nn.functional.dropout(e / total.masked_fill(total == 0, 1.0), p=self.p, training=self.training)
            found.append(torch.bmm(a, V[:, :, part]))
            maps.append(a)
        return self.W_o(torch.cat(found, dim=-1)), torch.stack(maps, dim=1)
'''),
    Right("07_q3", "heads folded into the batch", MODULE + '''
    def forward(self, query, key, value, mask=None):
        B, T, S = len(query), query.size(1), key.size(1)
        fold = lambda x: x.view(B, -1, self.H, self.d).transpose(1, 2).reshape(B * self.H, -1, self.d)
        q, k, v = fold(self.W_q(query)), fold(self.W_k(key)), fold(self.W_v(value))
        if mask is None:
            weights = torch.softmax(torch.baddbmm(torch.zeros(1, 1, 1, dtype=q.dtype), q, k.mT, beta=0, alpha=self.d**-0.5), -1)
        else:
            mask = mask.expand(B, T, S).repeat_interleave(self.H, dim=0)
            weights = (q @ k.mT / self.d**0.5).masked_fill(~mask, torch.finfo(q.dtype).min).softmax(-1).masked_fill(~mask, 0)
        weights = F.dropout(weights, self.p, training=self.training)
        y = (weights @ v).view(B, self.H, T, self.d).transpose(1, 2).reshape(B, T, self.D)
        return self.W_o(y), weights.view(B, self.H, T, S)
'''),
    Right("07_q3", "a flag for rows with nothing, W_o cut into heads", MODULE + '''
    def forward(self, query, key, value, mask=None):
        cut = lambda x: torch.stack(x.split(self.d, dim=-1), dim=1)
        q, k, v = cut(self.W_q(query)) / self.d**0.25, cut(self.W_k(key)) / self.d**0.25, cut(self.W_v(value))
        scores = q @ k.transpose(-2, -1)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask.unsqueeze(0)
            mask = mask.unsqueeze(1)
            nothing = ~mask.expand_as(scores).any(-1, keepdim=True)
            scores = scores.masked_fill(~mask & ~nothing, float("-inf"))
            weights = scores.softmax(-1).masked_fill(nothing, 0.0)
        else:
            weights = scores.softmax(-1)
        if self.training and self.p > 0:
            weights = weights * (torch.rand_like(weights) >= self.p) / (1 - self.p)
        heads = weights @ v
        y = self.W_o.bias
        for h in range(self.H):
            y = y + heads[:, h] @ self.W_o.weight[:, h * self.d:(h + 1) * self.d].T
        return y, weights
'''),
    Right("07_q3", "scaled_dot_product_attention, weights from an identity", before='''
def by_heads(x, H):
    return x.reshape(x.shape[0], x.shape[1], H, -1).transpose(1, 2)


def weights_of(q, k, mask):
    eye = torch.eye(k.shape[2], dtype=k.dtype).expand(*k.shape[:2], -1, -1)
    if mask is None:
        return F.scaled_dot_product_attention(q, k, eye)
    nothing = ~mask.any(-1, keepdim=True)
    return F.scaled_dot_product_attention(q, k, eye, attn_mask=mask | nothing).masked_fill(nothing, 0.0)
''', source=MODULE + '''
    def forward(self, query, key, value, mask=None):
        if mask is not None:
            mask = mask.broadcast_to(query.shape[0], query.shape[1], key.shape[1]).unsqueeze(1)
        a = weights_of(by_heads(self.W_q(query), self.H), by_heads(self.W_k(key), self.H), mask)
        a = F.dropout(a, self.p, self.training)
        y = a @ by_heads(self.W_v(value), self.H)
        return self.W_o(y.transpose(1, 2).reshape(query.shape)), a
'''),
    Right("07_q3", "PyTorch's own function", MODULE + '''
    def forward(self, query, key, value, mask=None):
        B, T, S = query.shape[0], query.shape[1], key.shape[1]
        mask = torch.ones(B, T, S, dtype=torch.bool) if mask is None else mask.expand(B, T, S)
        nothing = ~mask.any(-1)  # may look anywhere at first
        given = (~mask & ~nothing[..., None]).repeat_interleave(self.H, dim=0)
        y, weights = F.multi_head_attention_forward(
            query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1), self.D, self.H, None,
            torch.cat([self.W_q.bias, self.W_k.bias, self.W_v.bias]), None, None, False, self.p, self.W_o.weight, self.W_o.bias,
            training=self.training, attn_mask=given, use_separate_proj_weight=True, q_proj_weight=self.W_q.weight,
            k_proj_weight=self.W_k.weight, v_proj_weight=self.W_v.weight, average_attn_weights=False)
        return torch.where(nothing[..., None], self.W_o.bias, y.transpose(0, 1)), weights.masked_fill(nothing[:, None, :, None], 0.0)
'''),
    # 07_q4
    Right("07_q4", "chunks", '''
def convert_state(state_dict, D):
    W_q, W_k, W_v = state_dict["in_proj_weight"].chunk(3)
    b_q, b_k, b_v = state_dict["in_proj_bias"].chunk(3)
    return {"W_q.weight": W_q, "W_k.weight": W_k, "W_v.weight": W_v, "W_o.weight": state_dict["out_proj.weight"],
            "W_q.bias": b_q, "W_k.bias": b_k, "W_v.bias": b_v, "W_o.bias": state_dict["out_proj.bias"]}
'''),
    Right("07_q4", "views of three axes, cloned", '''
def convert_state(state_dict, D):
    matrices, biases = state_dict["in_proj_weight"].reshape(3, D, D), state_dict["in_proj_bias"].reshape(3, D)
    new = {}
    for letter, matrix, bias in zip("qkv", matrices, biases):
        new |= {f"W_{letter}.weight": matrix.clone(), f"W_{letter}.bias": bias.clone()}
    return new | {f"W_o.{kind}": state_dict[f"out_proj.{kind}"].clone() for kind in ("weight", "bias")}
'''),
    Right("07_q4", "one loop over the entries", '''
def convert_state(state_dict, D):
    new = {}
    for name, tensor in state_dict.items():
        kind = "bias" if name.endswith("bias") else "weight"
        if name.startswith("in_proj"):
            for letter, part in zip("qkv", torch.split(tensor, D)):
                new["W_" + letter + "." + kind] = part
        else:
            new["W_o." + kind] = tensor
    return new
'''),
    Right("07_q4", "an ordered dict, from a copy of its own", '''
from collections import OrderedDict


def convert_state(state_dict, D):
    old = dict(state_dict)
    fused, bias = old.pop("in_proj_weight"), old.pop("in_proj_bias")
    new = OrderedDict((name.replace("out_proj", "W_o"), value) for name, value in old.items())
    new["W_v.weight"], new["W_v.bias"] = fused[2 * D:], bias[2 * D:]
    new["W_k.weight"], new["W_k.bias"] = fused[D:-D], bias[D:-D]
    new["W_q.weight"], new["W_q.bias"] = fused[:D], bias[:D]
    return new
'''),
    Right("07_q4", "through linear layers", '''
def convert_state(state_dict, D):
    layers = nn.ModuleDict({f"W_{name}": nn.Linear(D, D) for name in "qkvo"}).to(state_dict["in_proj_weight"].dtype)
    with torch.no_grad():
        for i, name in enumerate("qkv"):
            layers[f"W_{name}"].weight.copy_(state_dict["in_proj_weight"].narrow(0, i * D, D))
            layers[f"W_{name}"].bias.copy_(state_dict["in_proj_bias"].narrow(0, i * D, D))
        layers["W_o"].load_state_dict({"weight": state_dict["out_proj.weight"], "bias": state_dict["out_proj.bias"]})
    return layers.state_dict()
'''),
    # 07_q5
    Right("07_q5", "softmax of the two, where there is something", '''
def merge_attention(y1, lse1, y2, lse2):
    both = torch.stack([lse1, lse2], dim=-1)
    nothing = torch.isneginf(both).all(dim=-1, keepdim=True)
    safe = both.masked_fill(nothing, 0.0)
    w = safe.softmax(-1).masked_fill(nothing, 0.0)
    y = w[..., :1] * y1 + w[..., 1:] * y2
    return y, safe.logsumexp(-1).masked_fill(nothing[..., 0], -torch.inf)
'''),
    Right("07_q5", "minus infinity made finite first", '''
def merge_attention(y1, lse1, y2, lse2):
    low = -1e30
    gone = (lse1 == -math.inf) & (lse2 == -math.inf)
    a, b = lse1.masked_fill(lse1 == -math.inf, low), lse2.masked_fill(lse2 == -math.inf, low)
    lse = torch.logaddexp(a, b)
    y = torch.exp(a - lse).unsqueeze(-1) * y1 + torch.exp(b - lse).unsqueeze(-1) * y2
    return y.masked_fill(gone.unsqueeze(-1), 0.0), lse.masked_fill(gone, -math.inf)
'''),
    Right("07_q5", "sigmoid of the difference", '''
def merge_attention(y1, lse1, y2, lse2):
    a, b = torch.isneginf(lse1), torch.isneginf(lse2)
    l1, l2 = torch.where(a, torch.zeros_like(lse1), lse1), torch.where(b, torch.zeros_like(lse2), lse2)
    share = torch.sigmoid(l1 - l2)
    share = torch.where(a, torch.zeros_like(share), torch.where(b, torch.ones_like(share), share))[..., None]
    lse = torch.maximum(l1, l2) + F.softplus(-(l1 - l2).abs())
    lse = torch.where(a, l2, torch.where(b, l1, lse))
    return share * y1 + (1 - share) * y2, lse.masked_fill(a & b, float("-inf"))
'''),
    Right("07_q5", "in float64 inside, a print", '''
def merge_attention(y1, lse1, y2, lse2):
    kind, pair = y1.dtype, [lse1.double(), lse2.double()]
    top = torch.stack(pair).amax(0).detach().clamp(min=-1e300)
    w1, w2 = (torch.exp(l - top) for l in pair)
    total = w1 + w2
    print("merging", tuple(y1.shape))
    y = (w1[..., None] * y1 + w2[..., None] * y2) / total.clamp(min=1e-300)[..., None]
    lse = torch.where(total > 0, top + total.clamp(min=1e-300).log(), -torch.inf)
    return y.to(kind), lse.to(kind)
'''),
    Right("07_q5", "einsum, a list, helper functions", before='''
def finite(x):
    return x != float("-inf")


def mass(lse, top):
    return torch.where(finite(lse), torch.exp(torch.where(finite(lse), lse - top, 0.0)), 0.0)
''', source='''
def merge_attention(y1, lse1, y2, lse2):
    top = torch.where(lse1 > lse2, lse1, lse2).detach()
    top = torch.where(finite(top), top, torch.zeros_like(top))
    m = torch.stack([mass(lse1, top), mass(lse2, top)])
    z = m.sum(0)
    ok = z > 0
    y = torch.einsum("i...t,i...tv->...tv", m / torch.where(ok, z, 1.0), torch.stack([y1, y2]))
    return [y, torch.where(ok, top + torch.log(torch.where(ok, z, 1.0)), float("-inf"))]
'''),
]
