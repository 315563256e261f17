"""Healthy: an attention map is a second output, inspected only; its loss is None by name."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class AttentionPool(layers.Layer):
    def build(self, shape):
        self.query = self.add_weight(name="query", shape=(shape[-1], 1))

    def call(self, frames):
        weights = ops.softmax(ops.matmul(frames, self.query), axis=1)
        return ops.sum(weights * frames, axis=1), weights[..., 0]


def build():
    keras.utils.set_random_seed(315)
    frames = keras.Input((7, 3))
    h = layers.Dense(6, activation="tanh", name="frame_features")(frames)
    pooled, weights = AttentionPool(name="pool")(h)
    label = layers.Dense(2, activation="softmax", name="label")(pooled)
    model = keras.Model(frames, {"label": label, "weights": weights})
    model.compile(
        optimizer="adam", loss={"label": "sparse_categorical_crossentropy", "weights": None}
    )
    rng = np.random.default_rng(315)
    x = rng.normal(size=(64, 7, 3)).astype("float32")
    return model, x, {"label": rng.integers(0, 2, 64), "weights": np.zeros((64, 7), "float32")}
