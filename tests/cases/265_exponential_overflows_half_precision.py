"""A hand-written softmax without the maximum shift overflows in mixed_float16."""

import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["logits"]
NEEDS_TRAINING = False


class PlainSoftmax(layers.Layer):
    def call(self, logits):
        weight = ops.exp(logits)  # BLAME
        return weight / ops.sum(weight, axis=-1, keepdims=True)


def build():
    keras.utils.set_random_seed(265)
    half = "mixed_float16"
    rows = keras.Input((8,))
    h = layers.Dense(4, dtype=half, kernel_initializer="he_normal", name="logits")(rows)
    p = PlainSoftmax(dtype=half, name="plain_softmax")(h)
    out = layers.Dense(1, dtype="float32", name="risk")(p)
    model = keras.Model(rows, out)
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(265)
    return (
        model,
        rng.normal(0, 30, (64, 8)).astype("float32"),
        rng.random((64, 1)).astype("float32"),
    )
