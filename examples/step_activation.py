"""A step function as activation: nothing below it gets a gradient."""

import keras
import numpy as np
from keras import layers, ops

from keras_gradwatch import diagnose


class StepConv(layers.Conv2D):
    """A convolution that fires or does not."""

    def call(self, x):
        return ops.cast(super().call(x) > 0, "float32")


class SoftStepConv(layers.Conv2D):
    """The same step in the forward pass, and the slope of a sigmoid in the backward pass."""

    def call(self, x):
        soft = ops.sigmoid(super().call(x))
        hard = ops.cast(soft > 0.5, "float32")
        return soft + ops.stop_gradient(hard - soft)


def train_on(layer):
    """A small model around the layer, and what the diagnosis says of it."""
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layer, layers.GlobalAveragePooling2D(), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, *(8, 8, 1))).astype("float32")
    return diagnose(model, x, rng.normal(size=(32, 1)).astype("float32"))


keras.utils.set_random_seed(0)
print("The fault:\n")
print(train_on(StepConv(4, 3, name="conv")))
print("\nRepaired:\n")
print(train_on(SoftStepConv(4, 3, name="conv")))
