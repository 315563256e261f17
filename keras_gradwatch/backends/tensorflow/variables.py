"""Variables as eager operations see them: by their resource, or by the address of a value."""

from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.private import read_variable
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.recording import Variable
from keras_gradwatch.weights import unique_paths


def handle(variable: Any) -> Any:
    """The resource that operations read when they read a variable; `value` may be a cast of it."""
    return getattr(variable, "_value", variable).handle


class Addresses:
    """Finds the variable that a value was read from without an operation.

    A fast path of eager execution reads a variable without a callback. On a CPU the value shares
    its memory with the variable.
    """

    def __init__(self):
        self._variables: dict[int, Any] = {}
        self._located: set[int] = set()

    def variable_at(self, tensor, candidates: Iterable) -> Any:
        """Returns the variable whose elements a tensor shares, or `None`."""
        address = _address(tensor)
        if address not in self._variables:
            for variable in candidates:
                if id(variable) not in self._located and _has_value(variable):
                    self._located.add(id(variable))
                    self._variables[_address(_raw_value(variable))] = variable
        return self._variables.get(address)


def adapters(
    model, variables: dict[int, Any], operations: list[Operation]
) -> Iterator[tuple[int, Variable]]:
    """Yields what the diagnosis knows of each variable, by the number of its resource.

    Args:
        model: The model.
        variables: The variable of each resource.
        operations: The operations of the step.
    """
    written = _written(operations)
    paths = unique_paths(model.variables)
    known = {id(part): paths[id(v)] for v in model.variables for part in (v, v._value)}
    for number, variable in variables.items():
        path = known.get(id(variable))
        yield (
            number,
            Variable(
                path=path or getattr(variable, "path", variable.name),
                name=variable.name,
                shape=tuple(variable.shape),
                dtype=keras.backend.standardize_dtype(variable.dtype),
                trainable=bool(variable.trainable),
                is_tracked=path is not None,
                is_written=number in written,
                value=variable.numpy,
                holders=(variable, getattr(variable, "_value", variable)),
            ),
        )


def _written(operations: list[Operation]) -> set[int]:
    """Numbers of the resources that a step writes to, but for what an initializer writes."""
    assigned = [o.inputs[0] for o in operations if o.kind == kinds.ASSIGN and o.inputs]
    for made in (o.outputs[0] for o in operations if o.type == "VarHandleOp"):
        if made in assigned:
            assigned.remove(made)
    return set(assigned)


def is_float(value: Any) -> bool:
    """Whether a tensor or a variable holds floating-point numbers."""
    dtype = getattr(value, "dtype", None)
    return dtype is not None and tf.as_dtype(dtype).is_floating


def as_array(tensor: Any) -> np.ndarray | None:
    """A tensor, or the stored rows of an IndexedSlices, as NumPy in a type that NumPy can sum."""
    if tensor is None:
        return None
    array = getattr(tensor, "values", tensor).numpy()
    return array.astype("float32") if array.dtype.itemsize < 4 else array


def _address(tensor) -> int:
    return tensor._numpy().__array_interface__["data"][0]


def _has_value(variable) -> bool:
    """Not while a layer is being built, and only numbers that have a gradient."""
    return getattr(variable, "_value", variable) is not None and is_float(variable)


def _raw_value(variable):
    """The value, read so that neither a tape nor a custom gradient takes it for an access."""
    dtype = getattr(variable, "_value", variable).dtype  # Not the one that autocast asks for.
    return read_variable(handle(variable), dtype)
