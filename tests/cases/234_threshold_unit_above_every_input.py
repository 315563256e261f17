"""A shrinkage activation subtracts a threshold that no input reaches."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["analysis", "code/kernel"]
NEEDS_TRAINING = False


def shrink(x, threshold=4.0):
    return tf.nn.relu(x - threshold)  # BLAME


class SparseCode(layers.Layer):
    def call(self, x):
        return shrink(x)


def build():
    keras.utils.set_random_seed(234)
    signal = keras.Input((12,))
    h = layers.Dense(8, activation="tanh", name="analysis")(signal)
    h = SparseCode(name="sparse")(h)
    model = keras.Model(signal, layers.Dense(12, name="code")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(234)
    x = rng.normal(size=(64, 12)).astype("float32")
    return model, x, x
