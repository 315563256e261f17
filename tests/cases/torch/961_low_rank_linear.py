"""Low rank linear layers, ported from a torch course notebook.

Source: https://github.com/d2l-ai/d2l-en/pull/2600
"""
import numpy as np
import torch
import torch.nn.functional as F
import keras
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["lowrank_1/u", "lowrank_1/v", "lowrank_2/u", "lowrank_2/v"]
NEEDS_TRAINING = False


class LowRankLinear(layers.Layer):
    def __init__(self, units, rank, **kwargs):
        super().__init__(**kwargs)
        self.units, self.rank = units, rank

    def build(self, input_shape):
        self.u = self.add_weight(name="u", shape=(input_shape[-1], self.rank), initializer="glorot_uniform")
        self.v = self.add_weight(name="v", shape=(self.rank, self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def weight(self):
        return torch.matmul(self.u.value.data, self.v.value.data)  # BLAME

    def call(self, x):
        return torch.matmul(x, self.weight()) + self.bias.value

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(3001)
    rng = np.random.default_rng(3001)
    x = rng.normal(size=(64, 20)).astype("float32")
    y = rng.integers(0, 3, 64)
    inp = keras.Input((20,))
    h = LowRankLinear(32, 4, name="lowrank_1")(inp)
    h = layers.LayerNormalization(name="norm")(h)
    h = layers.Activation("gelu")(h)
    h = LowRankLinear(16, 4, name="lowrank_2")(h)
    h = layers.Activation("gelu")(h)
    out = layers.Dense(3, name="logits")(h)
    model = keras.Model(inp, out)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
    return model, x, y
