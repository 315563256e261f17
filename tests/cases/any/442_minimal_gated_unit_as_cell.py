"""Healthy: a minimal gated unit as own cell in keras.layers.RNN, state clipped far away from its values.

Source: https://github.com/tensorflow/probability/issues/927
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class MGUCell(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        u = self.units
        self.w = self.add_weight(name="w", shape=(input_shape[-1], 2 * u), initializer="glorot_uniform")
        self.r_f = self.add_weight(name="r_f", shape=(u, u), initializer="orthogonal")
        self.r_h = self.add_weight(name="r_h", shape=(u, u), initializer="orthogonal")
        self.b_f = self.add_weight(name="b_f", shape=(u,), initializer="ones")
        self.b_h = self.add_weight(name="b_h", shape=(u,), initializer="zeros")

    def call(self, x, states):
        (h,) = states
        xf, xh = ops.split(ops.matmul(x, self.w), 2, axis=-1)
        f = ops.sigmoid(xf + ops.matmul(h, self.r_f) + self.b_f)
        candidate = ops.tanh(xh + ops.matmul(f * h, self.r_h) + self.b_h)
        new = ops.clip((1.0 - f) * h + f * candidate, -5.0, 5.0)
        return new, [new]


def build():
    keras.utils.set_random_seed(853)
    signal = keras.Input((14, 2))
    h = layers.RNN(MGUCell(12, name="mgu"), name="rnn")(signal)
    model = keras.Model(signal, layers.Dense(1, name="mean")(h))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
    rng = np.random.default_rng(853)
    x = rng.normal(size=(64, 14, 2)).astype("float32")
    return model, x, x[:, -4:, 0].sum(1, keepdims=True).astype("float32")
