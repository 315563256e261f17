"""Scaled... well, dot product attention over traffic counters, written by hand.

Source: https://github.com/tensorflow/tensorflow/issues/42542
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "saturated"
ALSO = ("zero-derivative",)
SYMPTOM = "zero"
WEIGHTS = ["att/query", "att/key"]
NEEDS_TRAINING = False


class SelfAttention(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.wq = layers.Dense(dim, use_bias=False, name="query")
        self.wk = layers.Dense(dim, use_bias=False, name="key")
        self.wv = layers.Dense(dim, use_bias=False, name="value")
        self.dim = dim

    def build(self, shape):
        for l in (self.wq, self.wk, self.wv):
            l.build(shape)

    def call(self, x):
        q, k, v = self.wq(x), self.wk(x), self.wv(x)
        a = tf.nn.softmax(tf.matmul(q, k, transpose_b=True), axis=-1)  # BLAME
        return tf.matmul(a, v)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.dim)


def build():
    keras.utils.set_random_seed(161)
    rng = np.random.default_rng(161)
    inp = keras.Input((10, 8), name="counters")
    h = SelfAttention(16, name="att")(inp)
    h = layers.LayerNormalization(name="norm")(h)
    h = layers.GlobalAveragePooling1D()(h)
    h = layers.Dense(16, activation="relu", name="hidden")(h)
    out = layers.Dense(2, activation="softmax", name="jam")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    x = rng.poisson(300, size=(64, 10, 8)).astype("float32") * rng.uniform(0.5, 2, (64, 10, 1)).astype("float32")
    return model, x, (x.mean((1, 2)) > 370).astype("int32")
