"""Healthy: the random projection is untrainable on purpose, as random Fourier features are; everything behind it trains.
Source: https://github.com/tensorflow/tensorflow/issues/33140
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class FixedHarmonics(layers.Layer):
    """cos(x W + b) with W and b drawn once and kept."""

    def __init__(self, count, bandwidth=1.0, **kwargs):
        super().__init__(**kwargs)
        self.count = count
        self.bandwidth = bandwidth

    def build(self, input_shape):
        self.wave = self.add_weight(
            shape=(input_shape[-1], self.count),
            initializer=keras.initializers.RandomNormal(stddev=1.0 / self.bandwidth),
            trainable=False,
            name="wave",
        )
        self.phase = self.add_weight(
            shape=(self.count,),
            initializer=keras.initializers.RandomUniform(0.0, 6.2831853),
            trainable=False,
            name="phase",
        )

    def call(self, moment):
        scale = (2.0 / self.count) ** 0.5
        return scale * ops.cos(ops.matmul(moment, self.wave) + self.phase)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.count)


def build():
    keras.utils.set_random_seed(540)
    moment = keras.Input((2,), name="moment")
    h = FixedHarmonics(64, bandwidth=0.8, name="harmonics")(moment)
    h = layers.Dense(8, activation="tanh", name="basin")(h)
    level = layers.Dense(1, name="level")(h)
    model = keras.Model(moment, level)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    rng = np.random.default_rng(540)
    x = rng.uniform(-2, 2, size=(80, 2)).astype("float32")
    y = (np.sin(2 * x[:, :1]) + 0.5 * np.cos(3 * x[:, 1:2])).astype("float32")
    return model, x, y
