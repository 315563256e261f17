"""Healthy: a small decoder-only transformer with a causal mask of -1e9 in float32."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
QUIET = ["key/bias"]


class CausalSelfAttention(layers.Layer):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.qkv = layers.Dense(3 * width, name="qkv")
        self.out = layers.Dense(width, name="out")

    def build(self, shape):
        self.qkv.build(shape)
        self.out.build(shape)

    def call(self, x):
        query, key, value = ops.split(self.qkv(x), 3, axis=-1)
        scores = ops.matmul(query, ops.transpose(key, (0, 2, 1))) / x.shape[-1] ** 0.5
        future = np.triu(np.ones((x.shape[1], x.shape[1]), "float32"), 1)
        return self.out(ops.matmul(ops.softmax(scores - 1e9 * future), value))


def build():
    keras.utils.set_random_seed(311)
    ids = keras.Input((8,), dtype="int32")
    h = layers.Embedding(20, 12, name="tokens")(ids)
    for i in range(2):
        a = CausalSelfAttention(12, name=f"attention_{i}")(layers.LayerNormalization()(h))
        h = layers.Add()([h, a])
        m = layers.Dense(24, activation="gelu", name=f"up_{i}")(layers.LayerNormalization()(h))
        h = layers.Add()([h, layers.Dense(12, name=f"down_{i}")(m)])
    model = keras.Model(ids, layers.Dense(20, name="next_token")(h))
    model.compile(
        optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    x = np.random.default_rng(311).integers(0, 20, (64, 9))
    return model, x[:, :-1], x[:, 1:]
