"""Healthy: a torch nn.Module (GRU cell loop and attention pooling) wrapped by Keras, between Keras layers, with rare in-place updates on its own buffers only.

Source: https://github.com/keras-team/keras/issues/18651
"""
import keras
import numpy as np
import torch
from keras import layers
from torch import nn

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class AttentiveGRU(nn.Module):
    """Reads a sequence with a GRU and pools its states by learned attention."""

    def __init__(self, inputs, units):
        super().__init__()
        self.units = units
        self.cell = nn.GRUCell(inputs, units)
        self.score = nn.Linear(units, 1, bias=False)
        self.register_buffer("steps_seen", torch.zeros(()))

    def forward(self, sequence):
        with torch.no_grad():
            self.steps_seen += sequence.shape[1]
        state = sequence.new_zeros(sequence.shape[0], self.units)
        states = []
        for now in sequence.unbind(1):
            state = self.cell(now, state)
            states.append(state)
        states = torch.stack(states, dim=1)
        attention = torch.softmax(self.score(torch.tanh(states)), dim=1)
        return (attention * states).sum(dim=1)


class Reader(layers.Layer):
    def __init__(self, inputs, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.module = AttentiveGRU(inputs, units)

    def call(self, sequence):
        return self.module(sequence)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


def build():
    keras.utils.set_random_seed(667)
    signal = keras.Input((7, 4), name="signal")
    h = layers.Dense(6, activation="tanh", name="per_step")(signal)
    h = Reader(6, 10, name="reader")(h)
    model = keras.Model(signal, layers.Dense(2, name="gesture")(h))
    model.compile(
        optimizer=keras.optimizers.Adam(1e-2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    rng = np.random.default_rng(667)
    y = rng.integers(0, 2, 64)
    x = rng.normal(size=(64, 7, 4))
    x[:, :, 0] += np.where(y[:, None] == 1, np.arange(7), np.arange(7)[::-1]) / 2.0
    return model, x.astype("float32"), y
