"""The variables of optimizer and metrics, made before a step is traced.

Keras makes them on TensorFlow while it traces the first step, and TensorFlow then traces that step
once more. Made before, as Keras does on its other backends, they save half of the start-up.
"""

import contextlib
from typing import Any

import keras
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.private import build, layers_in
from keras_gradwatch.backends.tensorflow.replicas import has_replicas

_STEP = ("train_step", "compute_loss", "compute_metrics")


def build_state(model: Any, args: tuple) -> None:
    """Makes the variables that the first step of a model would make.

    Only Keras' own step is known to give its optimizer all weights, and only a model that is built
    draws no random number here.

    Args:
        model: The compiled model.
        args: What `fit` passes to its train function.
    """
    shapes = getattr(args[-1], "element_spec", None)
    is_dense = all(isinstance(one, tf.TensorSpec) for one in keras.tree.flatten(shapes))
    is_of_keras = all(getattr(type(model), name) is getattr(keras.Model, name) for name in _STEP)
    is_built = all(layer.built for layer in layers_in(model))
    if shapes is None or not (is_dense and is_of_keras and is_built) or has_replicas(model):
        return
    data = keras.tree.map_structure(
        lambda one: keras.KerasTensor(one.shape, one.dtype.name), shapes
    )
    with contextlib.suppress(Exception):  # Then they are made while the step is traced.
        build(model, data)
