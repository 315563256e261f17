"""A hand-written recurrent cell computes an update gate and then blends with a fixed half."""

import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["update_kernel"]
NEEDS_TRAINING = False


class GatedCell(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = self.output_size = units

    def build(self, shape):
        rows = shape[-1] + self.units
        self.update_kernel = self.add_weight(name="update_kernel", shape=(rows, self.units))
        self.candidate_kernel = self.add_weight(name="candidate_kernel", shape=(rows, self.units))

    def call(self, inputs, states):
        joined = ops.concatenate([inputs, states[0]], axis=-1)
        update = ops.sigmoid(ops.matmul(joined, self.update_kernel))
        candidate = ops.tanh(ops.matmul(joined, self.candidate_kernel))
        state = 0.5 * states[0] + 0.5 * candidate  # BLAME
        return state, [state]


def build():
    keras.utils.set_random_seed(203)
    series = keras.Input((7, 3))
    last = layers.RNN(GatedCell(8, name="cell"), unroll=True, name="reader")(series)
    model = keras.Model(series, layers.Dense(1, name="forecast")(last))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(203)
    x = rng.normal(size=(64, 7, 3)).astype("float32")
    return model, x, x[:, -1, :1]
