"""A NeRF-like MLP normalises its learned encoding with a utility that detaches, two calls below."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["encoding"]
NEEDS_TRAINING = False


def as_constant(x):
    return tf.stop_gradient(x)  # BLAME


def unit_scale(x):
    centered = x - tf.reduce_mean(x, axis=-1, keepdims=True)
    return as_constant(centered / (1e-3 + tf.math.reduce_std(centered)))


class Field(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoding = layers.Dense(8, activation=tf.sin, name="encoding")
        self.hidden = layers.Dense(8, activation="softplus", name="hidden")
        self.color = layers.Dense(3, activation="sigmoid", name="color")

    def call(self, point):
        return self.color(self.hidden(unit_scale(self.encoding(point))))


def build():
    keras.utils.set_random_seed(216)
    model = Field()
    model.compile(optimizer="adam", loss="mae")
    rng = np.random.default_rng(216)
    x = rng.uniform(-1, 1, (64, 3)).astype("float32")
    return model, x, 0.5 + 0.5 * np.sin(3 * x)
