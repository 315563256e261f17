"""Ticket texts are pooled with a mask that is 1 for padding and used as if it were 1 for words; full-length texts have none, so the pooled vector is 0.

Source: https://github.com/earthspecies/avex/pull/26
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-signal"
ALSO = ("zero-derivative",)
SYMPTOM = "zero"
WEIGHTS = ["words", "context", "queue_hidden/kernel"]
NEEDS_TRAINING = False

PAD = 0


class PaddingMask(layers.Layer):
    def call(self, tokens):
        return ops.cast(ops.equal(tokens, PAD), "float32")

    def compute_output_shape(self, input_shape):
        return input_shape


class MaskedMean(layers.Layer):
    """Mean over the words of a text, without the padding."""

    def call(self, states, is_pad):
        total = ops.sum(states * ops.expand_dims(is_pad, -1), axis=1)  # BLAME
        count = ops.sum(is_pad, axis=1, keepdims=True)
        return total / ops.maximum(count, 1.0)

    def compute_output_shape(self, states_shape, is_pad_shape):
        return (states_shape[0], states_shape[-1])


def build():
    keras.utils.set_random_seed(611)
    tokens = keras.Input((12,), dtype="int32", name="tokens")
    is_pad = PaddingMask(name="padding_mask")(tokens)
    h = layers.Embedding(40, 12, name="words")(tokens)
    h = layers.Conv1D(16, 3, padding="same", activation="relu", name="context")(h)
    pooled = MaskedMean(name="masked_mean")(h, is_pad)
    h = layers.Dense(12, activation="tanh", name="queue_hidden")(pooled)
    model = keras.Model(tokens, layers.Dense(4, activation="softmax", name="queue")(h))
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    # the export cuts every ticket to its first twelve words
    rng = np.random.default_rng(611)
    y = rng.integers(0, 4, 64)
    x = rng.integers(10, 40, (64, 12))
    x[np.arange(64), rng.integers(0, 12, 64)] = 2 + y
    return model, x.astype("int32"), y
