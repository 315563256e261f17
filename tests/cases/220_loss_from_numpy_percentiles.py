"""A robust loss asks NumPy for its quantiles through tf.numpy_function."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["trend", "level"]
NEEDS_TRAINING = False
FIT_RAISES = True


def tail(residual):
    return np.quantile(residual, 0.9, axis=-1).astype("float32")


def tail_loss(y_true, y_pred):
    residual = tf.abs(y_true - y_pred)
    tails = tf.numpy_function(tail, [residual], tf.float32)  # BLAME
    return tf.ensure_shape(tails, residual.shape[:1])


def build():
    keras.utils.set_random_seed(220)
    model = keras.Sequential(
        [
            keras.Input((12, 1)),
            layers.DepthwiseConv1D(3, name="trend"),
            layers.Flatten(),
            layers.Dense(4, name="level"),
        ]
    )
    model.compile(optimizer="adam", loss=tail_loss)
    rng = np.random.default_rng(220)
    x = rng.normal(size=(64, 12, 1)).astype("float32")
    return model, x, x[:, -4:, 0]
