"""Healthy: attention with an additive mask of -1e9; padded sentences, one of them empty, and a causal mask on top.

Source: https://github.com/Kyubyong/transformer/issues/80
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class CausalAttention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.q = layers.Dense(units, use_bias=False, name="q")
        self.k = layers.Dense(units, use_bias=False, name="k")
        self.v = layers.Dense(units, use_bias=False, name="v")

    def build(self, input_shape):
        for layer in (self.q, self.k, self.v):
            layer.build(input_shape[0])

    def call(self, inputs):
        h, tokens = inputs
        scores = tf.matmul(self.q(h), self.k(h), transpose_b=True) / np.sqrt(self.q.units)
        steps = h.shape[1]
        causal = tf.linalg.band_part(tf.ones((steps, steps)), -1, 0)
        allowed = causal * tf.cast(tokens[:, None, :] != 0, "float32")
        return h + tf.matmul(tf.nn.softmax(scores + (1.0 - allowed) * -1e9), self.v(h))

    def compute_output_shape(self, input_shape):
        return input_shape[0]


def build():
    keras.utils.set_random_seed(755)
    tokens = keras.Input((9,), dtype="int32")
    h = layers.Embedding(25, 12, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.7), name="words")(tokens)
    h = CausalAttention(12, name="attention")([h, tokens])
    h = layers.LayerNormalization(name="norm")(h)
    model = keras.Model(tokens, layers.Dense(25, activation="softmax", name="next")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(755)
    seq = (rng.integers(0, 24, (64, 1)) + np.arange(10) * rng.integers(1, 4, (64, 1))) % 24 + 1
    length = rng.integers(3, 11, 64)
    length[9] = 0
    seq[np.arange(10)[None] >= length[:, None]] = 0
    return model, seq[:, :9].astype("int32"), seq[:, 1:].astype("int32")
