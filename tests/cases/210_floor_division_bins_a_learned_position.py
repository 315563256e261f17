"""A learned position is snapped to a grid with floor division before it is embedded."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["locate"]
NEEDS_TRAINING = False


class SnapToGrid(layers.Layer):
    def __init__(self, pitch, **kwargs):
        super().__init__(**kwargs)
        self.pitch = pitch

    def call(self, position):
        cell = position // self.pitch  # BLAME
        angle = cell * self.pitch
        return tf.concat([tf.sin(angle), tf.cos(angle)], axis=-1)


def build():
    keras.utils.set_random_seed(210)
    signal = keras.Input((5,))
    where = layers.Dense(2, activation="sigmoid", name="locate")(signal)
    h = SnapToGrid(0.125, name="snap")(where)
    model = keras.Model(signal, layers.Dense(1, name="field")(h))
    model.compile(optimizer="rmsprop", loss="mse")
    rng = np.random.default_rng(210)
    x = rng.normal(size=(64, 5)).astype("float32")
    return model, x, x[:, :1]
