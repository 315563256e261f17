"""Heteroscedastic regressor with a learned noise scale as nn.Parameter.

Source: https://github.com/keras-team/keras/issues/20279
"""
import numpy as np
import torch
import keras
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["log_noise"]
NEEDS_TRAINING = False


class NoiseModel:
    def __init__(self, dim):
        self.log_noise = torch.nn.Parameter(torch.zeros(dim))

    def nll(self, err):
        return 0.5 * err**2 * torch.exp(-2.0 * self.log_noise) + self.log_noise


class Regressor(keras.Model):
    def __init__(self, dim_out, **kwargs):
        super().__init__(**kwargs)
        self.h1 = layers.Dense(24, activation="silu", name="h1")
        self.h2 = layers.Dense(24, activation="silu", name="h2")
        self.mean = layers.Dense(dim_out, name="mean")
        self.noise = NoiseModel(dim_out)  # BLAME

    def call(self, x):
        return self.mean(self.h2(self.h1(x)))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return self.noise.nll(y - y_pred).sum(dim=-1).mean()


def build():
    keras.utils.set_random_seed(3004)
    rng = np.random.default_rng(3004)
    x = rng.normal(size=(64, 6)).astype("float32")
    y = np.stack([x[:, 0], np.sin(x[:, 1]), x[:, 2] * x[:, 3]], 1) + rng.normal(size=(64, 3)) * np.array([0.05, 0.2, 1.0])
    model = Regressor(3)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, y.astype("float32")
