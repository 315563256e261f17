"""Linear regression on large unscaled inputs with a learning rate of 1 diverges to infinity within a few steps."""

import keras
import numpy as np
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["slope"]
NEEDS_TRAINING = True
ALSO = ("exploding",)


def build():
    keras.utils.set_random_seed(268)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, name="slope")])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")  # BLAME
    rng = np.random.default_rng(268)
    x = rng.uniform(100.0, 1000.0, (64, 3)).astype("float32")
    return model, x, x.sum(-1, keepdims=True)
