"""Bag of word vectors, summed over the document, then squashed.

Source: https://github.com/keras-team/keras/issues/18689
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["word_hidden"]
PARTIAL = 0.7
NEEDS_TRAINING = False


class DocumentEncoder(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.word_hidden = layers.Dense(units, name="word_hidden")
        self.drop = layers.Dropout(0.1)

    def build(self, shape):
        self.word_hidden.build(shape)

    def pool(self, h):
        total = ops.sum(h, axis=1)
        return ops.tanh(total)  # BLAME

    def call(self, tokens, training=False):
        h = self.word_hidden(tokens)
        h = self.drop(h, training=training)
        return self.pool(h)

    def compute_output_shape(self, shape):
        return (shape[0], self.units)


def build():
    keras.utils.set_random_seed(1009)
    rng = np.random.default_rng(1009)
    doc = keras.Input((300, 12), name="doc")
    meta = keras.Input((4,), name="meta")
    d = DocumentEncoder(8, name="encoder")(doc)
    m = layers.Dense(8, activation="relu", name="meta_hidden")(meta)
    h = layers.Concatenate()([d, m])
    h = layers.Dense(12, activation="relu", name="joint")(h)
    out = layers.Dense(1, name="stars")(h)
    model = keras.Model([doc, meta], out)
    model.compile(optimizer="adam", loss="mse")
    x = rng.gamma(4.0, 2.0, size=(64, 300, 12)).astype("float32")
    mt = rng.normal(size=(64, 4)).astype("float32")
    return model, [x, mt], (x.mean((1, 2))[:, None] - 8.0 + mt[:, :1]).astype("float32")
