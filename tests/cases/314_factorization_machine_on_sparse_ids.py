"""Healthy: a tabular factorization machine; each batch touches a handful of a thousand embedding rows."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class PairwiseProducts(layers.Layer):
    def call(self, vectors):
        total = ops.sum(vectors, axis=1)
        return 0.5 * (ops.square(total) - ops.sum(ops.square(vectors), axis=1))


def build():
    keras.utils.set_random_seed(314)
    ids = keras.Input((4,), dtype="int32")
    linear = layers.Flatten()(layers.Embedding(1000, 1, name="linear_part")(ids))
    pairs = PairwiseProducts(name="pairs")(layers.Embedding(1000, 6, name="factors")(ids))
    both = layers.Concatenate()([linear, pairs])
    model = keras.Model(ids, layers.Dense(1, activation="sigmoid", name="click")(both))
    model.compile(optimizer="adagrad", loss="binary_crossentropy")
    rng = np.random.default_rng(314)
    return model, rng.integers(0, 1000, (64, 4)), rng.integers(0, 2, (64, 1)).astype("float32")
