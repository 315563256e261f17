"""Smooth maximum over time (log-sum-exp pooling) with its own gradient for numerical stability; accuracy stays behind plain max pooling.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["embed_conv", "deep_conv"]
NEEDS_TRAINING = False


@tf.custom_gradient
def smooth_max(x):
    peak = tf.reduce_max(x, axis=1, keepdims=True)
    total = tf.reduce_sum(tf.exp(x - peak), axis=1)

    def grad(upstream):
        share = tf.nn.softmax(x, axis=-1)  # BLAME
        return share * upstream[:, None, :]

    return tf.math.log(total) + peak[:, 0, :], grad


class SmoothMaxPooling(layers.Layer):
    def call(self, x):
        return smooth_max(x)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[2])


def build():
    keras.utils.set_random_seed(707)
    audio = keras.Input((20, 5))
    h = layers.Conv1D(8, 3, activation="tanh", name="embed_conv")(audio)
    h = layers.Conv1D(6, 3, name="deep_conv")(h)
    h = SmoothMaxPooling(name="pool")(h)
    model = keras.Model(audio, layers.Dense(4, activation="softmax", name="tag")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(707)
    return model, rng.normal(size=(64, 20, 5)).astype("float32"), rng.integers(0, 4, 64)
