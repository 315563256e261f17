"""All pairwise distances of a batch include each point's own, sqrt(0), whose derivative is infinite."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["fingerprint"]
NEEDS_TRAINING = False


def distances(points):
    gap = points[:, None, :] - points[None, :, :]
    return tf.sqrt(tf.reduce_sum(tf.square(gap), axis=-1))  # BLAME


def batch_triplet(label, points):
    same = tf.cast(tf.equal(label, tf.transpose(label)), tf.float32)
    away = distances(points)
    near = tf.reduce_sum(away * same, 1) / tf.reduce_sum(same, 1)
    return tf.nn.relu(near - tf.reduce_min(away + 9.0 * same, 1) + 1.0)


def build():
    keras.utils.set_random_seed(260)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="tanh", name="fingerprint"),
            layers.Dense(4, name="fingerprint_out"),
        ]
    )
    model.compile(optimizer="adam", loss=batch_triplet)
    rng = np.random.default_rng(260)
    x = rng.normal(size=(64, 6)).astype("float32")
    return model, x, rng.integers(0, 4, (64, 1)).astype("float32")
