"""A pump model is fed pressure in pascal and flow in litres an hour with plain SGD: loss and weights grow without bound from the first step on.

Source: https://github.com/keras-team/keras/issues/18919
"""
import keras
import numpy as np
from keras import layers

CODE = "exploding"
ALSO = ("non-finite",)
SYMPTOM = "exploding"
WEIGHTS = ["pump_hidden", "power"]
NEEDS_TRAINING = True
EPOCHS = 3


class Efficiency(layers.Layer):
    """Adds the product of the first two columns, the hydraulic power, to the features."""

    def call(self, features):
        hydraulic = features[:, 0:1] * features[:, 1:2] / 3.6e6
        return keras.ops.concatenate([features, hydraulic], axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1] + 1)


def readings(n):
    """pressure [Pa], flow [l/h], temperature [K], speed [1/min] -> power [W]"""
    rng = np.random.default_rng(612)
    pressure = rng.uniform(1.0e5, 4.0e5, n)
    flow = rng.uniform(500.0, 4000.0, n)
    temperature = rng.uniform(280.0, 330.0, n)
    speed = rng.uniform(900.0, 2900.0, n)
    power = pressure * flow / 3.6e6 / rng.uniform(0.5, 0.6, n)
    x = np.stack([pressure, flow, temperature, speed], axis=-1)
    return x.astype("float32"), power[:, None].astype("float32")


def build():
    keras.utils.set_random_seed(612)
    reading = keras.Input((4,), name="reading")
    h = Efficiency(name="efficiency")(reading)
    h = layers.Dense(16, name="pump_hidden")(h)
    h = layers.LeakyReLU(negative_slope=0.1)(h)
    model = keras.Model(reading, layers.Dense(1, name="power")(h))
    model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse", metrics=["mae"])  # BLAME
    x, y = readings(64)
    return model, x, y
