"""An F1 loss thresholds its predictions in a helper two calls deep."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["hidden", "tags"]
NEEDS_TRAINING = False
FIT_RAISES = True


def decide(probability, threshold=0.5):
    return tf.cast(probability > threshold, tf.float32)  # BLAME


def counts(truth, probability):
    guess = decide(probability)
    hits = tf.reduce_sum(truth * guess, axis=0)
    return hits, tf.reduce_sum(truth, axis=0) + tf.reduce_sum(guess, axis=0)


def f1_loss(truth, probability):
    hits, total = counts(truth, probability)
    return 1.0 - tf.reduce_mean(2.0 * hits / (total + 1e-6))


def build():
    keras.utils.set_random_seed(209)
    words = keras.Input((20,), dtype="int32")
    h = layers.Embedding(50, 6, name="hidden_embedding")(words)
    h = layers.Dense(8, activation="silu", name="hidden")(layers.GlobalAveragePooling1D()(h))
    model = keras.Model(words, layers.Dense(5, activation="sigmoid", name="tags")(h))
    model.compile(optimizer="adam", loss=f1_loss)
    rng = np.random.default_rng(209)
    y = rng.integers(0, 2, (64, 5)).astype("float32")
    return model, rng.integers(0, 50, (64, 20)), y
