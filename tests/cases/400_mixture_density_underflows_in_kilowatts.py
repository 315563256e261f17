"""Mixture density network for wind power: the targets are raw kilowatts, every component underflows to 0 and its log is taken.

Source: https://github.com/keras-team/keras/issues/2586
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["weather_a", "weather_b", "mixture"]
NEEDS_TRAINING = False

COMPONENTS = 4


def split(parameters):
    """mixture weights, means and widths from the 3 * COMPONENTS outputs of the net"""
    logits, mean, raw_width = ops.split(parameters, 3, axis=-1)
    return ops.softmax(logits), mean, ops.softplus(raw_width) + 1e-3


def negative_log_likelihood(power, parameters):
    share, mean, width = split(parameters)
    z = (power - mean) / width
    density = ops.exp(-0.5 * ops.square(z)) / (width * np.sqrt(2.0 * np.pi))
    return -ops.log(ops.sum(share * density, axis=-1))  # BLAME


def build():
    keras.utils.set_random_seed(400)
    model = keras.Sequential(
        [
            keras.Input((5,), name="forecast"),
            layers.Dense(16, activation="tanh", name="weather_a"),
            layers.Dense(16, activation="tanh", name="weather_b"),
            layers.Dense(3 * COMPONENTS, name="mixture"),
        ],
        name="wind_park",
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=negative_log_likelihood)
    rng = np.random.default_rng(400)
    x = rng.normal(size=(64, 5)).astype("float32")
    speed = 7.0 + 2.5 * x[:, :1] + rng.normal(scale=0.5, size=(64, 1))
    kilowatts = np.clip(2.2 * np.maximum(speed, 4.0) ** 3, 120.0, 2300.0)
    return model, x, kilowatts.astype("float32")
