"""Dot-product attention divides by a temperature of 1e-5: the softmax is one-hot, its derivative exactly 0."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["query", "key"]
NEEDS_TRAINING = False


class SharpAttention(layers.Layer):
    def build(self, shape):
        square = (shape[-1], shape[-1])
        self.query = self.add_weight(name="query", shape=square)
        self.key = self.add_weight(name="key", shape=square)

    def call(self, x):
        scores = tf.matmul(x @ self.query, x @ self.key, transpose_b=True)
        weights = tf.nn.softmax(scores / 1e-5)  # BLAME
        return tf.matmul(weights, x)


def build():
    keras.utils.set_random_seed(238)
    tokens = keras.Input((5, 4))
    h = SharpAttention(name="attend")(tokens)
    h = layers.Dense(6, activation="tanh", name="mix")(layers.Flatten()(h))
    model = keras.Model(tokens, layers.Dense(1, name="answer")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(238)
    x = rng.normal(size=(64, 5, 4)).astype("float32")
    return model, x, x[:, 0, :1]
