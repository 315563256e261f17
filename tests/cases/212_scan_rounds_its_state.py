"""A recurrent accumulator written with tf.scan rounds the state at every step."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "zero"
WEIGHTS = ["project"]
NEEDS_TRAINING = False
ALSO = ("zero-derivative",)  # a loop turns None into zeros


def quantized_step(state, frame):
    moved = 0.5 * state + frame
    return tf.round(moved * 16.0) / 16.0  # BLAME


class Accumulator(layers.Layer):
    def call(self, frames):
        time_major = tf.transpose(frames, (1, 0, 2))
        states = tf.scan(quantized_step, time_major)
        return states[-1]

    def compute_output_shape(self, shape):
        return (shape[0], shape[2])


def build():
    keras.utils.set_random_seed(212)
    clip = keras.Input((6, 3))
    h = layers.Dense(4, name="project")(clip)
    h = Accumulator(name="accumulate")(h)
    model = keras.Model(clip, layers.Dense(1, name="level")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(212)
    x = rng.normal(size=(64, 6, 3)).astype("float32")
    return model, x, x.mean(axis=1)[:, :1]
