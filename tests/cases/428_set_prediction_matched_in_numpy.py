"""Healthy: set prediction of three particle tracks; only the matching is found in numpy, the loss still flows through tf.gather.

Source: https://github.com/tensorflow/tensorflow/issues/47033
"""
import itertools

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

TRACKS = 3
ORDERS = np.array(list(itertools.permutations(range(TRACKS))), "int64")


def cheapest_order(cost):
    """for each event the order of the predictions with the lowest total cost; cost is (batch, truth, prediction)"""
    totals = cost[:, np.arange(TRACKS)[None], ORDERS].sum(-1)
    return ORDERS[totals.argmin(-1)]


def matched_loss(truth, predicted):
    gap = truth[:, :, None, :] - predicted[:, None, :, :]
    cost = tf.reduce_sum(tf.square(gap), axis=-1)
    order = tf.numpy_function(cheapest_order, [cost], tf.int64)
    order = tf.ensure_shape(order, [None, TRACKS])
    matched = tf.gather(predicted, order, axis=1, batch_dims=1)
    return tf.reduce_mean(tf.square(truth - matched), axis=[1, 2])


def build():
    keras.utils.set_random_seed(428)
    hits = keras.Input((18,), name="hits")
    h = layers.Dense(24, activation="gelu", name="detector_a")(hits)
    h = layers.Dense(24, activation="gelu", name="detector_b")(h)
    h = layers.Dense(TRACKS * 2, name="tracks")(h)
    tracks = layers.Reshape((TRACKS, 2), name="slope_and_offset")(h)
    model = keras.Model(hits, tracks, name="tracker")
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=matched_loss)
    rng = np.random.default_rng(428)
    truth = rng.normal(size=(64, TRACKS, 2))
    planes = np.arange(6) / 5.0
    x = truth[..., :1] * planes + truth[..., 1:]
    x = np.sort(x, axis=1).reshape(64, -1) + rng.normal(scale=0.02, size=(64, 18))
    return model, x.astype("float32"), truth.astype("float32")
