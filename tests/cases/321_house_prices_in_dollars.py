"""Healthy: regression on unscaled prices: the loss is about 1e11 and so are the gradients, and Adam does not care."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(321)
    rows = keras.Input((7,))
    h = layers.Dense(16, activation="relu", name="first")(rows)
    h = layers.Dense(16, activation="relu", name="second")(h)
    model = keras.Model(rows, layers.Dense(1, name="price")(h))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(321)
    x = rng.normal(size=(64, 7)).astype("float32")
    return model, x, (300_000.0 + 50_000.0 * x[:, :1]).astype("float32")
