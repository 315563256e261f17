"""A Gaussian likelihood loss slices the mean to (N,) and the target stays (N, 1)."""

import keras
import numpy as np
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


class GaussianLikelihood(keras.losses.Loss):
    def call(self, y_true, y_pred):
        mean, log_scale = y_pred[:, 0], y_pred[:, 1]
        z = (y_true - mean) * ops.exp(-log_scale)  # BLAME
        return 0.5 * ops.square(z) + log_scale


def build():
    keras.utils.set_random_seed(289)
    rows = keras.Input((5,))
    h = layers.Dense(9, activation="tanh", name="trunk")(rows)
    model = keras.Model(rows, layers.Dense(2, name="mean_and_scale")(h))
    model.compile(optimizer="adam", loss=GaussianLikelihood())
    rng = np.random.default_rng(289)
    x = rng.normal(size=(64, 5)).astype("float32")
    return model, x, x[:, :1] + 0.1
