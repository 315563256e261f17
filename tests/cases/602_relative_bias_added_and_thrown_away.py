"""Windowed self-attention with a relative position bias; ops.add is called like an in-place method and its result is thrown away."""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["relative_bias"]
NEEDS_TRAINING = False


class WindowAttention(layers.Layer):
    def __init__(self, heads, dim, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.dim = heads, dim
        self.qkv = layers.Dense(3 * heads * dim, use_bias=False, name="qkv")
        self.proj = layers.Dense(heads * dim, name="proj")

    def build(self, input_shape):
        tokens = input_shape[1]
        self.tokens = tokens
        self.qkv.build(input_shape)
        self.proj.build((None, tokens, self.heads * self.dim))
        self.table = self.add_weight(
            name="relative_bias", shape=(2 * tokens - 1, self.heads), initializer="random_normal"
        )
        pos = np.arange(tokens)
        self.offsets = (pos[:, None] - pos[None, :] + tokens - 1).reshape(-1)

    def call(self, x):
        q, k, v = ops.split(self.qkv(x), 3, axis=-1)
        q, k, v = (ops.reshape(t, (-1, self.tokens, self.heads, self.dim)) for t in (q, k, v))
        scores = ops.einsum("bqhd,bkhd->bhqk", q, k) / self.dim**0.5
        bias = ops.reshape(ops.take(self.table, self.offsets, axis=0), (self.tokens, self.tokens, self.heads))
        ops.add(scores, ops.transpose(bias, (2, 0, 1)))  # BLAME
        weights = ops.softmax(scores)
        mixed = ops.einsum("bhqk,bkhd->bqhd", weights, v)
        return self.proj(ops.reshape(mixed, (-1, self.tokens, self.heads * self.dim)))


def build():
    keras.utils.set_random_seed(602)
    patches = keras.Input((9, 6))
    h = WindowAttention(2, 4, name="window_attention")(patches)
    h = layers.LayerNormalization()(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(patches, layers.Dense(3, activation="softmax", name="classes")(h))
    model.compile(optimizer="adamw", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(602)
    return model, rng.normal(size=(64, 9, 6)).astype("float32"), rng.integers(0, 3, 64)
