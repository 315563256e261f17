"""The rank correlation loss ranks the predictions in a numpy_function, which TensorFlow cannot differentiate, so no variable gets a gradient.
Source: https://github.com/tensorflow/tensorflow/issues/35713
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-differentiable"
ALSO = ("host-call",)
SYMPTOM = "none"
WEIGHTS = ["tannin_dense", "bouquet_dense", "jury_points"]
NEEDS_TRAINING = False
FIT_RAISES = True


def places(column):
    """Place of each bottle in the order of its points, from 0."""
    order = np.argsort(column, kind="stable")
    out = np.empty(len(column), "float32")
    out[order] = np.arange(len(column), dtype="float32")
    return out


def jury_disagreement(judges):
    def loss(truth, points):
        total = 0.0
        n = tf.cast(tf.shape(points)[0], tf.float32)
        for j in range(judges):
            given = tf.numpy_function(places, [truth[:, j]], tf.float32)
            ours = tf.numpy_function(places, [points[:, j]], tf.float32)  # BLAME
            rho = 1.0 - 6.0 * tf.reduce_sum(tf.square(given - ours)) / (n * (n * n - 1.0))
            total += 1.0 - rho
        return total / judges

    return loss


def build():
    keras.utils.set_random_seed(21)
    rng = np.random.default_rng(21)
    bottle = keras.Input((7,), name="chemistry")
    h = layers.Dense(14, activation="relu", name="tannin_dense")(bottle)
    h = layers.Dense(14, activation="relu", name="bouquet_dense")(h)
    points = layers.Dense(2, name="jury_points")(h)
    model = keras.Model(bottle, points, name="wine_jury")
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=jury_disagreement(2), jit_compile=False)
    x = rng.normal(size=(48, 7)).astype("float32")
    y = (x @ rng.normal(size=(7, 2))).astype("float32")
    return model, x, y
