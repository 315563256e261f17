"""A hinge loss compares labels with the sign of the score; the sign's derivative is 0."""

import keras
import numpy as np
from keras import layers, ops

CODE = "zero-derivative"
SYMPTOM = "zero"
WEIGHTS = ["kernel_map", "margin"]
NEEDS_TRAINING = False


def sign_hinge(y_true, y_pred):
    side = ops.sign(y_pred)  # BLAME
    return ops.mean(ops.maximum(1.5 - y_true * side, 0.0), axis=-1)


def build():
    keras.utils.set_random_seed(241)
    rows = keras.Input((3,))
    h = layers.Dense(10, activation="sigmoid", name="kernel_map")(rows)
    model = keras.Model(rows, layers.Dense(1, name="margin")(h))
    model.compile(optimizer="adam", loss=sign_hinge)
    rng = np.random.default_rng(241)
    x = rng.normal(size=(64, 3)).astype("float32")
    return model, x, np.sign(x[:, :1])
