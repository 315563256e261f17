"""A multi-task loss learns its task weights in a tf.Variable of the Loss object, which no optimizer sees."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
NEEDS_TRAINING = False
UNTRACKED = ["log_variance"]


class UncertaintyLoss(keras.losses.Loss):
    def __init__(self, tasks):
        super().__init__(name="uncertainty")
        self.log_variance = tf.Variable(tf.zeros(tasks), name="log_variance")  # BLAME

    def call(self, y_true, y_pred):
        error = tf.square(y_true - y_pred)
        return tf.reduce_mean(tf.exp(-self.log_variance) * error + self.log_variance, axis=-1)


def build():
    keras.utils.set_random_seed(223)
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(9, activation="tanh"), layers.Dense(3, name="tasks")]
    )
    model.compile(optimizer="adam", loss=UncertaintyLoss(3))
    rng = np.random.default_rng(223)
    x = rng.normal(size=(64, 4)).astype("float32")
    return model, x, x[:, :3] * np.array([1.0, 10.0, 0.1], "float32")
