"""A colour-transfer network is trained to match the histogram of a reference with tf.histogram_fixed_width, which only counts."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["tone_in", "tone_out"]
NEEDS_TRAINING = False
FIT_RAISES = True


def histogram_distance(y_true, y_pred):
    wanted = tf.histogram_fixed_width(y_true, [0.0, 1.0], nbins=20)
    got = tf.histogram_fixed_width(y_pred, [0.0, 1.0], nbins=20)  # BLAME
    difference = tf.cast(wanted, tf.float32) - tf.cast(got, tf.float32)
    return tf.reduce_mean(tf.abs(difference)) / tf.cast(tf.size(y_pred), tf.float32)


def build():
    keras.utils.set_random_seed(605)
    photo = keras.Input((10, 10, 3))
    h = layers.Conv2D(8, 1, activation="tanh", name="tone_in")(photo)
    out = layers.Conv2D(3, 1, activation="sigmoid", name="tone_out")(h)
    model = keras.Model(photo, out, name="tone_mapper")
    model.compile(optimizer="adam", loss=histogram_distance)
    rng = np.random.default_rng(605)
    x = rng.random((64, 10, 10, 3)).astype("float32")
    return model, x, (x**2).astype("float32")
