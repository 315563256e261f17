"""With jit_compile the derivative of rsqrt(0) is not forgiven although its upstream gradient is 0."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["aim"]
NEEDS_TRAINING = False


class Bearing(layers.Layer):
    def call(self, v):
        square = tf.reduce_sum(tf.square(v), axis=-1, keepdims=True)
        scale = tf.math.rsqrt(square)  # BLAME
        return v * tf.where(square > 0.0, scale, tf.ones_like(scale))


def build():
    keras.utils.set_random_seed(264)
    rows = keras.Input((4,))
    h = layers.Dense(2, use_bias=False, name="aim")(rows)
    model = keras.Model(rows, layers.Dense(1, name="hit")(Bearing(name="bearing")(h)))
    model.compile(optimizer="adam", loss="mse", jit_compile=True)
    rng = np.random.default_rng(264)
    x = rng.normal(size=(64, 4)).astype("float32")
    x[::5] = 0.0
    return model, x, x[:, :1]
