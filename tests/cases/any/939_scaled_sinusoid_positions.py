"""Sinusoidal positions with a learned amplitude per channel, small attention tagger.

Source: https://github.com/keras-team/keras/issues/13976
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "host-call"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["positions/amplitude"]
NEEDS_TRAINING = False


def sinusoid(length, dim):
    pos = np.arange(length)[:, None]
    freq = 1.0 / 10000 ** (np.arange(dim)[None, :] // 2 * 2.0 / dim)
    table = pos * freq
    table[:, 0::2] = np.sin(table[:, 0::2])
    table[:, 1::2] = np.cos(table[:, 1::2])
    return table.astype("float32")


class ScaledPositions(layers.Layer):
    def build(self, input_shape):
        _, length, dim = input_shape
        self.amplitude = self.add_weight(name="amplitude", shape=(dim,), initializer="ones")
        scale = ops.convert_to_numpy(self.amplitude)  # BLAME
        self.table = sinusoid(length, dim) * scale

    def call(self, x):
        return x + ops.cast(self.table, x.dtype)


class Block(layers.Layer):
    def __init__(self, dim, heads, **kwargs):
        super().__init__(**kwargs)
        self.att = layers.MultiHeadAttention(heads, dim // heads, name="att")
        self.ffn1 = layers.Dense(2 * dim, activation="gelu", name="ffn1")
        self.ffn2 = layers.Dense(dim, name="ffn2")
        self.ln1 = layers.LayerNormalization(name="ln1")
        self.ln2 = layers.LayerNormalization(name="ln2")

    def build(self, shape):
        self.att.build(shape, shape)
        self.ln1.build(shape)
        self.ln2.build(shape)
        self.ffn1.build(shape)
        self.ffn2.build((*shape[:-1], 2 * shape[-1]))

    def call(self, x):
        h = self.ln1(x)
        x = x + self.att(h, h)
        return x + self.ffn2(self.ffn1(self.ln2(x)))


def build():
    keras.utils.set_random_seed(1003)
    rng = np.random.default_rng(1003)
    ids = keras.Input((12,), dtype="int32")
    h = layers.Embedding(40, 16, name="tokens")(ids)
    h = ScaledPositions(name="positions")(h)
    h = Block(16, 2, name="block")(h)
    out = layers.Dense(5, activation="softmax", name="tag")(h)
    model = keras.Model(ids, out)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    x = rng.integers(0, 40, (64, 12)).astype("int32")
    return model, x, ((x + np.arange(12)) % 5).astype("int32")
