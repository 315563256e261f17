"""A learning rate of 50 throws every bias far below zero in the first steps; the relu stays dead."""

import keras
import numpy as np
from keras import layers

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["wide"]
NEEDS_TRAINING = True


def build():
    keras.utils.set_random_seed(236)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(12, activation="relu", name="wide"),  # BLAME
            layers.Dense(1, kernel_initializer="ones", name="price"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(50.0), loss="mae")
    rng = np.random.default_rng(236)
    x = rng.random((64, 6)).astype("float32")
    return model, x, np.full((64, 1), -10.0, "float32")
