"""Healthy: the model is compiled without any loss and has no targets, but its last layer adds the reconstruction and the KL term with add_loss, and these train every weight.
Source: https://github.com/keras-team/keras/pull/5789
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class DrawScent(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(7)

    def call(self, pair):
        centre, log_spread = pair
        noise = keras.random.normal(ops.shape(centre), seed=self.seed_generator)
        return centre + ops.exp(0.5 * log_spread) * noise


class ScentObjective(layers.Layer):
    """Gives the decoded scent through and books the objective of the autoencoder."""

    def call(self, parts):
        scent, decoded, centre, log_spread = parts
        rebuild = ops.mean(ops.sum(ops.square(scent - decoded), axis=-1))
        kl = -0.5 * ops.mean(ops.sum(1.0 + log_spread - ops.square(centre) - ops.exp(log_spread), axis=-1))
        self.add_loss(rebuild + 0.1 * kl)
        return decoded


def build():
    keras.utils.set_random_seed(34)
    rng = np.random.default_rng(34)
    scent = keras.Input((14,), name="notes")
    h = layers.Dense(20, activation="tanh", name="top_note")(scent)
    centre = layers.Dense(3, name="heart_note")(h)
    log_spread = layers.Dense(3, name="base_note")(h)
    z = DrawScent(name="draw_scent")([centre, log_spread])
    h = layers.Dense(20, activation="tanh", name="blend")(z)
    decoded = layers.Dense(14, name="bottle")(h)
    out = ScentObjective(name="objective")([scent, decoded, centre, log_spread])
    model = keras.Model(scent, out, name="perfume_vae")
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    x = (rng.normal(size=(80, 3)) @ rng.normal(size=(3, 14)) * 0.5).astype("float32")
    return model, x, None
