"""Healthy: a VQ auto-encoder with the straight-through estimator, codebook and commitment losses."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Quantizer(layers.Layer):
    def build(self, shape):
        self.codes = self.add_weight(name="codes", shape=(12, shape[-1]), initializer="normal")

    def call(self, z):
        gap = ops.sum(ops.square(z[:, None, :] - self.codes[None]), axis=-1)
        chosen = ops.take(self.codes, ops.argmin(gap, axis=-1), axis=0)
        self.add_loss(ops.mean(ops.square(ops.stop_gradient(z) - chosen)))
        self.add_loss(0.25 * ops.mean(ops.square(z - ops.stop_gradient(chosen))))
        return z + ops.stop_gradient(chosen - z)


def build():
    keras.utils.set_random_seed(301)
    rows = keras.Input((10,))
    z = layers.Dense(4, name="encode")(rows)
    z = Quantizer(name="quantize")(z)
    model = keras.Model(rows, layers.Dense(10, name="decode")(z))
    model.compile(optimizer="adam", loss="mse")
    x = np.random.default_rng(301).normal(size=(64, 10)).astype("float32")
    return model, x, x
