"""A token selector one-hot encodes the top-k indices; the scores themselves are never multiplied in."""

import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["scorer"]
NEEDS_TRAINING = False


class SelectTokens(layers.Layer):
    def __init__(self, count, **kwargs):
        super().__init__(**kwargs)
        self.count = count
        self.scorer = layers.Dense(1, name="scorer")

    def build(self, shape):
        self.scorer.build(shape)

    def call(self, tokens):
        scores = self.scorer(tokens)[..., 0]
        _, chosen = ops.top_k(scores, self.count)  # BLAME
        picks = ops.one_hot(chosen, tokens.shape[1])
        return ops.matmul(picks, tokens)


def build():
    keras.utils.set_random_seed(208)
    tokens = keras.Input((9, 4))
    h = layers.Dense(6, activation="tanh", name="lift")(tokens)
    h = layers.Flatten()(SelectTokens(3, name="select")(h))
    model = keras.Model(tokens, layers.Dense(1, activation="sigmoid", name="label")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(208)
    x = rng.normal(size=(64, 9, 4)).astype("float32")
    return model, x, (x.mean(axis=(1, 2)) > 0).astype("float32")[:, None]
