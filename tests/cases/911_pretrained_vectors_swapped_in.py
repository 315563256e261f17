"""Sentence classifier which replaces its word table with downloaded vectors.

Source: https://github.com/tensorflow/tensorflow/issues/38211
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "untracked"
ALSO = ("unused",)
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["glove"]
NEEDS_TRAINING = False


def fake_glove(vocab, dim):
    rng = np.random.default_rng(5)
    return rng.normal(scale=0.4, size=(vocab, dim)).astype("float32")


class WordTable(layers.Layer):
    def __init__(self, vocab, dim, pretrained=None, **kwargs):
        super().__init__(**kwargs)
        self.vocab, self.dim = vocab, dim
        self.pretrained = pretrained

    def build(self, input_shape):
        if self.pretrained is None:
            self.table = self.add_weight(name="table", shape=(self.vocab, self.dim), initializer="uniform")
        else:
            self.table = tf.Variable(self.pretrained, trainable=True, name="glove")  # BLAME

    def call(self, ids):
        return tf.gather(self.table, ids)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.dim)


class SentenceModel(keras.Model):
    def __init__(self, vocab):
        super().__init__()
        self.words = WordTable(vocab, 16, pretrained=fake_glove(vocab, 16), name="words")
        self.tags = WordTable(12, 4, name="tags")
        self.conv = layers.Conv1D(16, 3, padding="same", activation="relu", name="conv")
        self.pool = layers.GlobalMaxPooling1D()
        self.drop = layers.Dropout(0.1)
        self.out = layers.Dense(2, activation="softmax", name="out")

    def call(self, inputs, training=False):
        w, t = inputs
        h = tf.concat([self.words(w), self.tags(t)], axis=-1)
        h = self.pool(self.conv(h))
        return self.out(self.drop(h, training=training))


def build():
    keras.utils.set_random_seed(111)
    rng = np.random.default_rng(111)
    w = rng.integers(0, 100, (64, 10)).astype("int32")
    t = rng.integers(0, 12, (64, 10)).astype("int32")
    y = (w[:, 0] > 50).astype("int32")
    model = SentenceModel(100)
    model([w[:2], t[:2]])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, [w, t], y
