"""An embedding is made ternary by two signs in a helper below the layer's call."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-derivative"
SYMPTOM = "zero"
WEIGHTS = ["codes/table"]
NEEDS_TRAINING = False


def soft_side(x, offset):
    return 0.5 * tf.math.sign(x - offset)  # BLAME


def ternary(table):
    return soft_side(table, 0.02) + soft_side(table, -0.02)


class TernaryEmbedding(layers.Layer):
    def build(self, shape):
        self.table = self.add_weight(name="table", shape=(30, 6), initializer="random_normal")

    def call(self, ids):
        return tf.gather(ternary(tf.convert_to_tensor(self.table)), ids)


def build():
    keras.utils.set_random_seed(244)
    ids = keras.Input((5,), dtype="int32")
    h = TernaryEmbedding(name="codes")(ids)
    model = keras.Model(ids, layers.Dense(1, name="rank")(layers.Flatten()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(244)
    return model, rng.integers(0, 30, (64, 5)), rng.normal(size=(64, 1)).astype("float32")
