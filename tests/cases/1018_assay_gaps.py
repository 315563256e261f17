"""Healthy: a third of the assay results are NaN, but the loss replaces them before it computes anything and masks them after, so loss and gradients are finite and the model trains.
Source: https://github.com/tensorflow/tensorflow/pull/38467
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


def relative_error_where_measured(truth, guess):
    """Root of the squared error over the measured assays of each molecule."""
    measured = tf.math.is_finite(truth)
    safe_truth = tf.where(measured, truth, tf.zeros_like(truth))
    gap = tf.where(measured, guess - safe_truth, tf.zeros_like(guess))
    count = tf.reduce_sum(tf.cast(measured, guess.dtype), axis=-1)
    mean_square = tf.math.divide_no_nan(tf.reduce_sum(tf.square(gap), axis=-1), count)
    positive = mean_square > 0.0
    root = tf.sqrt(tf.where(positive, mean_square, tf.ones_like(mean_square)))
    return tf.where(positive, root, tf.zeros_like(root))


def build():
    keras.utils.set_random_seed(28)
    rng = np.random.default_rng(28)
    model = keras.Sequential(
        [
            keras.Input((15,)),
            layers.Dense(24, activation="gelu", name="fingerprint_dense"),
            layers.Dense(12, activation="gelu", name="pocket_dense"),
            layers.Dense(3, name="assays"),
        ],
        name="assay_gaps",
    )
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=relative_error_where_measured)
    x = rng.normal(size=(72, 15)).astype("float32")
    y = (x @ rng.normal(size=(15, 3)) * 0.3).astype("float32")
    y[rng.random(y.shape) < 0.33] = np.nan
    y[5] = np.nan
    return model, x, y
