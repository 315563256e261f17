"""A coordinate network turns learned offsets into polar form; atan2(0, 0) has a gradient 0 / 0."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["shift"]
NEEDS_TRAINING = False


class Polar(layers.Layer):
    def call(self, xy):
        x, y = xy[..., 0], xy[..., 1]
        radius = tf.square(x) + tf.square(y)
        angle = tf.math.atan2(y, x)  # BLAME
        return tf.stack([radius, angle], axis=-1)


def build():
    keras.utils.set_random_seed(270)
    pixel = keras.Input((2,))
    h = layers.Dense(2, use_bias=False, name="shift")(pixel)
    h = layers.Dense(8, activation="silu", name="field")(Polar(name="polar")(h))
    model = keras.Model(pixel, layers.Dense(1, name="value")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(270)
    x = rng.integers(-2, 3, (64, 2)).astype("float32")
    x[0] = 0.0
    return model, x, np.abs(x[:, :1])
