"""Wide and deep credit model: the wide part gets powers of age and income, in years and in thousands. The loss explodes.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "exploding"
ALSO = ("non-finite",)
SYMPTOM = "exploding"
WEIGHTS = ["risk/kernel"]
NEEDS_TRAINING = False


def powers(x, degree):
    return ops.concatenate([x**k for k in range(1, degree + 1)], axis=-1)  # BLAME


class Polynomial(layers.Layer):
    def __init__(self, degree, **kwargs):
        super().__init__(**kwargs)
        self.degree = degree

    def call(self, x):
        return powers(x, self.degree)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[1] * self.degree)


def build():
    keras.utils.set_random_seed(809)
    raw = keras.Input((2,), name="age_income")
    rest = keras.Input((6,), name="rest")
    wide = Polynomial(5, name="polynomial")(raw)
    deep = layers.Dense(16, activation="relu", name="deep_1")(rest)
    deep = layers.Dense(8, activation="relu", name="deep_2")(deep)
    model = keras.Model([raw, rest], layers.Dense(1, name="risk")(layers.Concatenate()([wide, deep])))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(809)
    a = np.stack([rng.uniform(18, 80, 64), rng.uniform(15, 120, 64)], 1).astype("float32")
    b = rng.normal(size=(64, 6)).astype("float32")
    return model, [a, b], (b[:, :1] + a[:, :1] / 50).astype("float32")
