"""A texture layer pools activations into a histogram: counting has no derivative."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["texture_conv"]
NEEDS_TRAINING = False


def count_bins(row):
    return tf.histogram_fixed_width(row, [-1.0, 1.0], nbins=8)  # BLAME


class HistogramPooling(layers.Layer):
    def call(self, maps):
        flat = tf.reshape(maps, (-1, maps.shape[1] * maps.shape[2] * maps.shape[3]))
        counts = tf.map_fn(count_bins, flat, fn_output_signature=tf.int32)
        return tf.cast(counts, tf.float32) / tf.cast(flat.shape[1], tf.float32)

    def compute_output_shape(self, shape):
        return (shape[0], 8)


def build():
    keras.utils.set_random_seed(206)
    patch = keras.Input((8, 8, 1))
    h = layers.Conv2D(3, 3, activation="tanh", name="texture_conv")(patch)
    h = HistogramPooling(name="histogram")(h)
    model = keras.Model(patch, layers.Dense(3, activation="softmax", name="fabric")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(206)
    return model, rng.normal(size=(64, 8, 8, 1)).astype("float32"), rng.integers(0, 3, 64)
