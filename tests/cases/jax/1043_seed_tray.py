"""Germination is drawn with jax.random.bernoulli, a comparison with a random number, so the chance that was learned gets a zero gradient.
Source: https://github.com/jax-ml/jax/issues/11606
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "non-differentiable"
ALSO = ("host-call",)
SYMPTOM = "none"
WEIGHTS = ["compost", "chance"]
NEEDS_TRAINING = False
FIT_RAISES = False


class SowTray(layers.Layer):
    """Sows a tray per sample and counts which cells came up."""

    def __init__(self, seed, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed

    def call(self, chance):
        key = jax.random.PRNGKey(self.seed)
        sprouted = jax.random.bernoulli(key, chance)  # BLAME
        return jnp.asarray(sprouted, chance.dtype)


def build():
    keras.utils.set_random_seed(543)
    conditions = keras.Input((4,), name="conditions")
    h = layers.Dense(8, activation="relu", name="compost")(conditions)
    chance = layers.Dense(12, activation="sigmoid", name="chance")(h)
    tray = SowTray(seed=7, name="tray")(chance)
    harvest = layers.Dense(1, name="harvest")(tray)
    model = keras.Model(conditions, harvest)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(543)
    x = rng.normal(size=(64, 4)).astype("float32")
    y = (5 + 2 * x[:, :1] - x[:, 1:2]).astype("float32")
    return model, x, y
