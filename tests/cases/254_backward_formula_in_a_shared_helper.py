"""A scaled square-root activation shares a derivative helper that forgets the scale."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["lower"]
NEEDS_TRAINING = False


def root_slope(x):
    return 0.5 / tf.sqrt(1.0 + tf.abs(x))


def chain(upstream, x):
    return upstream * tf.sign(x) * root_slope(x)  # BLAME


@tf.custom_gradient
def signed_root(x, scale=3.0):
    y = scale * tf.sqrt(1.0 + tf.abs(x))
    return y, lambda upstream: chain(upstream, x)


class SignedRoot(layers.Layer):
    def call(self, x):
        return signed_root(x)


def build():
    keras.utils.set_random_seed(254)
    rows = keras.Input((5,))
    h = SignedRoot(name="root")(layers.Dense(6, activation="tanh", name="lower")(rows))
    model = keras.Model(rows, layers.Dense(1, name="upper")(h))
    model.compile(optimizer="sgd", loss="mse")
    rng = np.random.default_rng(254)
    x = rng.normal(size=(64, 5)).astype("float32")
    return model, x, x[:, 1:2]
