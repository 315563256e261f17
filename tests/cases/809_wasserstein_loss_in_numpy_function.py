"""A histogram regressor uses a Wasserstein-1 loss that was written in numpy and wrapped in tf.numpy_function."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["bilstm", "histogram"]
NEEDS_TRAINING = False
FIT_RAISES = True


def emd(p, q):
    return np.abs(np.cumsum(p, axis=-1) - np.cumsum(q, axis=-1)).sum(-1).astype("float32")


def wasserstein(y_true, y_pred):
    distance = tf.numpy_function(emd, [y_true, y_pred], tf.float32)  # BLAME
    distance.set_shape((None,))
    return distance


def build():
    keras.utils.set_random_seed(609)
    model = keras.Sequential(
        [
            keras.Input((7, 3)),
            layers.Bidirectional(layers.LSTM(5), name="bilstm"),
            layers.Dense(8, activation="softmax", name="histogram"),
        ]
    )
    model.compile(optimizer="adam", loss=wasserstein)
    rng = np.random.default_rng(609)
    x = rng.normal(size=(64, 7, 3)).astype("float32")
    return model, x, rng.dirichlet(np.ones(8), 64).astype("float32")
