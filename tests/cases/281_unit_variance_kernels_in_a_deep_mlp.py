"""Kernels drawn with a standard deviation of 1 multiply the signal by about 8 in each of ten layers."""

import keras
import numpy as np
from keras import layers

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["layer_0", "layer_1"]
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(281)
    loud = keras.initializers.RandomNormal(stddev=1.0)
    model = keras.Sequential([keras.Input((32,))])
    for i in range(10):
        model.add(
            layers.Dense(64, activation="relu", kernel_initializer=loud, name=f"layer_{i}")  # BLAME
        )
    model.add(layers.Dense(1, name="answer"))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(281)
    x = rng.normal(size=(64, 32)).astype("float32")
    return model, x, x.sum(-1, keepdims=True)
