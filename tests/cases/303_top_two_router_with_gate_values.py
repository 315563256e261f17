"""Healthy: a mixture of experts with a top-2 router; the selection is hard, the gate values carry the gradient."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class TopTwo(layers.Layer):
    def __init__(self, count, width, **kwargs):
        super().__init__(**kwargs)
        self.router = layers.Dense(count, name="router")
        self.experts = [
            layers.Dense(width, activation="relu", name=f"expert_{i}") for i in range(count)
        ]

    def build(self, shape):
        for part in (self.router, *self.experts):
            part.build(shape)

    def call(self, x):
        logits = self.router(x)
        _, chosen = ops.top_k(logits, 2)
        kept = ops.sum(ops.one_hot(chosen, len(self.experts)), axis=1)
        gate = ops.softmax(ops.where(kept > 0, logits, -1e9))
        answers = ops.stack([expert(x) for expert in self.experts], axis=1)
        return ops.sum(gate[..., None] * answers, axis=1)


def build():
    keras.utils.set_random_seed(303)
    rows = keras.Input((6,))
    h = TopTwo(4, 8, name="mixture")(rows)
    model = keras.Model(rows, layers.Dense(3, activation="softmax", name="probs")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(303)
    x = rng.normal(size=(64, 6)).astype("float32")
    return model, x, np.argmax(x[:, :3], axis=-1)
