"""Session recommender: attention over the clicked items, padding set to minus infinity. The loss is nan as soon as an empty session comes in.

Source: https://github.com/lsdefine/attention-is-all-you-need-keras/issues/16
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["items", "next/kernel", "next/bias"]
NEEDS_TRAINING = False


class ClickAttention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.key = layers.Dense(units, activation="tanh", name="key")
        self.score = layers.Dense(1, use_bias=False, name="score")

    def build(self, input_shape):
        items, _ = input_shape
        self.key.build(items)
        self.score.build((*items[:-1], self.key.units))

    def call(self, inputs):
        items, clicked = inputs
        score = self.score(self.key(items))[..., 0]
        weight = tf.nn.softmax(tf.where(clicked > 0, score, -np.inf), axis=-1)  # BLAME
        return tf.einsum("bt,btc->bc", weight, items)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], input_shape[0][2])


def build():
    keras.utils.set_random_seed(710)
    clicks = keras.Input((7,), dtype="int32", name="clicks")
    items = layers.Embedding(30, 8, name="items")(clicks)
    session = ClickAttention(8, name="attention")([items, clicks])
    model = keras.Model(clicks, layers.Dense(30, activation="softmax", name="next")(session))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(710)
    x = rng.integers(1, 30, (64, 7))
    length = rng.integers(1, 8, 64)
    length[5::11] = 0
    x[np.arange(7)[None] >= length[:, None]] = 0
    return model, x.astype("int32"), rng.integers(0, 30, 64)
