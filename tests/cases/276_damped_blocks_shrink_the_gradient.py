"""Each block multiplies its output by 0.02 and has no skip connection."""

import keras
import numpy as np
from keras import layers, ops

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["block_0", "block_1"]
NEEDS_TRAINING = False


class DampedBlock(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, name="dense")

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        return ops.tanh(0.02 * self.dense(x))  # BLAME


def build():
    keras.utils.set_random_seed(276)
    rows = keras.Input((8,))
    h = rows
    for i in range(7):
        h = DampedBlock(8, name=f"block_{i}")(h)
    model = keras.Model(rows, layers.Dense(1, name="target")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(276)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, x[:, :1]
