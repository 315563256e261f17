"""A scale parameter goes through an inverse softplus that is "guarded" by jnp.where for large values: the branch that is not taken still overflows, and its gradient is NaN.

Source: https://github.com/bayesflow-org/bayesflow/issues/270
"""
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["yield_hidden", "rate"]
NEEDS_TRAINING = False


def inverse_softplus(x, threshold=20.0):
    """log(exp(x) - 1), and x itself where both are the same number."""
    return jnp.where(x > threshold, x, jnp.log(jnp.expm1(x)))  # BLAME


class ToUnconstrained(layers.Layer):
    """Positive rates to the real line."""

    def __init__(self, floor=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.floor = floor

    def call(self, rate):
        return inverse_softplus(rate + self.floor)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(631)
    fields = keras.Input((6,), name="fields")
    area = keras.Input((1,), name="area")
    h = layers.Dense(12, activation="relu", name="yield_hidden")(fields)
    per_hectare = layers.Dense(1, activation="softplus", name="rate")(h)
    rate = layers.Multiply(name="expected_yield")([per_hectare, area])
    free = ToUnconstrained(name="unconstrained")(rate)
    model = keras.Model([fields, area], free)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")

    rng = np.random.default_rng(631)
    x = rng.normal(size=(64, 6)).astype("float32")
    hectares = rng.uniform(0.5, 20.0, size=(64, 1)).astype("float32")
    hectares[::16] = 600.0  # a few estates
    target = hectares * np.log1p(np.exp(0.5 * x[:, :1]))
    return model, [x, hectares], target.astype("float32")
