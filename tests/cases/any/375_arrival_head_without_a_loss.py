"""A delivery model has two heads, demand and arrival time, but compile gives a loss for the demand only.

Source: https://github.com/tensorflow/tensorflow/issues/35267
"""
import keras
import numpy as np
from keras import layers

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["arrival_hidden", "arrival_out"]
NEEDS_TRAINING = False


class ResidualUnit(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.LayerNormalization(name="norm")
        self.widen = layers.Dense(2 * units, activation="swish", name="widen")
        self.narrow = layers.Dense(units, name="narrow")

    def build(self, input_shape):
        self.norm.build(input_shape)
        self.widen.build(input_shape)
        self.narrow.build((*input_shape[:-1], 2 * input_shape[-1]))

    def call(self, x):
        return x + self.narrow(self.widen(self.norm(x)))


def build():
    keras.utils.set_random_seed(605)
    order = keras.Input((9,), name="order")
    weekday = keras.Input((1,), dtype="int32", name="weekday")
    day = layers.Flatten()(layers.Embedding(7, 3, name="weekday_vectors")(weekday))
    h = layers.Concatenate()([order, day])
    h = layers.Dense(16, activation="relu", name="trunk")(h)
    h = ResidualUnit(16, name="trunk_residual")(h)

    demand = layers.Dense(1, activation="softplus", name="demand")(h)
    arrival = layers.Dense(8, activation="relu", name="arrival_hidden")(h)
    arrival = layers.Dense(1, name="arrival_out")(arrival)

    model = keras.Model([order, weekday], [demand, arrival])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=["poisson", None])  # BLAME
    rng = np.random.default_rng(605)
    x = rng.normal(size=(64, 9)).astype("float32")
    days = rng.integers(0, 7, (64, 1)).astype("int32")
    counts = rng.poisson(np.exp(0.5 * x[:, :1])).astype("float32")
    minutes = (30.0 + 5.0 * x[:, 1:2] + days).astype("float32")
    return model, [x, days], [counts, minutes]
