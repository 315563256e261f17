"""Depth in metres, pressure in kPa and the other logs go in as raw numbers of thousands, so the sigmoid units of the first layer sit at 0 or 1 for every sample and the layer's gradient is zero.
Source: http://stackoverflow.com.mevn.net/questions/52800582/why-do-i-fail-to-predict-y-x4-with-keras-y-x3-works
"""
import numpy as np
import keras
from keras import layers

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["rock_dense"]
NEEDS_TRAINING = False
FIT_RAISES = False


def borehole_net():
    log = keras.Input((4,), name="well_log")
    h = layers.Dense(20, activation="sigmoid", name="rock_dense")(log)  # BLAME
    h = layers.Dense(10, activation="elu", name="heat_dense")(h)
    out = layers.Dense(1, name="celsius")(h)
    return keras.Model(log, out, name="borehole_net")


def build():
    keras.utils.set_random_seed(28)
    rng = np.random.default_rng(28)
    model = borehole_net()
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    depth = rng.uniform(800, 4200, size=(64, 1))
    pressure = 9.8 * depth + rng.normal(scale=300, size=(64, 1))
    density = rng.uniform(2100, 2900, size=(64, 1))
    resist = rng.uniform(300, 900, size=(64, 1))
    x = np.concatenate([depth, pressure, density, resist], axis=1).astype("float32")
    y = ((depth - 2500) / 1000 + 0.05 * rng.normal(size=depth.shape)).astype("float32")
    return model, x, y
