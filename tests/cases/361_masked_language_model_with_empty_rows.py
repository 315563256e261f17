"""Healthy: a masked language model; some rows have no masked word, one in eight is all padding, and the means are safe.

Source: https://github.com/huggingface/transformers/issues/16711
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

VOCABULARY, LENGTH, WIDTH = 40, 10, 16
PAD, MASK, IGNORE = 0, 1, -100


class SelfAttention(layers.Layer):
    def build(self, input_shape):
        make = lambda name: self.add_weight(name=name, shape=(WIDTH, WIDTH), initializer="glorot_uniform")
        self.wq, self.wk, self.wv, self.wo = make("query"), make("key"), make("value"), make("output")

    def call(self, h, tokens):
        q, k, v = tf.matmul(h, self.wq), tf.matmul(h, self.wk), tf.matmul(h, self.wv)
        score = tf.matmul(q, k, transpose_b=True) / WIDTH**0.5
        padding = tf.cast(tf.equal(tokens, PAD), tf.float32)[:, None, :]
        weight = tf.nn.softmax(score - 1e9 * padding)  # an all-padding row becomes uniform, not NaN
        return tf.matmul(tf.matmul(weight, v), self.wo)


class MaskedLM(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.tokens = layers.Embedding(VOCABULARY, WIDTH, name="tokens")
        self.positions = layers.Embedding(LENGTH, WIDTH, name="positions")
        self.norms = [layers.LayerNormalization(name=f"norm_{i}") for i in range(2)]
        self.attention = SelfAttention(name="attention")
        self.feed = layers.Dense(WIDTH, activation="gelu", name="feed")
        self.words = layers.Dense(VOCABULARY, name="words")

    def call(self, tokens):
        h = self.tokens(tokens) + self.positions(tf.range(LENGTH))
        h = h + self.attention(self.norms[0](h), tokens)
        return self.words(h + self.feed(self.norms[1](h)))


def masked_cross_entropy(y_true, y_pred):
    """mean over the masked words of each row; a row without any counts as 0"""
    counted = tf.cast(tf.not_equal(y_true, IGNORE), tf.float32)
    target = tf.where(tf.equal(y_true, IGNORE), 0, tf.cast(y_true, tf.int32))
    ce = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=y_pred)
    return tf.math.divide_no_nan(tf.reduce_sum(ce * counted, axis=1), tf.reduce_sum(counted, axis=1))


def build():
    keras.utils.set_random_seed(16711)
    rng = np.random.default_rng(16711)
    start, step = rng.integers(0, 30, (128, 1)), rng.integers(1, 3, (128, 1))
    text = 2 + (start + step * np.arange(LENGTH)) % 38  # arithmetic 'sentences'
    lengths = np.where(np.arange(128) % 8 == 7, 0, rng.integers(4, LENGTH + 1, 128))
    text[np.arange(LENGTH)[None, :] >= lengths[:, None]] = PAD
    hidden = (rng.random(text.shape) < 0.2) & (text != PAD)
    y = np.where(hidden, text, IGNORE).astype("int32")
    x = np.where(hidden, MASK, text).astype("int32")
    model = MaskedLM()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=masked_cross_entropy)
    return model, x, y
