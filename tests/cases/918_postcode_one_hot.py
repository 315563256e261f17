"""House prices: postcode as one hot, plus numeric columns.

Source: https://github.com/tensorflow/tensorflow/issues/36880
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["postcode_effect/w"]
NEEDS_TRAINING = False

FIRST_CODE = 1000
N_CODES = 40


class CategoryEffect(layers.Layer):
    """Linear effect of a categorical column."""

    def __init__(self, depth, units, **kwargs):
        super().__init__(**kwargs)
        self.depth, self.units = depth, units

    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(self.depth, self.units), initializer="glorot_uniform")
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def encode(self, ids):
        ids = tf.cast(tf.squeeze(ids, axis=-1), tf.int32)
        return tf.one_hot(ids, self.depth)  # BLAME

    def call(self, ids):
        return tf.matmul(self.encode(ids), self.w) + self.b

    def compute_output_shape(self, shape):
        return (shape[0], self.units)


def numeric_block(x, units, name):
    x = layers.Normalization(mean=0.0, variance=1.0)(x)
    x = layers.Dense(units, activation="relu", name=name + "_a")(x)
    return layers.Dense(units, activation="relu", name=name + "_b")(x)


def build():
    keras.utils.set_random_seed(181)
    rng = np.random.default_rng(181)
    postcode = keras.Input((1,), dtype="int32", name="postcode")
    kind = keras.Input((1,), dtype="int32", name="kind")
    numbers = keras.Input((5,), name="numbers")
    a = CategoryEffect(N_CODES, 8, name="postcode_effect")(postcode)
    b = CategoryEffect(3, 8, name="kind_effect")(kind)
    c = numeric_block(numbers, 16, "num")
    h = layers.Concatenate()([a, b, c])
    h = layers.Dense(16, activation="elu", name="joint")(h)
    out = layers.Dense(1, name="price")(h)
    model = keras.Model([postcode, kind, numbers], out)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mae")
    pc = rng.integers(FIRST_CODE, FIRST_CODE + N_CODES, (64, 1)).astype("int32")
    kd = rng.integers(0, 3, (64, 1)).astype("int32")
    nm = rng.normal(size=(64, 5)).astype("float32")
    y = (0.05 * (pc - FIRST_CODE) + kd + nm[:, :1]).astype("float32")
    return model, [pc, kd, nm], y
