"""A hand-written cross entropy takes log of a softmax that is exactly 0 for confident wrong rows."""

import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["sorter"]
NEEDS_TRAINING = False


class BareCrossEntropy(keras.losses.Loss):
    def call(self, y_true, y_pred):
        surprise = -ops.log(y_pred)  # BLAME
        return ops.sum(y_true * surprise, axis=-1)


def build():
    keras.utils.set_random_seed(261)
    rows = keras.Input((3,))
    p = layers.Dense(3, activation="softmax", kernel_initializer="identity", name="sorter")(rows)
    model = keras.Model(rows, p)
    model.compile(optimizer="sgd", loss=BareCrossEntropy())
    rng = np.random.default_rng(261)
    x = (400.0 * rng.normal(size=(64, 3))).astype("float32")
    return model, x, np.eye(3, dtype="float32")[rng.integers(0, 3, 64)]
