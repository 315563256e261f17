"""The function that eager tapes ask for the gradient of an operation, with another in its place."""

import contextlib
import functools
from collections.abc import Callable, Iterator

from keras_gradwatch.backends.tensorflow.private import backprop, pywrap_tfe
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Operation


@contextlib.contextmanager
def replaced_by(function: Callable) -> Iterator[None]:
    """A scope in which a function gives the gradients of operations.

    Args:
        function: Function of the original one, the type of the operation, its attributes, the
            number of its inputs, its inputs, its outputs, and what else the original one takes.
    """
    original = backprop._gradient_function
    pywrap_tfe.TFE_Py_RegisterGradientFunction(functools.partial(function, original))
    try:
        yield
    finally:
        pywrap_tfe.TFE_Py_RegisterGradientFunction(original)


def giver(operations: list[Operation], operation: Operation) -> Operation:
    """Python code that gave an operation a gradient of its own making, or the operation."""
    makes_its_own = kinds.HOSTS | {kinds.CUSTOM}
    for reader in operations[operation.index :]:
        if reader.kind in makes_its_own and set(reader.inputs) & set(operation.outputs):
            return reader
    return operation
