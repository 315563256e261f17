"""What a run of a train step changes, put back bit for bit."""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from keras_gradwatch.backends.torch.private import (
    global_seed_generator,
    held_value,
    is_view,
    keep_version,
    layers_in,
    parts_of,
    set_global_seed_generator,
)
from keras_gradwatch.backends.torch.values import Values
from keras_gradwatch.optimizers import find_optimizers


@contextlib.contextmanager
def kept(model: Any) -> Iterator[None]:
    """Puts back all that a step changes: tensors, their gradients and flags, random generators."""
    tensors = [_Tensor(tensor) for tensor in _tensors_of(model)]
    flags = list(_flags_of(model))
    generator, python_state = global_seed_generator(), random.getstate()
    numpy_state, others = np.random.get_state(), list(_generators_of(model))
    groups = [(group, dict(group)) for o in torch_optimizers(model) for group in o.param_groups]
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        for owner, name, value in flags:  # Before the tensors: Keras' flags set theirs.
            vars(owner)[name] = value
        for tensor in tensors:
            tensor.put_back()
        for other, state in others:
            other.set_state(state)
        for group, settings in groups:
            group.update(settings)
        set_global_seed_generator(generator)
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def torch_optimizers(model: Any) -> list[torch.optim.Optimizer]:
    """Returns the optimizers of PyTorch's that a model, or a layer of it, holds as an attribute."""
    return [value for value in _held_by(model) if isinstance(value, torch.optim.Optimizer)]


class Writes:
    """The tensors from before the step that it writes to, whoever holds them.

    Args:
        values: The values of the step, which stay known when they are put back.
    """

    def __init__(self, values: Values):
        self._values = values
        self._tensors: dict[int, _Tensor] = {}
        self._memory: dict[int, tuple[Any, Any]] = {}

    def save(self, tensor: torch.Tensor) -> None:
        """Copies a tensor before its first write: all of its memory, which views share."""
        if id(tensor) in self._tensors or tensor.layout != torch.strided:
            return
        self._tensors[id(tensor)] = _Tensor(tensor, copies=False)
        storage = tensor.untyped_storage()
        self._memory.setdefault(storage.data_ptr(), (storage, storage.clone()))

    def put_back(self) -> None:
        """Makes the tensors what they were."""
        for tensor in self._tensors.values():
            self._values.keep_overlapping(tensor.tensor)
            tensor.put_back()
        for storage, content in self._memory.values():
            if storage.nbytes() != content.nbytes():
                storage.resize_(content.nbytes())
            storage.copy_(content)


class _Tensor:
    """A tensor with what can be changed of it: content, gradient, whether it asks for one."""

    def __init__(self, tensor, copies=True):
        self.tensor = tensor
        self._alias = tensor.detach()
        self._content = self._alias.clone() if copies else None
        self._grad = tensor.grad if tensor.is_leaf else None
        self._grad_content = None if self._grad is None else self._grad.detach().clone()
        self._is_leaf, self._requires_grad = tensor.is_leaf, tensor.requires_grad

    @torch.no_grad()
    def put_back(self):
        tensor = self.tensor
        if self._is_leaf and not tensor.is_leaf and not is_view(tensor):
            tensor.detach_()
        if self._is_leaf and tensor.is_leaf:
            tensor.requires_grad_(self._requires_grad)
            tensor.grad = self._grad
        if tensor.data_ptr() != self._alias.data_ptr():  # `tensor.data = ...`
            tensor.data = self._alias
        if self._content is not None:
            with keep_version(tensor):  # Autograd's graph, which is used again, reads this content.
                tensor.copy_(self._content)
        if self._grad is not None and self._grad_content is not None:
            self._grad.copy_(self._grad_content)


def _tensors_of(model) -> list[torch.Tensor]:
    """Every tensor that the model, a layer or an optimizer holds by a name that PyTorch knows."""
    owners = [model, *find_optimizers(model)]
    variables = [v for owner in owners for v in owner.variables]
    variables += getattr(model, "metrics_variables", ())
    tensors = [held_value(variable) for variable in variables]
    for module in _modules_of(model):
        parameters, buffers, _ = parts_of(module)
        tensors += [*parameters.values(), *buffers.values()]
    return list({id(tensor): tensor for tensor in tensors if tensor is not None}.values())


def _modules_of(model) -> list[torch.nn.Module]:
    modules = [module for layer in layers_in(model) for module in layer.modules()]
    return list({id(module): module for module in modules}.values())


def _flags_of(model) -> Iterator[tuple[Any, str, Any]]:
    """What a step may switch on and off for a while, and not back on when it raises."""
    for module in _modules_of(model):
        yield module, "training", module.training
    for layer in layers_in(model):
        yield layer, "_trainable", layer._trainable
    for variable in model.variables:
        yield variable, "_trainable", variable._trainable


def _generators_of(model) -> Iterator[tuple[torch.Generator, torch.Tensor]]:
    """The generators of random numbers that layers hold as attributes."""
    for value in _held_by(model):
        if isinstance(value, torch.Generator):
            yield value, value.get_state()


def _held_by(model) -> Iterator[Any]:
    for layer in layers_in(model):
        yield from vars(layer).values()
