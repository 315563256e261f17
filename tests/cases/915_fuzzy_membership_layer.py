"""Neuro-fuzzy model with triangular membership functions on grey values.

Source: https://github.com/PetraVidnerova/rbf_keras/issues/6
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "dead-activation"
ALSO = ("saturated",)
SYMPTOM = "zero"
WEIGHTS = ["membership/c", "membership/w"]
NEEDS_TRAINING = False


def triangle(x, c, w):
    d = tf.abs(tf.expand_dims(x, -1) - c) / w
    return tf.nn.relu(1.0 - d)  # BLAME


class Membership(layers.Layer):
    def __init__(self, n_sets=5, **kwargs):
        super().__init__(**kwargs)
        self.n_sets = n_sets

    def build(self, shape):
        grid = np.linspace(0.0, 1.0, self.n_sets).astype("float32")
        init = lambda s, dtype=None: tf.constant(np.tile(grid, (s[0], 1)), dtype=dtype)
        self.c = self.add_weight(name="c", shape=(shape[-1], self.n_sets), initializer=init)
        self.w = self.add_weight(name="w", shape=(shape[-1], self.n_sets), initializer=keras.initializers.Constant(0.25))

    def call(self, x):
        m = triangle(x, self.c, self.w)
        return tf.reshape(m, [-1, x.shape[-1] * self.n_sets])

    def compute_output_shape(self, shape):
        return (shape[0], shape[-1] * self.n_sets)


def build():
    keras.utils.set_random_seed(151)
    rng = np.random.default_rng(151)
    inp = keras.Input((6,), name="grey_values")
    m = Membership(5, name="membership")(inp)
    rules = layers.Dense(10, activation="tanh", name="rules")(m)
    out = layers.Dense(1, activation="sigmoid", name="defuzzify")(rules)
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    x = rng.integers(5, 256, (64, 6)).astype("float32")
    return model, x, (x.mean(1, keepdims=True) > 128).astype("float32")
