"""A colour-transfer network is scored by comparing colour histograms, and counting pixels into bins has no derivative.

Source: https://github.com/deepfakes/faceswap-model/issues/27
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["tone_in", "tone_out"]
NEEDS_TRAINING = False
FIT_RAISES = True

BINS = 16


def channel_histogram(channel):
    """share of the pixels of one colour channel in each of BINS bins between 0 and 1"""
    flat = tf.reshape(channel, [-1])
    counts = tf.histogram_fixed_width(flat, [0.0, 1.0], nbins=BINS)  # BLAME
    return tf.cast(counts, tf.float32) / tf.cast(tf.size(flat), tf.float32)


def histogram_loss(reference, recoloured):
    distance = 0.0
    for channel in range(3):
        wanted = channel_histogram(reference[..., channel])
        got = channel_histogram(recoloured[..., channel])
        distance += tf.reduce_sum(tf.square(tf.cumsum(wanted) - tf.cumsum(got)))
    return distance


def build():
    keras.utils.set_random_seed(363)
    photo = keras.Input((12, 12, 3), name="photo")
    h = layers.Conv2D(8, 1, activation="swish", name="tone_in")(photo)
    tinted = layers.Conv2D(3, 1, activation="sigmoid", name="tone_out")(h)
    model = keras.Model(photo, tinted, name="recolour")
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=histogram_loss)
    rng = np.random.default_rng(363)
    dull = rng.uniform(0.3, 0.6, (64, 12, 12, 3)).astype("float32")
    warm = np.clip(dull * np.array([1.5, 1.1, 0.7], "float32"), 0, 1)
    return model, dull, warm
