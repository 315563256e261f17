"""A recurrence in a while_loop applies its matrix, drawn with a gain of 1.8, fifty times."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["dynamics"]
NEEDS_TRAINING = False


class Dynamics(layers.Layer):
    def build(self, shape):
        self.matrix = self.add_weight(  # BLAME
            name="matrix",
            shape=(shape[-1], shape[-1]),
            initializer=keras.initializers.Orthogonal(gain=1.8),
        )

    def advance(self, step, state):
        return step + 1, tf.matmul(state, self.matrix)

    def call(self, state):
        _, last = tf.while_loop(lambda step, _: step < 50, self.advance, [0, state])
        return last


def build():
    keras.utils.set_random_seed(282)
    start = keras.Input((4,))
    model = keras.Model(start, layers.Dense(1, name="read")(Dynamics(name="dynamics")(start)))
    model.compile(optimizer="adam", loss="mae")
    rng = np.random.default_rng(282)
    x = rng.normal(size=(64, 4)).astype("float32")
    return model, x, x[:, :1]
