"""Healthy: the custom_jvp only restates the derivative of log(1 + exp(x)) in a form that does not overflow, and the scan masks padded steps with `where` on finite values.
Source: https://github.com/jax-ml/jax/issues/2107
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


@jax.custom_jvp
def soft_current(v):
    return jnp.maximum(v, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(v)))


@soft_current.defjvp
def soft_current_jvp(primals, tangents):
    (v,), (dv,) = primals, tangents
    return soft_current(v), dv / (1.0 + jnp.exp(-v))


class ChargeScan(layers.Layer):
    """Leaky charge over the cycles; padded cycles (all zero) keep the state."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.draw = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="draw"
        )
        self.leak = self.add_weight(shape=(self.units,), initializer="zeros", name="leak")

    def call(self, cycles):
        draw, keep = self.draw.value, jax.nn.sigmoid(self.leak.value)
        used = jnp.any(cycles != 0.0, axis=-1, keepdims=True)

        def cycle(charge, step):
            amps, real = step
            fresh = keep * charge + (1.0 - keep) * soft_current(amps @ draw)
            return jnp.where(real, fresh, charge), None

        start = jnp.zeros((cycles.shape[0], self.units), cycles.dtype)
        steps = (jnp.swapaxes(cycles, 0, 1), jnp.swapaxes(used, 0, 1))
        return lax.scan(cycle, start, steps)[0]

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


def build():
    keras.utils.set_random_seed(548)
    cycles = keras.Input((9, 3), name="cycles")
    h = ChargeScan(8, name="charge")(cycles)
    health = layers.Dense(1, name="health")(h)
    model = keras.Model(cycles, health)
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    rng = np.random.default_rng(548)
    x = rng.normal(size=(48, 9, 3)).astype("float32")
    for row, length in enumerate(rng.integers(4, 10, size=48)):
        x[row, length:] = 0.0
    y = (np.maximum(x[:, :, :1], 0).sum(1) / 3).astype("float32")
    return model, x, y
