"""Partially monotone network: some features may only push the price up, others only down. The 'down' features have no influence at all.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "dead-activation"
ALSO = ("zero-derivative",)
SYMPTOM = "zero"
WEIGHTS = ["down/w"]
NEEDS_TRAINING = False


def signed_weights(raw, direction):
    return direction * tf.nn.softplus(raw)


class MonotoneDense(layers.Layer):
    def __init__(self, units, direction, **kwargs):
        super().__init__(**kwargs)
        self.units, self.direction = units, float(direction)

    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1], self.units), initializer="random_normal")

    def call(self, x):
        z = tf.matmul(x, signed_weights(self.w, self.direction))
        return tf.nn.relu(z)  # BLAME

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(711)
    good = keras.Input((4,), name="good")
    bad = keras.Input((3,), name="bad")
    up = MonotoneDense(8, +1, name="up")(good)
    down = MonotoneDense(8, -1, name="down")(bad)
    h = layers.Concatenate()([up, down])
    model = keras.Model([good, bad], layers.Dense(1, name="price")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(711)
    x = [rng.random((64, 4)).astype("float32"), rng.random((64, 3)).astype("float32")]
    return model, x, (x[0].sum(1, keepdims=True) - x[1].sum(1, keepdims=True)).astype("float32")
