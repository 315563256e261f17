"""Highway gate ported from an old sonnet-like code base.

Source: https://github.com/tensorflow/tensorflow/issues/47264
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["gate_w", "gate_b"]
NEEDS_TRAINING = False


class Gate(tf.Module):
    def __init__(self, dim, carry_bias=-1.0, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([dim, dim], stddev=0.1), name="gate_w")
        self.b = tf.Variable(carry_bias * tf.ones([dim]), name="gate_b")

    def __call__(self, x):
        return tf.sigmoid(tf.matmul(x, self.w) + self.b)


class Highway(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.transform = layers.Dense(dim, activation="relu", name="transform")
        self.gate = Gate(dim, name="gate")  # BLAME

    def build(self, input_shape):
        self.transform.build(input_shape)

    def call(self, x):
        t = self.gate(x)
        return t * self.transform(x) + (1.0 - t) * x


def build():
    keras.utils.set_random_seed(71)
    rng = np.random.default_rng(71)
    x = rng.normal(size=(64, 10)).astype("float32")
    y = (x[:, :1] * x[:, 1:2] > 0).astype("float32")
    inp = keras.Input((10,))
    h = layers.Dense(16, name="embed")(inp)
    for i in range(2):
        h = Highway(16, name=f"highway_{i}")(h)
    out = layers.Dense(1, activation="sigmoid", name="out")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return model, x, y
