"""The hand-written gated cell multiplies the candidate state with the update kernel a second time, so the candidate kernel it created is never used and has no gradient.
Source: https://github.com/tensorflow/probability/issues/927
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["candidate_kernel"]
NEEDS_TRAINING = False
FIT_RAISES = False


class CatchmentCell(layers.Layer):
    """A small gated recurrent cell for stage readings of a river gauge."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        rows = input_shape[-1] + self.units

        def kernel(name):
            return self.add_weight(shape=(rows, self.units), initializer="glorot_uniform", name=name)

        def bias(name, value):
            return self.add_weight(shape=(self.units,), initializer=keras.initializers.Constant(value), name=name)

        self.reset_kernel = kernel("reset_kernel")
        self.reset_bias = bias("reset_bias", 1.0)
        self.update_kernel = kernel("update_kernel")
        self.update_bias = bias("update_bias", 0.0)
        self.candidate_kernel = kernel("candidate_kernel")
        self.candidate_bias = bias("candidate_bias", 0.0)

    def call(self, inputs, states, training=False):
        previous = states[0]
        both = ops.concatenate([inputs, previous], axis=-1)
        r = ops.sigmoid(ops.matmul(both, self.reset_kernel) + self.reset_bias)
        z = ops.sigmoid(ops.matmul(both, self.update_kernel) + self.update_bias)
        gated = ops.concatenate([inputs, r * previous], axis=-1)
        fresh = ops.tanh(ops.matmul(gated, self.update_kernel) + self.candidate_bias)  # BLAME
        now = (1.0 - z) * previous + z * fresh
        return now, [now]


def build():
    keras.utils.set_random_seed(12)
    rng = np.random.default_rng(12)
    model = keras.Sequential(
        [
            keras.Input((14, 3)),
            layers.RNN(CatchmentCell(8, name="catchment_cell"), name="gauge_rnn"),
            layers.Dense(1, name="discharge"),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    x = rng.normal(size=(48, 14, 3)).astype("float32")
    y = (x[:, -5:, 0].sum(1, keepdims=True) * 0.4 + 0.1 * x[:, -1, 1:2]).astype("float32")
    return model, x, y
