"""Twelve sigmoid layers in a row, each multiplying the derivative by at most a quarter, leave the first ones next to no gradient.
Source: https://ai.stackexchange.com/questions/16557/what-could-be-the-problem-when-a-neural-network-with-four-hidden-layers-with-the
"""
import keras
import numpy as np
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["blade_0", "blade_1", "blade_2", "blade_3"]
NEEDS_TRAINING = False
FIT_RAISES = False


def build():
    keras.utils.set_random_seed(534)
    wind = keras.Input((6,), name="wind")
    h = wind
    for stage in range(12):
        h = layers.Dense(10, activation="sigmoid", name=f"blade_{stage}")(h)  # BLAME
    power = layers.Dense(1, name="power")(h)
    model = keras.Model(wind, power)
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    rng = np.random.default_rng(534)
    x = rng.normal(size=(64, 6)).astype("float32")
    y = np.tanh(x[:, :1] + x[:, 1:2] * x[:, 2:3]).astype("float32")
    return model, x, y
