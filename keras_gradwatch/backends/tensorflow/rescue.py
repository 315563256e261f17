"""The values of a model from before an update that spoils it, and from no other.

To hold the values of each sampled step makes each update of it a copy. Here the step itself asks
whether the gradients are finite, and only where they are not the values leave it.
"""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.replicas import has_replicas
from keras_gradwatch.backends.tensorflow.updates import read


def rescues(model: Any) -> bool:
    """Whether an observed step can give the values: XLA knows no result whose size depends on them,
    and of several steps in one execution only the last has results."""
    return not (model.jit_compile or has_replicas(model) or model.steps_per_execution > 1)


def observe_values(model: Any) -> "Rescue":
    """Begins to see the values of a model."""
    return Rescue(model)


class Rescue:
    """Sees the values of a model before an update; made where the step begins.

    Args:
        model: The model.
    """

    def __init__(self, model: Any):
        self._model = model
        # Before the update a step writes to statistics of a batch and to states of generators.
        self._early = {
            id(variable): read(variable.value)
            for variable in model.variables
            if not (variable.trainable and len(variable.shape))
        }

    def values(self, is_spoiled: Any) -> list:
        """Returns the values, a vector for each type of variable, of length 0 unless wanted.

        Rows are gathered, and where none are wanted nothing is read: a condition would do the same
        with two graphs more, which TensorFlow never gives up.

        Args:
            is_spoiled: Boolean scalar: they are wanted. Values that are not finite themselves are
                not worth to be kept.
        """
        rows: dict[int, Any] = {}
        vectors = []
        for variables in _by_type(self._model).values():
            for length in {math.prod(one.shape[:1]) for one in variables} - set(rows):
                rows[length] = tf.range(tf.where(is_spoiled, length, 0))
            parts = [self._rows(one, rows[math.prod(one.shape[:1])]) for one in variables]
            vectors.append(tf.concat(parts, 0))
        is_good = tf.reduce_all([True, *map(_is_finite, vectors)])
        return [vector[: tf.where(is_good, tf.size(vector), 0)] for vector in vectors]

    def _rows(self, variable, rows):
        early = self._early.get(id(variable))
        if early is not None:
            gathered = tf.gather(early if len(variable.shape) else early[None], rows)
        else:
            handle, dtype = variable.value.handle, variable.value.dtype
            gathered = tf.raw_ops.ResourceGather(resource=handle, indices=rows, dtype=dtype)
        return tf.reshape(gathered, (-1,))


def rescued(model: Any, values: list) -> list:
    """Returns a snapshot of the values that left a step, empty where none were wanted.

    Args:
        model: The model.
        values: What `Rescue.values` returned.
    """
    snapshot = []
    for variables, vector in zip(_by_type(model).values(), values, strict=True):
        ends = np.cumsum([variable.value.shape.num_elements() for variable in variables])
        if not vector.shape[0] or vector.shape[0] != ends[-1]:
            return []
        parts = np.split(vector.numpy(), ends[:-1])
        snapshot += [
            (one.value, part.reshape(one.value.shape))
            for one, part in zip(variables, parts, strict=True)
        ]
    return snapshot


def _by_type(model) -> dict[Any, list]:
    groups: dict[Any, list] = {}
    for variable in model.variables:
        groups.setdefault(variable.value.dtype, []).append(variable)
    return groups


def _is_finite(vector):
    is_float = vector.dtype.is_floating
    return tf.reduce_all(tf.math.is_finite(vector)) if is_float else tf.constant(True)
