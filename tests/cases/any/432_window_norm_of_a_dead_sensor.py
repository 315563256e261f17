"""Own instance normalisation for sensor windows, written without epsilon; one dead sensor and everything is nan.

Source: https://github.com/keras-team/keras/issues/13203
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["scale", "shift", "reader", "state"]
NEEDS_TRAINING = False


def standardise(x, axis):
    centred = x - ops.mean(x, axis=axis, keepdims=True)
    return centred / ops.std(x, axis=axis, keepdims=True)  # BLAME


class WindowNorm(layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")
        self.shift = self.add_weight(name="shift", shape=(input_shape[-1],), initializer="zeros")

    def call(self, x):
        return standardise(x, axis=1) * self.scale + self.shift


def build():
    keras.utils.set_random_seed(802)
    window = keras.Input((16, 4))
    h = WindowNorm(name="window_norm")(window)
    h = layers.Conv1D(8, 3, activation="tanh", name="reader")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(window, layers.Dense(1, activation="sigmoid", name="state")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(802)
    x = rng.normal(size=(64, 16, 4)).astype("float32")
    x[3, :, 2] = 0.0
    return model, x, rng.integers(0, 2, (64, 1)).astype("float32")
