"""Healthy: the targets hold NaN where the lab made no assay, but the loss replaces them before it subtracts and masks the error after it.
Source: https://github.com/keras-team/keras/issues/1628
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class AssayedOnly(keras.losses.Loss):
    """Squared error over the elements that were really measured."""

    def call(self, assay, guess):
        known = ops.logical_not(ops.isnan(assay))
        filled = ops.where(known, assay, ops.zeros_like(assay))
        miss = ops.where(known, filled - guess, ops.zeros_like(guess))
        count = ops.maximum(ops.sum(ops.cast(known, "float32")), 1.0)
        return ops.sum(ops.square(miss)) / count


def build():
    keras.utils.set_random_seed(532)
    model = keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(16, activation="relu", name="bands"),
            layers.Dense(4, name="elements"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=AssayedOnly())
    rng = np.random.default_rng(532)
    x = rng.normal(size=(64, 10)).astype("float32")
    y = (x @ rng.normal(size=(10, 4)) / 3).astype("float32")
    y[rng.uniform(size=y.shape) < 0.5] = np.nan
    y[5] = np.nan
    return model, x, y
