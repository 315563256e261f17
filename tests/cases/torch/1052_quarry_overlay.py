"""Healthy: the in-place write goes into a fresh clone that nothing else needs for its derivative, and no_grad only guards a running mean.
Source: https://github.com/pytorch/pytorch/issues/61946
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class OverlayDust(layers.Layer):
    """Replaces the two dusty channels by a corrected mixture of the others."""

    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        self.repair = self.add_weight(
            shape=(input_shape[-1] - 2, 2), initializer="glorot_uniform", name="repair"
        )
        self.typical = self.add_weight(
            shape=(input_shape[-1],), initializer="zeros", trainable=False, name="typical"
        )

    def call(self, channels, training=False):
        if training:
            with torch.no_grad():
                mean = channels.mean(dim=0)
                self.typical.assign(
                    self.momentum * self.typical.value + (1 - self.momentum) * mean
                )
        centred = channels - self.typical.value.detach()
        patched = centred.clone()
        patched[:, :2] = centred[:, 2:] @ self.repair.value
        return patched

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(552)
    shot = keras.Input((9,), name="shot")
    h = layers.Dense(8, name="spectro")(shot)
    h = OverlayDust(name="overlay")(h)
    h = layers.Dense(10, activation="tanh", name="crusher")(h)
    grade = layers.Dense(1, name="ore_grade")(h)
    model = keras.Model(shot, grade)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(552)
    x = rng.normal(size=(64, 9)).astype("float32")
    y = (x[:, :1] - 0.5 * np.tanh(x[:, 1:2])).astype("float32")
    return model, x, y
