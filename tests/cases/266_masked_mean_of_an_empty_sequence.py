"""A masked mean divides by the number of tokens, which is 0 for an empty sentence."""

import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["word_vectors"]
NEEDS_TRAINING = False


class MaskedMean(layers.Layer):
    def call(self, vectors, ids):
        present = ops.cast(ids > 0, "float32")[..., None]
        total = ops.sum(vectors * present, axis=1)
        return total / ops.sum(present, axis=1)  # BLAME


def build():
    keras.utils.set_random_seed(266)
    ids = keras.Input((6,), dtype="int32")
    vectors = layers.Embedding(25, 4, name="word_vectors")(ids)
    h = MaskedMean(name="masked_mean")(vectors, ids)
    model = keras.Model(ids, layers.Dense(2, activation="softmax", name="mood")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(266)
    x = rng.integers(1, 25, (64, 6))
    x[5] = 0
    return model, x, rng.integers(0, 2, 64)
