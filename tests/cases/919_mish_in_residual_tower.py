"""Residual conv tower with a memory efficient mish.

Source: https://github.com/keras-team/keras/issues/15716
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["stem", "res_a", "res_b"]
NEEDS_TRAINING = False


def _mish_grad(x):
    sp = tf.math.softplus(x)
    t = tf.math.tanh(sp)
    return t + x * (1.0 - t * t)  # BLAME


@tf.custom_gradient
def mish(x):
    y = x * tf.math.tanh(tf.math.softplus(x))

    def grad(dy):
        return dy * _mish_grad(x)

    return y, grad


@tf.custom_gradient
def swish(x):
    s = tf.sigmoid(x)

    def grad(dy):
        return dy * (s + x * s * (1.0 - s))

    return x * s, grad


class ResBlock(layers.Layer):
    def __init__(self, filters, act, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv2D(filters, 3, padding="same", name="conv1")
        self.conv2 = layers.Conv2D(filters, 3, padding="same", name="conv2")
        self.act = act

    def build(self, shape):
        self.conv1.build(shape)
        self.conv2.build(self.conv1.compute_output_shape(shape))

    def call(self, x):
        h = self.act(self.conv1(x))
        h = self.conv2(h)
        return self.act(h + x)


def build():
    keras.utils.set_random_seed(191)
    rng = np.random.default_rng(191)
    inp = keras.Input((6, 6, 2))
    h = layers.Conv2D(4, 3, padding="same", name="stem")(inp)
    h = ResBlock(4, swish, name="res_a")(h)
    h = ResBlock(4, mish, name="res_b")(h)
    h = layers.GlobalAveragePooling2D()(h)
    out = layers.Dense(1, name="score")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="mse")
    x = 2.0 * rng.normal(size=(64, 6, 6, 2)).astype("float32")
    return model, x, (x[..., 0] ** 2).mean((1, 2))[:, None].astype("float32")
