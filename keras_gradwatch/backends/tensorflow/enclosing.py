"""What leaves an observed step as one value: Keras and TensorFlow take 20 us for each output."""

from typing import Any

import keras
import tensorflow as tf


def enclose(model: Any, tensors: Any) -> tuple[Any, Any]:
    """Returns tensors as one value, and the form in which `disclose` gives them back.

    A variant is no value for XLA, nor for a mean over replicas: there, and where something is no
    tensor, the value is what was given.

    Args:
        model: The model whose step they leave.
        tensors: A structure of tensors.

    Returns:
        The value, and its form: the structure with the type of each tensor, or `None` where nothing
        is enclosed.
    """
    flat = keras.tree.flatten(tensors)
    is_plain = tf.inside_function() and all(isinstance(one, tf.Tensor) for one in flat)
    if not is_plain or model.jit_compile or model.distribute_strategy.num_replicas_in_sync > 1:
        return tensors, None
    form = keras.tree.map_structure(lambda one: one.dtype, tensors)
    return tf.raw_ops.OptionalFromValue(components=flat), form


def disclose(value: Any, form: Any) -> Any:
    """Returns the tensors of a value that has left the step.

    Args:
        value: The value.
        form: Its form.
    """
    if form is None:
        return value
    types = keras.tree.flatten(form)
    shapes = [None] * len(types)  # They are known of the value.
    flat = tf.raw_ops.OptionalGetValue(optional=value, output_types=types, output_shapes=shapes)
    return keras.tree.pack_sequence_as(form, flat)
