"""A functional deep MLP initialised with a standard deviation of 0.02, as in large language models, but without skips."""

import keras
import numpy as np
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["dense_a", "dense_b"]
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(277)
    small = keras.initializers.RandomNormal(stddev=0.02)
    rows = keras.Input((10,))
    h = rows
    for letter in "abcdefgh":
        h = layers.Dense(
            12,
            activation="tanh",
            kernel_initializer=small,
            name=f"dense_{letter}",  # BLAME
        )(h)
    model = keras.Model(rows, layers.Dense(1, name="score")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(277)
    x = rng.normal(size=(64, 10)).astype("float32")
    return model, x, x.sum(-1, keepdims=True)
