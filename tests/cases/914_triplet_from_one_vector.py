"""Triplet network: the three embeddings are concatenated, the loss takes them apart again.

Source: https://github.com/keras-team/keras/issues/10605
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "no-loss"
ALSO = ("zero-signal", "zero-derivative")
SYMPTOM = "zero"
WEIGHTS = ["emb_h", "emb_out"]
NEEDS_TRAINING = False

EMB = 8


def split_triplet(y_pred):
    anchor = y_pred[:, 0:EMB]
    positive = y_pred[:, EMB : 2 * EMB]
    negative = y_pred[:, EMB : 2 * EMB]  # BLAME
    return anchor, positive, negative


def triplet_loss(y_true, y_pred, alpha=0.4):
    anchor, positive, negative = split_triplet(y_pred)
    pos_dist = tf.reduce_sum(tf.square(anchor - positive), axis=1)
    neg_dist = tf.reduce_sum(tf.square(anchor - negative), axis=1)
    basic_loss = pos_dist - neg_dist + alpha
    return tf.maximum(basic_loss, 0.0)


def create_base_network(in_dims):
    base = keras.Sequential(name="base")
    base.add(keras.Input(in_dims))
    base.add(layers.Dense(32, activation="relu", name="emb_h"))
    base.add(layers.Dense(EMB, name="emb_out"))
    base.add(layers.UnitNormalization())
    return base


def build():
    keras.utils.set_random_seed(141)
    rng = np.random.default_rng(141)
    anchor_input = keras.Input((12,), name="anchor_input")
    positive_input = keras.Input((12,), name="positive_input")
    negative_input = keras.Input((12,), name="negative_input")
    shared = create_base_network((12,))
    merged = layers.Concatenate(name="merged")([shared(anchor_input), shared(positive_input), shared(negative_input)])
    model = keras.Model([anchor_input, positive_input, negative_input], merged)
    model.compile(loss=triplet_loss, optimizer=keras.optimizers.Adam(1e-3))
    c = rng.normal(size=(5, 12))
    k = rng.integers(0, 5, 64)
    a = c[k] + 0.3 * rng.normal(size=(64, 12))
    p = c[k] + 0.3 * rng.normal(size=(64, 12))
    n = c[(k + 1) % 5] + 0.3 * rng.normal(size=(64, 12))
    X = [v.astype("float32") for v in (a, p, n)]
    return model, X, np.zeros((64, 1), "float32")
