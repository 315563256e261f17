"""Adapter tuning of a small transformer: the bottleneck adapters are called in every block, but they do not learn.

Source: https://github.com/remigenet/TKAT/issues/8
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["adapter_1/"]
NEEDS_TRAINING = False


class Adapter(layers.Layer):
    def __init__(self, width, rank, **kwargs):
        super().__init__(**kwargs)
        self.down = layers.Dense(rank, activation="gelu", name="down")
        self.up = layers.Dense(width, name="up")

    def build(self, input_shape):
        self.down.build(input_shape)
        self.up.build((*input_shape[:-1], self.down.units))

    def call(self, h):
        return h + self.up(self.down(h))


class Block(layers.Layer):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(2, width // 2, name="attention")
        self.adapter_0 = Adapter(width, 4, name="adapter_0")
        self.norm_0 = layers.LayerNormalization(name="norm_0")
        self.ffn = layers.Dense(width, activation="gelu", name="ffn")
        self.adapter_1 = Adapter(width, 4, name="adapter_1")
        self.norm_1 = layers.LayerNormalization(name="norm_1")

    def build(self, input_shape):
        self.attention.build(input_shape, input_shape)
        for layer in (self.adapter_0, self.norm_0, self.ffn, self.adapter_1, self.norm_1):
            layer.build(input_shape)

    def call(self, x):
        h = self.attention(x, x)
        h = self.adapter_0(h)
        x = self.norm_0(x + h)
        h = self.ffn(x)
        self.adapter_1(h)  # BLAME
        return self.norm_1(x + h)


def build():
    keras.utils.set_random_seed(805)
    tokens = keras.Input((8,), dtype="int32")
    h = layers.Embedding(30, 12, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.7), name="tokens")(tokens)
    h = Block(12, name="block_a")(h)
    h = Block(12, name="block_b")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(tokens, layers.Dense(3, activation="softmax", name="label")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(805)
    x = rng.integers(0, 30, (64, 8)).astype("int32")
    return model, x, x[:, 0] % 3
