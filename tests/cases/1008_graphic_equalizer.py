"""The layer appends plain tf.Variable objects to a list, which Keras does not track, so the gains are not among the trainable variables and stay at their initial value.
Source: https://github.com/tensorflow/tensorflow/issues/38211
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = ["eq_bands"]
NEEDS_TRAINING = False
FIT_RAISES = False


class EqualizerBands(layers.Layer):
    """One gain curve per band; a band is a stretch of spectrum bins."""

    def __init__(self, bands, width, **kwargs):
        super().__init__(**kwargs)
        self.bands = bands
        self.width = width
        self.gains = []
        for b in range(bands):
            self.gains.append(tf.Variable(tf.ones([width]), name=f"eq_bands_gain_{b}"))  # BLAME

    def call(self, spectrum):
        parts = tf.split(spectrum, self.bands, axis=-1)
        shaped = [part * gain for part, gain in zip(parts, self.gains)]
        return tf.concat(shaped, axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(18)
    rng = np.random.default_rng(18)
    spectrum = keras.Input((24,), name="spectrum")
    h = EqualizerBands(4, 6, name="eq_bands")(spectrum)
    h = layers.Dense(16, activation="relu", name="loudness_dense")(h)
    out = layers.Dense(1, name="phon")(h)
    model = keras.Model(spectrum, out, name="graphic_equalizer")
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
    x = np.abs(rng.normal(size=(64, 24))).astype("float32")
    y = (x[:, :6].mean(1, keepdims=True) * 2 - x[:, 18:].mean(1, keepdims=True)).astype("float32")
    return model, x, y
