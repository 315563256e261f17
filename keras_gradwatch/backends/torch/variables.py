"""What the diagnosis knows of variables: Keras' own, and parameters that Keras does not know."""

from collections.abc import Iterable, Iterator
from typing import Any

import keras
import torch

from keras_gradwatch.backends.torch.private import held_value, parts_of
from keras_gradwatch.backends.torch.values import Values
from keras_gradwatch.recording.recording import Variable
from keras_gradwatch.weights import unique_paths

_BOOKKEEPING = {"_parameters", "_buffers", "_modules", "_torch_params"}
"""Where PyTorch, and Keras for it, keep what a layer has under names of its own."""


def attributes_of(layer: Any) -> dict[str, Any]:
    """Returns the attributes of a layer by name, with those that PyTorch keeps elsewhere.

    A module of PyTorch's stands for the list of its parameters, where the user's layer has it.
    """
    if _is_module(layer):
        return {}
    parameters, buffers, modules = parts_of(layer)
    attributes = vars(layer) | parameters | buffers | modules
    return {n: _with_parameters(v) for n, v in attributes.items() if n not in _BOOKKEEPING}


def adapters(
    model: Any, layers: Iterable, values: Values, written: set[int]
) -> Iterator[tuple[int, Variable]]:
    """Yields the variables of a step, by the number of their value.

    Args:
        model: The model.
        layers: The layers that were called.
        values: The values of the step.
        written: Numbers of the variables that the step wrote to.
    """
    paths = unique_paths(model.variables)
    owners = {id(held_value(v)): v for layer in layers for v in layer.variables}
    owners |= {id(held_value(v)): v for v in model.variables}
    names = dict(_names(layers))
    for number, tensor in values.variables.items():
        variable = owners.get(id(tensor))
        if variable is not None:
            path, name = paths.get(id(variable), variable.path), variable.name
            trainable, tracked = bool(variable.trainable), id(variable) in paths
        elif id(tensor) in names or isinstance(tensor, torch.nn.Parameter):
            path, name = names.get(id(tensor), ("parameter", "parameter"))
            trainable, tracked = tensor.requires_grad, False
        else:
            continue
        yield (
            number,
            Variable(
                path=path,
                name=name,
                shape=tuple(tensor.shape),
                dtype=keras.backend.standardize_dtype(tensor.dtype),
                trainable=trainable,
                is_tracked=tracked,
                is_written=number in written,
                value=_reader(values, number),
                holders=(tensor,) if variable is None else (variable, tensor),
            ),
        )


def _reader(values, number):
    return lambda: values.array(number)


def _names(layers) -> Iterator[tuple[int, tuple[str, str]]]:
    """The path and the name of each tensor that a layer holds as an attribute, or in one."""
    for layer in layers:
        for name, value in attributes_of(layer).items():
            for item in value if isinstance(value, list | tuple) else [value]:
                if isinstance(item, torch.Tensor):
                    yield id(item), (f"{layer.path}/{name}", name)


def _with_parameters(value):
    if _is_module(value):
        return list(value.parameters())
    if isinstance(value, list | tuple) and any(map(_is_module, value)):
        return [p for item in value for p in (item.parameters() if _is_module(item) else [item])]
    return value


def _is_module(value) -> bool:
    """Whether a value is a module of PyTorch's, which Keras may have wrapped."""
    is_layer = isinstance(value, keras.layers.Layer)
    is_wrapper = isinstance(value, keras.layers.TorchModuleWrapper)
    return isinstance(value, torch.nn.Module) and (is_wrapper or not is_layer)
