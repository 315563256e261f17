"""The first steps with a learning rate of 1000 push all tanh units to +-1, where float32 has no slope."""

import keras
import numpy as np
from keras import layers

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["squash/kernel", "squash/bias"]
NEEDS_TRAINING = True


def build():
    keras.utils.set_random_seed(240)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(6, activation="tanh", name="squash"),  # BLAME
            layers.Dense(1, name="reading"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1000.0), loss="mae")
    rng = np.random.default_rng(240)
    x = rng.uniform(0.5, 1.0, (64, 4)).astype("float32")
    return model, x, x.sum(-1, keepdims=True)
