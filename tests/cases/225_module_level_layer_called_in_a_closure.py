"""A projection layer at module level is called in a Lambda's helper, so no model owns its weights."""

import keras
import numpy as np
from keras import layers, ops

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
NEEDS_TRAINING = False
UNTRACKED = ["projection"]


def make_embed():
    projection = layers.Dense(4, name="projection")
    projection.build((None, 6))

    def embed(x):
        return ops.tanh(projection(x))  # BLAME

    return embed


def build():
    keras.utils.set_random_seed(225)
    embed = make_embed()
    left, right = keras.Input((6,)), keras.Input((6,))
    tower = layers.Lambda(embed, output_shape=(4,), name="tower")
    gap = layers.Subtract()([tower(left), tower(right)])
    model = keras.Model([left, right], layers.Dense(1, activation="sigmoid", name="same")(gap))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(225)
    x = [rng.normal(size=(64, 6)).astype("float32") for _ in range(2)]
    return model, x, rng.integers(0, 2, (64, 1)).astype("float32")
