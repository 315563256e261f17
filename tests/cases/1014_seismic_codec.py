"""The codebook loss is taken on the straight-through output, in which the looked-up entry stands inside a stop_gradient, so the codebook never gets a gradient while the reconstruction still improves.
Source: https://github.com/showlab/Olaf-World/issues/8
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["codebook"]
NEEDS_TRAINING = False
FIT_RAISES = False


class WaveletQuantizer(layers.Layer):
    """Replaces each latent vector by the nearest entry of a learned table."""

    def __init__(self, entries, dim, commitment=1.25, **kwargs):
        super().__init__(**kwargs)
        self.entries = entries
        self.dim = dim
        self.commitment = commitment

    def build(self, input_shape):
        self.codebook = self.add_weight(
            shape=(self.entries, self.dim), initializer=keras.initializers.RandomNormal(stddev=0.5), name="codebook"
        )

    def call(self, latent):
        dist = (
            ops.sum(ops.square(latent), axis=1, keepdims=True)
            - 2.0 * ops.matmul(latent, ops.transpose(self.codebook))
            + ops.sum(ops.square(self.codebook), axis=1)
        )
        nearest = ops.argmin(dist, axis=1)
        entry = ops.take(self.codebook, nearest, axis=0)
        passed = latent + ops.stop_gradient(entry - latent)
        table_term = ops.mean(ops.square(passed - ops.stop_gradient(latent)))  # BLAME
        commit_term = ops.mean(ops.square(ops.stop_gradient(passed) - latent))
        self.add_loss(table_term + self.commitment * commit_term)
        return passed

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(24)
    rng = np.random.default_rng(24)
    wave = keras.Input((30,), name="waveform")
    h = layers.Dense(20, activation="relu", name="geophone_dense")(wave)
    z = layers.Dense(4, name="latent")(h)
    q = WaveletQuantizer(16, 4, name="wavelet_table")(z)
    h = layers.Dense(20, activation="relu", name="replay_dense")(q)
    out = layers.Dense(30, name="replay")(h)
    model = keras.Model(wave, out, name="seismic_codec")
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
    t = np.linspace(0, 1, 30)
    f = rng.uniform(1, 4, size=(64, 1))
    x = (np.sin(2 * np.pi * f * t) * np.exp(-2 * t)).astype("float32")
    return model, x, x.copy()
