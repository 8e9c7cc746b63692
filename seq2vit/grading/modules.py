"""A module that a test passes to an answer, sent as structure and weights and built anew beside the answer.

Only modules of torch, of this package and of the notebook's given cells travel: the class by its name, plain attributes,
parameters, buffers, and the modules in it.
"""

import importlib
import inspect
from typing import Any

import torch
from torch import nn

# What nn.Module.__init__ makes by itself, and what recurrent layers make of their parameters.
OWN = set(nn.Module().__dict__) | {"_flat_weights", "_flat_weight_refs"}
HOMES = ("torch.", "seq2vit.")


def encode_module(module: nn.Module, peer: Any, table: Any) -> list:
    """The tree of a module.

    Raises:
        TypeError: it holds something that cannot be sent.
    """
    kind = type(module)
    home = kind.__module__
    if home != "__main__" and not f"{home}.".startswith(HOMES):
        raise TypeError(f"a test cannot send a {kind.__name__}: modules of torch, seq2vit and given cells only")
    plain = [[name, _encode_attribute(value, peer, table)] for name, value in vars(module).items() if name not in OWN]
    parameters = [[name, None if p is None else table.add(p)] for name, p in module._parameters.items()]
    buffers = [[name, None if b is None else table.add(b), name not in module._non_persistent_buffers_set]
               for name, b in module._buffers.items()]
    children = [[name, None if child is None else peer.encode(child, table)] for name, child in module._modules.items()]
    return ["M", home, kind.__qualname__, module.training, plain, parameters, buffers, children]


def _encode_attribute(value: Any, peer: Any, table: Any) -> Any:
    if (inspect.isfunction(value) or inspect.isbuiltin(value)) and str(value.__module__).startswith("torch"):
        return ["F", value.__module__, value.__name__]  # an activation function, say
    return peer.encode(value, table)


def decode_module(rest: list, peer: Any, tensors: list[torch.Tensor], given: dict[str, Any]) -> nn.Module:
    """The module of a tree, in the answers' process; `given` holds the classes of the given cells."""
    home, name, training, plain, parameters, buffers, children = rest
    kind: Any = given[name] if home == "__main__" else importlib.import_module(home)
    if home != "__main__":
        for part in name.split("."):
            kind = getattr(kind, part)
    module = kind.__new__(kind)
    nn.Module.__init__(module)
    for key, tree in plain:
        module.__dict__[key] = peer.decode(tree, tensors)
    for key, place in parameters:
        module._parameters[key] = None if place is None else tensors[place]
    for key, place, persistent in buffers:
        module.register_buffer(key, None if place is None else tensors[place], persistent)
    for key, tree in children:
        module._modules[key] = None if tree is None else peer.decode(tree, tensors)
    module.training = training
    if isinstance(module, nn.RNNBase):
        module._init_flat_weights()
    return module


def decode_function(rest: list) -> Any:
    home, name = rest
    return getattr(importlib.import_module(home), name)
