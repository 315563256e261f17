"""Sentence classifier with a hand-made mean over the real tokens; accuracy stays at the majority class.

Source: https://github.com/30stomercury/Interaction-Aware-Attention-Network/issues/1
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-signal"
ALSO = ("zero-derivative", "dead-activation")
SYMPTOM = "zero"
WEIGHTS = ["words/embeddings", "context/kernel", "context/bias", "topic/kernel"]
NEEDS_TRAINING = False


class MeanOverTokens(layers.Layer):
    """Average of the word vectors without the padding (token 0)."""

    def call(self, inputs):
        vectors, tokens = inputs
        keep = tf.cast(tf.equal(tokens, 0), vectors.dtype)[..., None]  # BLAME
        total = tf.reduce_sum(vectors * keep, axis=1)
        return total / tf.maximum(tf.reduce_sum(keep, axis=1), 1.0)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], input_shape[0][2])


def build():
    keras.utils.set_random_seed(712)
    tokens = keras.Input((8,), dtype="int32", name="tokens")
    h = layers.Embedding(40, 10, name="words")(tokens)
    h = layers.Conv1D(12, 3, padding="same", activation="relu", name="context")(h)
    h = MeanOverTokens(name="mean")([h, tokens])
    model = keras.Model(tokens, layers.Dense(3, activation="softmax", name="topic")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(712)
    x = rng.integers(1, 40, (64, 8)).astype("int32")
    return model, x, x[:, 0] % 3
