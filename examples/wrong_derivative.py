"""A custom activation with a wrong derivative: it trains, in a wrong direction."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from keras_gradwatch import diagnose


@tf.custom_gradient
def wrong_swish(x):
    s = tf.sigmoid(x)

    def backward(upstream):
        return s * (1 + x * (1 - s))  # `upstream` is missing

    return x * s, backward


@tf.custom_gradient
def swish(x):
    s = tf.sigmoid(x)

    def backward(upstream):
        return upstream * s * (1 + x * (1 - s))

    return x * s, backward


def train_on(layer):
    """A small model around the layer, and what the diagnosis says of it."""
    model = keras.Sequential(
        [keras.Input((8, 8, 1)), layer, layers.GlobalAveragePooling2D(), layers.Dense(1)]
    )
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, *(8, 8, 1))).astype("float32")
    return diagnose(model, x, rng.normal(size=(32, 1)).astype("float32"), numeric=True)


keras.utils.set_random_seed(0)
print("The fault:\n")
print(train_on(layers.Conv2D(4, 3, activation=wrong_swish, name="conv")))
print("\nRepaired:\n")
print(train_on(layers.Conv2D(4, 3, activation=swish, name="conv")))
