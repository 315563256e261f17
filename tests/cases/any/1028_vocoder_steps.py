"""Healthy: the rounding is written as x + stop_gradient(round(x) - x), so the derivative passes straight through it.
Source: https://github.com/jax-ml/jax/issues/9032
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class StepQuantizer(layers.Layer):
    """Sends the spectral envelope in steps of 1/8, as the codec would."""

    def __init__(self, steps=8.0, **kwargs):
        super().__init__(**kwargs)
        self.steps = steps

    def call(self, envelope):
        coarse = ops.round(envelope * self.steps) / self.steps
        return envelope + ops.stop_gradient(coarse - envelope)


def build():
    keras.utils.set_random_seed(528)
    frame = keras.Input((12,), name="frame")
    code = layers.Dense(6, activation="tanh", name="analysis")(frame)
    sent = StepQuantizer(name="channel")(code)
    back = layers.Dense(12, name="synthesis")(sent)
    model = keras.Model(frame, back)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    rng = np.random.default_rng(528)
    basis = rng.normal(size=(4, 12))
    x = (rng.normal(size=(64, 4)) @ basis / 2).astype("float32")
    return model, x, x.copy()
