"""Healthy: an auxiliary probe reads detached features; the backbone learns from the main loss alone."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Probed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.body = layers.Dense(8, activation="relu", name="body")
        self.main = layers.Dense(1, name="main")
        self.probe = layers.Dense(1, name="probe")

    def call(self, x):
        h = self.body(x)
        return {"main": self.main(h), "probe": self.probe(ops.stop_gradient(h))}


def build():
    keras.utils.set_random_seed(316)
    rng = np.random.default_rng(316)
    x = rng.normal(size=(64, 5)).astype("float32")
    model = Probed()
    model.compile(optimizer="adam", loss={"main": "mse", "probe": "mae"})
    return model, x, {"main": x[:, :1], "probe": x[:, 1:2]}
