"""A Gaussian activation's hand-written derivative lost its minus sign."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["bumps_in"]
NEEDS_TRAINING = False


@tf.custom_gradient
def bump(x):
    y = tf.exp(-tf.square(x))

    def slope(upstream):
        return 2.0 * x * y * upstream  # BLAME

    return y, slope


def radial(x):
    return bump(0.5 * x)


def build():
    keras.utils.set_random_seed(253)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(9, activation=radial, name="bumps_in"),
            layers.Dense(1, name="height"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    rng = np.random.default_rng(253)
    x = rng.uniform(-1, 1, (64, 2)).astype("float32")
    return model, x, np.cos(2 * x[:, :1])
