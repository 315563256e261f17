"""Plain relu regression on positive inputs; a part of the hidden units never fires.

Source: https://github.com/keras-team/keras/issues/7057
"""
import numpy as np
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(341)
    rng = np.random.default_rng(341)
    x = rng.uniform(0.0, 1.0, (96, 6)).astype("float32")
    y = (x[:, :1] * 3 - x[:, 1:2] * 2 + 0.1 * rng.normal(size=(96, 1))).astype("float32")
    model = keras.Sequential()
    model.add(keras.Input((6,)))
    model.add(layers.Dense(40, activation="relu", kernel_initializer="he_normal", name="h1"))
    model.add(layers.Dense(20, activation="relu", kernel_initializer="he_normal", name="h2"))
    model.add(layers.Dense(1, name="y"))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse", metrics=["mae"])
    return model, x, y
