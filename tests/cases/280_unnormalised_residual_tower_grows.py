"""Sixteen residual blocks, each four times as strong as its skip and none normalised."""

import keras
import numpy as np
from keras import layers

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["tower_00", "tower_01"]
NEEDS_TRAINING = False


class Tower(keras.Model):
    def __init__(self, depth, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [
            layers.Dense(8, kernel_initializer="orthogonal", name=f"tower_{i:02d}")
            for i in range(depth)
        ]
        self.head = layers.Dense(1, name="head")

    def call(self, x):
        for block in self.blocks:
            x = x + 4.0 * block(x)  # BLAME
        return self.head(x)


def build():
    keras.utils.set_random_seed(280)
    rng = np.random.default_rng(280)
    x = rng.normal(size=(64, 8)).astype("float32")
    model = Tower(16)
    model.compile(optimizer="adam", loss="mse")
    return model, x, x[:, :1]
