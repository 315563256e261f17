"""Cosine similarity divides by the norm of a document vector that is zero for empty documents."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["words_in"]
NEEDS_TRAINING = False


def unit(v):
    return v / tf.norm(v, axis=-1, keepdims=True)  # BLAME


class Cosine(layers.Layer):
    def call(self, left, right):
        return tf.reduce_sum(unit(left) * unit(right), axis=-1, keepdims=True)


def build():
    keras.utils.set_random_seed(263)
    left, right = keras.Input((12,)), keras.Input((12,))
    tower = layers.Dense(5, use_bias=False, name="words_in")
    similarity = Cosine(name="cosine")(tower(left), tower(right))
    model = keras.Model([left, right], similarity)
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(263)
    x = [rng.integers(0, 3, (64, 12)).astype("float32") for _ in range(2)]
    x[1][3] = 0.0
    return model, x, rng.random((64, 1)).astype("float32")
