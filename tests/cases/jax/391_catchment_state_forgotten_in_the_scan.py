"""A rainfall-runoff cell starts from a state computed from catchment attributes, but forgets half of it a day over 60 days: the attribute network gets gradients below 1e-18.

Source: https://github.com/jax-ml/jax/pull/2298
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["catchment_hidden", "catchment_state"]
NEEDS_TRAINING = False


class RunoffCell(layers.Layer):
    """Runs a store of water over the days and returns its last state."""

    def __init__(self, keep=0.5, **kwargs):
        super().__init__(**kwargs)
        self.keep = keep

    def build(self, rain_shape, state_shape):
        self.inflow = self.add_weight(name="inflow", shape=(rain_shape[-1], state_shape[-1]))
        self.exchange = self.add_weight(
            name="exchange", shape=(state_shape[-1], state_shape[-1]), initializer=keras.initializers.Identity()
        )

    def call(self, rain, state):
        inflow, exchange = self.inflow.value, self.exchange.value

        def day(store, today):
            store = jnp.tanh(self.keep * store @ exchange + today @ inflow)  # BLAME
            return store, None

        store, _ = jax.lax.scan(day, state, jnp.swapaxes(rain, 0, 1))
        return store

    def compute_output_shape(self, rain_shape, state_shape):
        return state_shape


def build():
    keras.utils.set_random_seed(635)
    rain = keras.Input((60, 3), name="rain")
    attributes = keras.Input((7,), name="attributes")
    h = layers.Dense(12, activation="tanh", name="catchment_hidden")(attributes)
    start = layers.Dense(8, activation="tanh", name="catchment_state")(h)
    store = RunoffCell(name="store")(rain, start)
    model = keras.Model([rain, attributes], layers.Dense(1, name="runoff")(store))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")

    rng = np.random.default_rng(635)
    r = rng.gamma(0.5, 1.0, size=(64, 60, 3)).astype("float32")
    a = rng.normal(size=(64, 7)).astype("float32")
    y = a[:, :1] + 0.2 * r[:, -10:].mean(axis=(1, 2))[:, None]
    return model, [r, a], y.astype("float32")
