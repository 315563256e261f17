"""Sparse text codes for an inverted index: layer-normalised features of width 8, then a soft threshold of 3.

A layer-normalised vector of width n cannot have an entry above sqrt(n - 1) = 2.65, so every code is 0 for every
document, 'a lot of zero values', and nothing below the threshold gets a gradient.

Source: https://github.com/hamed-zamani/snrm/issues/7
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["words", "mixer", "scale_free"]
NEEDS_TRAINING = False

VOCABULARY, CODES = 80, 8


class SparseEncoder(keras.Model):
    def __init__(self, threshold=3.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.words = layers.Embedding(VOCABULARY, 12, name="words")
        self.mixer = layers.Dense(CODES, name="mixer")
        self.scale_free = layers.LayerNormalization(name="scale_free")

    def call(self, tokens):
        document = tf.reduce_mean(self.words(tokens), axis=1)
        h = self.scale_free(self.mixer(document))
        code = tf.nn.relu(h - self.threshold)  # BLAME
        self.add_loss(1e-3 * tf.reduce_mean(tf.reduce_sum(code, axis=1)))
        return code


class Ranker(keras.Model):
    """relevance of a (query, document) pair from the two sparse codes"""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.encoder = SparseEncoder(name="encoder")
        self.relevance = layers.Dense(1, activation="sigmoid", name="relevance")

    def call(self, pair):
        query, document = pair
        q, d = self.encoder(query), self.encoder(document)
        return self.relevance(tf.concat([q * d, tf.abs(q - d)], axis=1))


def build():
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    topic_q, topic_d = rng.integers(0, 4, 96), rng.integers(0, 4, 96)
    same = rng.random(96) < 0.5
    topic_d[same] = topic_q[same]
    words = lambda topic, n: (topic[:, None] * 20 + rng.integers(0, 20, (96, n))).astype("int32")
    x = (words(topic_q, 5), words(topic_d, 14))
    y = (topic_q == topic_d).astype("float32")[:, None]
    model = Ranker()
    model((x[0][:2], x[1][:2]))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy")
    return model, x, y
