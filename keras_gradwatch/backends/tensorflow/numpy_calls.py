"""Functions of NumPy that are called with eager tensors: they read the memory, and say nothing.

While a step is recorded, tensors take part in NumPy's protocols for such calls, and do what NumPy
does without: they become arrays. An operator between an array and a tensor stays TensorFlow's.
"""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from keras_gradwatch.backends.patching import added
from keras_gradwatch.backends.tensorflow.private import EagerTensorBase

_REFLECTED = {
    np.add: "__radd__",
    np.subtract: "__rsub__",
    np.multiply: "__rmul__",
    np.true_divide: "__rtruediv__",
    np.floor_divide: "__rfloordiv__",
    np.remainder: "__rmod__",
    np.power: "__rpow__",
    np.matmul: "__rmatmul__",
    np.less: "__gt__",
    np.less_equal: "__ge__",
    np.greater: "__lt__",
    np.greater_equal: "__le__",
}
"""What an operator with an array on its left and a tensor on its right asks the tensor for."""

_READS_NO_ELEMENT = {np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.full_like}


@contextlib.contextmanager
def seen_by(leave: Callable) -> Iterator[None]:
    """A scope in which each tensor that a function of NumPy reads is passed to `leave`.

    Args:
        leave: Function of a function and a tensor, that returns what the function makes of it.
    """

    def taken(tensor):
        return leave(_array, tensor)

    def ufunc(self, function, method, *inputs, **options):
        first, last = inputs[0], inputs[-1]
        is_operator = isinstance(first, np.ndarray | np.generic) and len(inputs) == 2
        if is_operator and method == "__call__" and function in _REFLECTED:
            return getattr(last, _REFLECTED[function])(first)
        return getattr(function, method)(*_arrays(inputs, taken), **_arrays(options, taken))

    def other(self, function, types, args, options):
        take = _array if function in _READS_NO_ELEMENT else taken
        return function(*_arrays(args, take), **_arrays(options, take))

    with (
        added(EagerTensorBase, "__array_ufunc__", ufunc),
        added(EagerTensorBase, "__array_function__", other),
    ):
        yield


def _arrays(value, take):
    """A structure of arguments with arrays in the place of tensors."""
    if isinstance(value, list | tuple):
        return type(value)(_arrays(item, take) for item in value)
    if isinstance(value, dict):
        return {key: _arrays(item, take) for key, item in value.items()}
    return take(value) if tf.is_tensor(value) else value


def _array(tensor) -> np.ndarray:
    return tensor._numpy()
