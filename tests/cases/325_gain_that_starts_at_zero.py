"""Healthy: ReZero: every residual branch is multiplied by a trainable scalar that starts at 0 and has a gradient."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
QUIET = ["branch"]
AFTER_STEPS = 1


class ReZero(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.branch = layers.Dense(units, activation="relu", name="branch")

    def build(self, shape):
        self.branch.build(shape)
        self.gain = self.add_weight(name="gain", shape=(), initializer="zeros")

    def call(self, x):
        return x + self.gain * self.branch(x)


def build():
    keras.utils.set_random_seed(325)
    rows = keras.Input((8,))
    h = rows
    for i in range(4):
        h = ReZero(8, name=f"rezero_{i}")(h)
    model = keras.Model(rows, layers.Dense(1, name="target")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(325)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, x[:, :1] * x[:, 1:2]
