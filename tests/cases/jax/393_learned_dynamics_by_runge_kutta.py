"""Healthy: a small neural ODE, integrated with fourth-order Runge-Kutta steps inside lax.scan, with a learned step size.

Source: https://github.com/SciML/DiffEqFlux.jl/issues/7
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


class Flow(layers.Layer):
    """dh/dt = W2 tanh(W1 h + b1) - h, from 0 to `steps` times the step size."""

    def __init__(self, hidden, steps=6, **kwargs):
        super().__init__(**kwargs)
        self.hidden, self.steps = hidden, steps

    def build(self, input_shape):
        width = input_shape[-1]
        self.w_in = self.add_weight(name="w_in", shape=(width, self.hidden))
        self.b_in = self.add_weight(name="b_in", shape=(self.hidden,), initializer="zeros")
        self.w_out = self.add_weight(name="w_out", shape=(self.hidden, width))
        self.log_step = self.add_weight(name="log_step", shape=(), initializer=keras.initializers.Constant(-1.5))

    def call(self, h):
        w_in, b_in, w_out = self.w_in.value, self.b_in.value, self.w_out.value
        dt = jnp.exp(self.log_step.value)

        def slope(state):
            return jnp.tanh(state @ w_in + b_in) @ w_out - state

        def step(state, _):
            k1 = slope(state)
            k2 = slope(state + 0.5 * dt * k1)
            k3 = slope(state + 0.5 * dt * k2)
            k4 = slope(state + dt * k3)
            return state + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), None

        end, _ = jax.lax.scan(step, h, None, length=self.steps)
        return end

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(637)
    now = keras.Input((3,), name="now")
    h = layers.Dense(6, name="lift")(now)
    h = Flow(12, name="flow")(h)
    model = keras.Model(now, layers.Dense(3, name="later")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    rng = np.random.default_rng(637)
    x = rng.normal(size=(64, 3)).astype("float32")
    turn = np.array([[0.6, -0.7, 0.0], [0.7, 0.6, 0.0], [0.0, 0.0, 0.5]])
    return model, x, (x @ turn).astype("float32")
