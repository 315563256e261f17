"""A scipy routine is called in the middle of the network.

Source: https://github.com/keras-team/keras/issues/10321
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers

CODE = "host-call"
SYMPTOM = "raises"
RAISES = "Pure callbacks do not support JVP"
WEIGHTS = ["coefs"]
NEEDS_TRAINING = False
FIT_RAISES = True

GRID = np.linspace(-1.0, 1.0, 12).astype("float32")


def _cumulative(v):
    from scipy.integrate import cumulative_trapezoid

    return cumulative_trapezoid(np.asarray(v), GRID, axis=-1, initial=0.0).astype("float32")


def integrate(v):
    spec = jax.ShapeDtypeStruct(v.shape, v.dtype)
    return jax.pure_callback(_cumulative, spec, v, vmap_method="broadcast_all")  # BLAME


class VelocityToPosition(layers.Layer):
    def call(self, v):
        gain = jnp.tanh(v)
        pos = integrate(gain)
        return pos - jnp.mean(pos, axis=-1, keepdims=True)

    def compute_output_shape(self, shape):
        return shape


def build():
    keras.utils.set_random_seed(2004)
    rng = np.random.default_rng(2004)
    inp = keras.Input((5,))
    v = layers.Dense(12, name="coefs")(inp)
    p = VelocityToPosition(name="position")(v)
    out = layers.Dense(2, name="readout")(p)
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="mse")
    x = rng.normal(size=(64, 5)).astype("float32")
    return model, x, x[:, :2]
