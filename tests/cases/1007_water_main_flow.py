"""A signed power is written as where(h > 0, h ** 0.54, -(-h) ** 0.54); the branch not taken has a NaN derivative, so the gradients before it are NaN although the loss is finite.
Source: https://github.com/tensorflow/tensorflow/issues/38349
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["valve_dense", "head_loss_dense"]
NEEDS_TRAINING = False
FIT_RAISES = False


class HazenWilliams(layers.Layer):
    """Flow in a pipe goes with the 0.54th power of the head loss, with its sign kept."""

    def call(self, head):
        return tf.where(head > 0.0, tf.pow(head, 0.54), -tf.pow(-head, 0.54))  # BLAME

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(17)
    rng = np.random.default_rng(17)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(16, activation="tanh", name="valve_dense"),
            layers.Dense(8, name="head_loss_dense"),
            HazenWilliams(name="pipe_law"),
            layers.Dense(1, name="flow"),
        ],
        name="water_main",
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
    x = rng.normal(size=(48, 6)).astype("float32")
    y = (np.sign(x[:, :1]) * np.abs(x[:, :1]) ** 0.54).astype("float32")
    return model, x, y
