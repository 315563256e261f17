"""Healthy: an implicit layer, solved by a fixed number of Newton steps, with the exact gradient from the implicit function theorem in custom_vjp.

Source: own, after a common kind of question (no single thread)
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def newton(b):
    z = jnp.zeros_like(b)
    for _ in range(12):
        z = z - (z + z**3 - b) / (1.0 + 3.0 * z**2)
    return z


@jax.custom_vjp
def cubic_root(b):
    """The z with z + z**3 = b."""
    return newton(b)


def cubic_root_fwd(b):
    z = newton(b)
    return z, z


def cubic_root_bwd(z, upstream):
    return (upstream / (1.0 + 3.0 * z**2),)


cubic_root.defvjp(cubic_root_fwd, cubic_root_bwd)


class ImplicitActivation(layers.Layer):
    def build(self, input_shape):
        self.gain = self.add_weight(name="gain", shape=(input_shape[-1],), initializer="ones")

    def call(self, x):
        return cubic_root(self.gain.value * x)


def build():
    keras.utils.set_random_seed(951)
    x_in = keras.Input((7,))
    h = layers.Dense(24, name="fc_1")(x_in)
    h = ImplicitActivation(name="implicit_1")(h)
    h = layers.Dense(24, name="fc_2")(h)
    h = ImplicitActivation(name="implicit_2")(h)
    model = keras.Model(x_in, layers.Dense(1, name="out")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
    rng = np.random.default_rng(951)
    x = rng.normal(size=(64, 7)).astype("float32")
    return model, x, (x[:, :1] * x[:, 1:2]).astype("float32")
