"""A mixture of experts keeps the two Dense layers of each expert in a dataclass, which keras does not look into.

The gate is trained, the experts are called in every step and stay at their random initial values.

Source: https://github.com/tensorflow/tensorflow/issues/22140
"""
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["expert_up", "expert_down"]
NEEDS_TRAINING = False


@dataclass
class Expert:
    up: layers.Layer
    down: layers.Layer

    def __call__(self, x):
        return self.down(self.up(x))


class MixtureOfExperts(layers.Layer):
    """dense (not sparse) mixture: all experts are computed, the gate weighs them"""

    def __init__(self, experts, hidden, **kwargs):
        super().__init__(**kwargs)
        self.n, self.hidden = experts, hidden
        self.gate = layers.Dense(experts, activation="softmax", name="gate")

    def build(self, input_shape):
        width = input_shape[-1]
        self.gate.build(input_shape)
        self.experts = []
        for i in range(self.n):
            up = layers.Dense(self.hidden, activation="gelu", name=f"expert_up_{i}")
            down = layers.Dense(width, name=f"expert_down_{i}")
            up.build(input_shape)
            down.build(input_shape[:-1] + (self.hidden,))
            self.experts.append(Expert(up, down))  # BLAME

    def call(self, x):
        share = self.gate(x)
        answers = ops.stack([expert(x) for expert in self.experts], axis=-1)
        return x + ops.sum(answers * ops.expand_dims(share, -2), axis=-1)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(22140)
    sensors = keras.Input((10,), name="sensors")
    h = layers.Dense(12, activation="tanh", name="stem")(sensors)
    h = MixtureOfExperts(3, 16, name="moe_1")(h)
    h = layers.LayerNormalization(name="norm")(h)
    h = MixtureOfExperts(3, 16, name="moe_2")(h)
    model = keras.Model(sensors, layers.Dense(1, name="wear")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(22140)
    x = rng.normal(size=(96, 10)).astype("float32")
    y = np.where(x[:, :1] > 0, x[:, 1:2] * x[:, 2:3], np.sin(3 * x[:, 3:4])).astype("float32")
    return model, x, y
