"""Healthy: a LoRA adapter on a frozen dense layer, one factor zero and the other random, as in the paper."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
QUIET = ["lora_down"]
AFTER_STEPS = 1


class LoraDense(layers.Layer):
    def __init__(self, units, rank, **kwargs):
        super().__init__(**kwargs)
        self.units, self.rank = units, rank

    def build(self, shape):
        self.base = self.add_weight(name="base", shape=(shape[-1], self.units), trainable=False)
        self.down = self.add_weight(name="lora_down", shape=(shape[-1], self.rank))
        self.up = self.add_weight(
            name="lora_up", shape=(self.rank, self.units), initializer="zeros"
        )

    def call(self, x):
        return ops.matmul(x, self.base) + ops.matmul(ops.matmul(x, self.down), self.up)


def build():
    keras.utils.set_random_seed(307)
    rows = keras.Input((8,))
    h = layers.Activation("gelu")(LoraDense(6, 2, name="adapted")(rows))
    model = keras.Model(rows, layers.Dense(1, name="target")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(307)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, x[:, :1] * 2.0
