"""Healthy: patient visits of different length, padded with zeros, through Masking and a GRU, with a loss that leaves the padded steps out.

Source: https://github.com/keras-team/keras/issues/8342
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

STEPS, NO_VALUE = 6, -1.0


class MaskedHuber(keras.losses.Loss):
    """Mean over the visits that took place; the others have the target NO_VALUE."""

    def __init__(self, delta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.delta = delta

    def call(self, y_true, y_pred):
        known = ops.cast(ops.not_equal(y_true, NO_VALUE), y_pred.dtype)
        error = ops.abs(y_true - y_pred) * known
        small = ops.minimum(error, self.delta)
        loss = 0.5 * ops.square(small) + self.delta * (error - small)
        return ops.mean(loss, axis=-1)  # one value for each visit; Keras averages over those that the mask keeps


def patients(n, rng):
    length = rng.integers(2, STEPS + 1, n)
    x = rng.normal(size=(n, STEPS, 4))
    level = 1.0 + 0.5 * np.cumsum(np.tanh(x[..., :1]), axis=1) + 2.0
    level = np.maximum(level, 0.1)
    over = np.arange(STEPS)[None, :] >= length[:, None]
    x[over] = 0.0
    level[over] = NO_VALUE
    return x.astype("float32"), level.astype("float32")


def build():
    keras.utils.set_random_seed(616)
    visits = keras.Input((STEPS, 4), name="visits")
    h = layers.Masking(mask_value=0.0)(visits)
    h = layers.GRU(10, return_sequences=True, reset_after=True, name="course")(h)
    h = layers.Dropout(0.1, seed=616)(h)
    level = layers.Dense(1, name="level")(h)
    model = keras.Model(visits, level)
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=MaskedHuber(name="masked_huber"))
    x, y = patients(64, np.random.default_rng(616))
    return model, x, y
