"""Declared and produced shape differ: strides and dilation are forgotten."""

import keras
import numpy as np
from keras import layers, ops

from keras_gradwatch import diagnose


class StridedConv(layers.Layer):
    """Promises the size of the input, and produces a quarter of it."""

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(3, 3, shape[-1], 4))

    def call(self, x):
        return ops.conv(x, self.kernel, strides=2, padding="same")

    def compute_output_shape(self, shape):
        return (*shape[:3], 4)


class RightStridedConv(StridedConv):
    """Declares what it produces."""

    def compute_output_shape(self, shape):
        height, width = (-(-size // 2) for size in shape[1:3])
        return (shape[0], height, width, 4)


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
print(train_on(StridedConv(name="conv")))
print("\nRepaired:\n")
print(train_on(RightStridedConv(name="conv")))
