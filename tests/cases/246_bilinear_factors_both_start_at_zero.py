"""A low-rank bilinear interaction starts both factors at zero: each one's gradient contains the other."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["left_factor", "right_factor"]
NEEDS_TRAINING = False


class LowRankBilinear(layers.Layer):
    def __init__(self, rank, **kwargs):
        super().__init__(**kwargs)
        self.rank = rank

    def build(self, user_shape, item_shape):
        self.left = self.add_weight(
            name="left_factor", shape=(user_shape[-1], self.rank), initializer="zeros"
        )
        self.right = self.add_weight(
            name="right_factor", shape=(item_shape[-1], self.rank), initializer="zeros"
        )

    def call(self, user, item):
        both = tf.matmul(user, self.left) * tf.matmul(item, self.right)  # BLAME
        return tf.reduce_sum(both, axis=-1, keepdims=True)


def build():
    keras.utils.set_random_seed(246)
    user, item = keras.Input((4,), name="user"), keras.Input((5,), name="item")
    taste = LowRankBilinear(3, name="bilinear")(user, item)
    base = layers.Dense(1, name="base")(layers.Concatenate()([user, item]))
    model = keras.Model({"user": user, "item": item}, layers.Add()([taste, base]))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(246)
    x = {"user": rng.normal(size=(64, 4)), "item": rng.normal(size=(64, 5))}
    x = {key: value.astype("float32") for key, value in x.items()}
    return model, x, (x["user"][:, :1] * x["item"][:, :1])
