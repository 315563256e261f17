"""The padding mask is applied upside down: where there is data the features are multiplied by 0."""

import keras
import numpy as np
from keras import layers, ops

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["reader"]
NEEDS_TRAINING = False
ALSO = ("zero-derivative",)


class MaskedMean(layers.Layer):
    def call(self, frames, padded):
        kept = frames * ops.cast(padded, "float32")[..., None]  # BLAME
        return ops.sum(kept, axis=1) / frames.shape[1]


def build():
    keras.utils.set_random_seed(245)
    frames = keras.Input((6, 3), name="frames")
    padded = keras.Input((6,), dtype="bool", name="padded")
    h = layers.Conv1D(5, 1, activation="softplus", name="reader")(frames)
    h = MaskedMean(name="masked_mean")(h, padded)
    model = keras.Model({"frames": frames, "padded": padded}, layers.Dense(1, name="sum")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(245)
    x = {"frames": rng.normal(size=(64, 6, 3)).astype("float32"), "padded": np.zeros((64, 6), bool)}
    return model, x, x["frames"].sum(axis=(1, 2))[:, None]
