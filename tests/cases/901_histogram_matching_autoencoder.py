"""Autoencoder for grey patches with a histogram loss.

Source: https://github.com/tensorflow/tensorflow/issues/47083
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-differentiable"
ALSO = ("zero-derivative",)
SYMPTOM = "none"
WEIGHTS = ["enc_conv", "bottleneck", "dec_dense", "dec_out"]
NEEDS_TRAINING = False

NBINS = 16


def hist_of_batch(img):
    flat = tf.reshape(img, [tf.shape(img)[0], -1])

    def one(row):
        counts = tf.histogram_fixed_width(row, [0.0, 1.0], nbins=NBINS)  # BLAME
        counts = tf.cast(counts, tf.float32)
        return counts / tf.reduce_sum(counts)

    return tf.map_fn(one, flat)


class HistogramLoss(keras.losses.Loss):
    def __init__(self, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, y_true, y_pred):
        h_true = hist_of_batch(y_true)
        h_pred = hist_of_batch(y_pred)
        cdf_true = tf.cumsum(h_true, axis=1)
        cdf_pred = tf.cumsum(h_pred, axis=1)
        emd = tf.reduce_sum(tf.square(cdf_true - cdf_pred), axis=1)
        return self.weight * emd


def make_autoencoder():
    inp = keras.Input((8, 8, 1))
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="enc_conv")(inp)
    x = layers.Flatten()(x)
    x = layers.Dense(10, activation="relu", name="bottleneck")(x)
    x = layers.Dense(64, activation="relu", name="dec_dense")(x)
    x = layers.Dense(64, activation="sigmoid", name="dec_out")(x)
    out = layers.Reshape((8, 8, 1))(x)
    return keras.Model(inp, out, name="ae")


def build():
    keras.utils.set_random_seed(11)
    rng = np.random.default_rng(11)
    x = rng.beta(2.0, 5.0, size=(64, 8, 8, 1)).astype("float32")
    model = make_autoencoder()
    model.compile(optimizer="adam", loss=HistogramLoss(weight=10.0))
    return model, x, x
