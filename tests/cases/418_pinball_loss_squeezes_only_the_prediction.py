"""Quantile regression: whatever the input, the network ends up predicting one and the same quantile of all targets.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = ["hidden", "quantile"]
NEEDS_TRAINING = False


def pinball(tau):
    def loss(y_true, y_pred):
        error = y_true - tf.squeeze(y_pred, axis=-1)  # BLAME
        return tf.reduce_mean(tf.maximum(tau * error, (tau - 1.0) * error))

    return loss


def build():
    keras.utils.set_random_seed(718)
    features = keras.Input((5,))
    h = layers.Dense(16, activation="relu", name="hidden")(features)
    h = layers.BatchNormalization(name="bn")(h)
    model = keras.Model(features, layers.Dense(1, name="quantile")(h))
    model.compile(optimizer="adam", loss=pinball(0.9))
    rng = np.random.default_rng(718)
    x = rng.normal(size=(64, 5)).astype("float32")
    y = 3.0 * x[:, :1] + rng.normal(size=(64, 1))
    return model, x, y.astype("float32")
