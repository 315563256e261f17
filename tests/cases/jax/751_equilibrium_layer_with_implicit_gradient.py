"""Healthy: a deep equilibrium layer; the fixed point is found without gradient and custom_vjp solves the adjoint equation, correctly."""
import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

ROUNDS = 60


def cell(kernel, inject, z):
    return jnp.tanh(z @ kernel + inject)


@jax.custom_vjp
def equilibrium(kernel, inject):
    return jax.lax.fori_loop(0, ROUNDS, lambda _, z: cell(kernel, inject, z), jnp.zeros_like(inject))


def equilibrium_forward(kernel, inject):
    z = equilibrium(kernel, inject)
    return z, (kernel, inject, z)


def equilibrium_backward(saved, upstream):
    kernel, inject, z = saved
    _, pull_z = jax.vjp(functools.partial(cell, kernel, inject), z)
    adjoint = jax.lax.fori_loop(0, ROUNDS, lambda _, u: upstream + pull_z(u)[0], upstream)
    _, pull_rest = jax.vjp(lambda k, i: cell(k, i, z), kernel, inject)
    return pull_rest(adjoint)


equilibrium.defvjp(equilibrium_forward, equilibrium_backward)


class Equilibrium(layers.Layer):
    def build(self, input_shape):
        width = input_shape[-1]
        self.kernel = self.add_weight(
            name="kernel", shape=(width, width), initializer=keras.initializers.Orthogonal(gain=0.6)
        )

    def call(self, inject):
        return equilibrium(self.kernel.value, inject)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(751)
    grid = keras.Input((9,), name="grid")
    h = layers.Dense(12, name="inject")(grid)
    h = Equilibrium(name="equilibrium")(h)
    model = keras.Model(grid, layers.Dense(1, name="load")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(751)
    x = rng.normal(size=(64, 9)).astype("float32")
    return model, x, np.tanh(x[:, :1] - x[:, 1:2]).astype("float32")
