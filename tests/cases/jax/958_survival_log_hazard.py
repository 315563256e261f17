"""Discrete survival model with two risk groups.

Source: https://github.com/jax-ml/jax/issues/764
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers

CODE = "dead-activation"
ALSO = ("saturated",)
SYMPTOM = "zero"
WEIGHTS = ["group_b/risk_hidden", "group_b/risk"]
NEEDS_TRAINING = False


def hazard(score, floor):
    return jnp.maximum(jax.nn.log_sigmoid(score), floor)


class RiskGroup(layers.Layer):
    def __init__(self, bins, floor=-8.0, **kwargs):
        super().__init__(**kwargs)
        self.bins, self.floor = bins, floor
        self.risk_hidden = layers.Dense(16, activation="tanh", name="risk_hidden")
        self.risk = layers.Dense(bins, name="risk")

    def build(self, shape):
        self.risk_hidden.build(shape)
        self.risk.build((shape[0], 16))

    def call(self, x):
        return hazard(self.risk(self.risk_hidden(x)), self.floor)

    def compute_output_shape(self, shape):
        return (shape[0], self.bins)


def build():
    keras.utils.set_random_seed(2006)
    rng = np.random.default_rng(2006)
    inp = keras.Input((9,))
    h = layers.Dense(16, activation="elu", name="shared")(inp)
    a = RiskGroup(6, name="group_a")(h)
    b = RiskGroup(6, floor=0.0, name="group_b")(h)  # BLAME
    out = layers.Dense(1, name="log_time")(layers.Concatenate()([a, b]))
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="mae")
    x = rng.normal(size=(64, 9)).astype("float32")
    return model, x, np.exp(0.3 * x[:, :1]) - x[:, 1:2]
