"""A learned filter is multiplied by a frequency window whose band is empty (low is above high)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["spectrum/taps"]
NEEDS_TRAINING = False
ALSO = ("zero-derivative",)


def band(low, high, bins):
    grid = np.linspace(0.0, 1.0, bins)
    return ((grid > low) & (grid < high)).astype("float32")


class SpectralFilter(layers.Layer):
    def build(self, shape):
        self.taps = self.add_weight(name="taps", shape=(shape[-1],), initializer="ones")

    def call(self, x):
        window = tf.constant(band(0.7, 0.3, x.shape[-1]))
        return x + x * (self.taps * window)  # BLAME


def build():
    keras.utils.set_random_seed(248)
    bins = keras.Input((10,))
    h = SpectralFilter(name="spectrum")(bins)
    model = keras.Model(bins, layers.Dense(1, name="tone")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(248)
    x = rng.random((64, 10)).astype("float32")
    return model, x, x[:, 4:5]
