"""Twelve plain sigmoid convolutions in a row: the gradient of the first is 1e-8 of the last."""

import keras
import numpy as np
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["deep_00", "deep_01", "deep_02"]
NEEDS_TRAINING = False


class Column(keras.Model):
    def __init__(self, depth, **kwargs):
        super().__init__(**kwargs)
        self.convs = [
            layers.Conv1D(6, 3, padding="same", activation="sigmoid", name=f"deep_{i:02d}")  # BLAME
            for i in range(depth)
        ]
        self.pool = layers.GlobalAveragePooling1D()
        self.head = layers.Dense(1, name="head")

    def call(self, x):
        for conv in self.convs:
            x = conv(x)
        return self.head(self.pool(x))


def build():
    keras.utils.set_random_seed(275)
    rng = np.random.default_rng(275)
    x = rng.normal(size=(64, 12, 2)).astype("float32")
    model = Column(12)
    model.compile(optimizer="adam", loss="mse")
    return model, x, x.mean(axis=(1, 2))[:, None]
