"""Private names of PyTorch and Keras that the recorder needs. A test holds that they are there."""

from typing import Any

import torch
from keras.src.backend.common import global_state
from keras.src.backend.common.stateless_scope import in_stateless_scope
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR

are_transforms_active = torch._C._are_functorch_transforms_active
"""Whether `vmap`, `grad` and the like of `torch.func` wrap the tensors now."""
keep_version = torch.autograd._unsafe_preserve_version_counter
"""A scope in which a write to a tensor is not noticed by autograd."""


def held_value(variable: Any) -> torch.Tensor | None:
    """The parameter of a Keras variable, `None` before it is built; `value` may be a cast of it."""
    return variable._value


def trained_by(optimizer: Any) -> list:
    """The variables that an optimizer was built for."""
    return list(optimizer._trainable_variables)


def layers_in(model: Any) -> list:
    """The model, and all layers below it."""
    return list(model._flatten_layers())


def parts_of(module: torch.nn.Module) -> tuple[dict, dict, dict]:
    """What PyTorch keeps out of the attributes of a module: parameters, buffers and modules."""
    return module._parameters, module._buffers, module._modules


def is_view(tensor: torch.Tensor) -> bool:
    """Whether autograd takes a tensor for a view of another one."""
    return tensor._is_view()


def base_of(view: torch.Tensor) -> torch.Tensor:
    """The tensor that a view is of."""
    return view._base


def backward_of(node: Any, grads: list) -> Any:
    """Runs the user's backward pass of a call of a `torch.autograd.Function`."""
    return node.apply(*grads)


def global_seed_generator() -> Any:
    """Keras' own seed generator, `None` before something random had no seed."""
    return global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)


def set_global_seed_generator(generator: Any) -> None:
    """Puts Keras' own seed generator back."""
    global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)


__all__ = [
    "are_transforms_active",
    "backward_of",
    "base_of",
    "global_seed_generator",
    "held_value",
    "in_stateless_scope",
    "is_view",
    "keep_version",
    "layers_in",
    "parts_of",
    "set_global_seed_generator",
    "trained_by",
]
