"""A ported tf.Module keeps its matrix in a tf.Variable; the Keras layer around it does not track it."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
NEEDS_TRAINING = False
UNTRACKED = ["whitener"]


class Whitener(tf.Module):
    def __init__(self, width):
        super().__init__(name="whitener_module")
        self.matrix = tf.Variable(tf.eye(width), name="whitener")  # BLAME

    def __call__(self, x):
        return tf.matmul(x, self.matrix)


class WhitenLayer(layers.Layer):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.whitener = Whitener(width)

    def call(self, x):
        return self.whitener(x)


def build():
    keras.utils.set_random_seed(224)
    rows = keras.Input((5,))
    h = WhitenLayer(5, name="whiten")(rows)
    model = keras.Model(rows, layers.Dense(1, name="score")(layers.Activation("tanh")(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(224)
    x = rng.normal(size=(64, 5)).astype("float32")
    return model, x, x.sum(-1, keepdims=True)
