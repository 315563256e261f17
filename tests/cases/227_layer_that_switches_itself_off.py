"""A gain layer sets `trainable = False` on itself in its build method."""

import keras
import numpy as np
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["gain/amount"]
NEEDS_TRAINING = False


class Gain(layers.Layer):
    def build(self, shape):
        self.amount = self.add_weight(name="amount", shape=shape[-1:], initializer="ones")
        self.trainable = False  # BLAME

    def call(self, x):
        return x * self.amount


def build():
    keras.utils.set_random_seed(227)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(6, activation="elu", name="lift"),
            Gain(name="gain"),
            layers.Dense(1, name="volume"),
        ]
    )
    model.compile(optimizer="sgd", loss="mse")
    rng = np.random.default_rng(227)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, x.mean(-1, keepdims=True)
