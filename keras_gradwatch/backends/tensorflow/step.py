"""How a train step is observed on TensorFlow: a graph that is traced, and writes in place."""

import contextlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.replicas import parts
from keras_gradwatch.backends.tensorflow.updates import Updates, read

IS_STATELESS = False
END_OF_DATA = (StopIteration, tf.errors.OutOfRangeError)


def observe_updates(variables: dict[int, Any]) -> Updates:
    """Begins to see what is added to variables."""
    return Updates(variables)


def to_numpy(tensor: Any) -> np.ndarray:
    """The elements of a tensor, off the device."""
    return np.asarray(tensor)


def without_autograd() -> Any:
    """A scope in which operations are not recorded: outside a tape none are."""
    return contextlib.nullcontext()


def is_traced(args: tuple) -> bool:
    """Whether a step may be traced once more to find structural zeros: they are `None` here."""
    return False


def structural_zeros(attempt: Any, args: tuple) -> list[set[int]]:
    """Which gradients are zero whatever the batch is: TensorFlow gives `None` for those."""
    return []


def values_of_call(model: Any, args: tuple) -> Any:
    """A scope in which variables have the values of now, which are those of the call."""
    return contextlib.nullcontext()


def snapshot(model: Any, optimizers: Any, args: tuple) -> list:
    """What a call of the train function may change: variables, with their values of now.

    A value is a reference, which is copied only when the variable is written to.
    """
    variables = [*model.variables, *(v for optimizer in optimizers for v in optimizer.variables)]
    return snapshot_of([part for variable in variables for part in parts(variable)])


def snapshot_again(snapshot: list) -> list:
    """The variables of a snapshot with their values of now."""
    return snapshot_of([part for part, _ in snapshot])


def snapshot_of(variables: Iterable) -> list:
    """Variables with their values of now.

    The values are those of `value()`, in half the time: this is done at each sampled batch.
    """
    return [(one, read(one)) for one in variables]


def restore(snapshot: list) -> None:
    """Gives variables the values of a snapshot."""
    for variable, value in snapshot:
        variable.assign(value)


def undo_call(outputs: Any, snapshot: list) -> Any:
    """Undoes a call of the train function, and returns its outputs."""
    restore(snapshot)
    return outputs
