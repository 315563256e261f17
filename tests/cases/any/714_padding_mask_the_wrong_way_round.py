"""A masked mean keeps the positions where the token IS padding; the reviews here are all full length, so the mean is zero."""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["words", "mix", "sentiment_hidden/kernel"]
NEEDS_TRAINING = False


class MaskedMean(layers.Layer):
    """Mean over the real tokens (token id 0 is padding)."""

    def call(self, features, tokens):
        mask = ops.cast(ops.equal(tokens, 0), features.dtype)
        total = ops.sum(features * ops.expand_dims(mask, -1), axis=1)  # BLAME
        count = ops.maximum(ops.sum(mask, axis=1, keepdims=True), 1.0)
        return total / count

    def compute_output_shape(self, features_shape, tokens_shape):
        return (features_shape[0], features_shape[-1])


def build():
    keras.utils.set_random_seed(714)
    tokens = keras.Input((11,), dtype="int32", name="tokens")
    h = layers.Embedding(40, 10, name="words")(tokens)
    h = layers.Conv1D(12, 3, padding="same", activation="gelu", name="mix")(h)
    h = MaskedMean(name="masked_mean")(h, tokens)
    h = layers.Dense(8, activation="tanh", bias_initializer="ones", name="sentiment_hidden")(h)
    model = keras.Model(tokens, layers.Dense(1, activation="sigmoid", name="sentiment")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(714)
    x = rng.integers(1, 40, (64, 11)).astype("int32")
    return model, x, (x.mean(axis=1, keepdims=True) > 20).astype("float32")
