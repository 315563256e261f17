"""The layer keeps its rates in a torch.nn.Parameter; only Keras variables are collected for the optimizer, so the rates never move.
Source: https://github.com/keras-team/keras-core/issues/604
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = ["note_rate"]
NEEDS_TRAINING = False
FIT_RAISES = False


class ScentDecay(layers.Layer):
    """Strength of each note after the hours in the first column."""

    def __init__(self, notes, **kwargs):
        super().__init__(**kwargs)
        self.notes = notes
        self.note_rate = torch.nn.Parameter(torch.full((notes,), 0.1))  # BLAME

    def call(self, sample):
        hours, dose = sample[:, :1], sample[:, 1:]
        rate = torch.nn.functional.softplus(self.note_rate.to(sample.device))
        return dose * torch.exp(-rate * hours)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.notes)


def build():
    keras.utils.set_random_seed(551)
    sample = keras.Input((6,), name="sample")
    h = ScentDecay(5, name="scent_decay")(sample)
    h = layers.Dense(8, activation="tanh", name="nose")(h)
    appeal = layers.Dense(1, name="appeal")(h)
    model = keras.Model(sample, appeal)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(551)
    hours = rng.uniform(0, 4, size=(64, 1))
    dose = rng.uniform(0, 1, size=(64, 5))
    x = np.concatenate([hours, dose], 1).astype("float32")
    y = (dose * np.exp(-hours * np.linspace(0.05, 1.5, 5))).sum(1, keepdims=True)
    return model, x, y.astype("float32")
