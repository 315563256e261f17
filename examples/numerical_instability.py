"""Numerical instability: a gradient that vanishes, one that explodes, and one that is NaN."""

import keras
import numpy as np
from keras import layers, ops

from keras_gradwatch import diagnose


class Length(layers.Layer):
    """The length of each vector: its slope is infinite at a vector of zeros."""

    def __init__(self, floor):
        super().__init__()
        self.floor = floor

    def call(self, x):
        return ops.sqrt(ops.sum(ops.square(ops.relu(x)), axis=-1, keepdims=True) + self.floor)


def deep(activation):
    """Fourteen layers; with sigmoid each passes on a quarter of the gradient at most."""
    return [layers.Dense(16, activation=activation) for _ in range(14)]


def recurrent(gain):
    """Sixty steps; each multiplies the gradient by the gain."""
    return [
        layers.Reshape((60, 1)),
        layers.SimpleRNN(
            8, activation="relu", recurrent_initializer=keras.initializers.Identity(gain)
        ),
    ]


def train_on(*hidden):
    """A small model around the layers, and what the diagnosis says of it."""
    model = keras.Sequential([keras.Input((60,)), *hidden, layers.Dense(1)])
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = np.abs(rng.normal(size=(32, 60))).astype("float32")
    x[0] = 0  # a silent sample
    return diagnose(model, x, rng.normal(size=(32, 1)).astype("float32"))


keras.utils.set_random_seed(0)
for what, faulty, repaired in (
    ("vanishing", deep("sigmoid"), deep("relu")),
    ("exploding", recurrent(1.3), recurrent(1.0)),
    ("NaN", [layers.Dense(4), Length(0.0)], [layers.Dense(4), Length(1e-6)]),
):
    print(f"The fault ({what}):\n")
    print(train_on(*faulty))
    print("\nRepaired:\n")
    print(train_on(*repaired), "\n")
