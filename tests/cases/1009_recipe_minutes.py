"""Healthy: labels have shape (n,) while the model gives (n, 1), and most tokens are padding that is masked, but the built-in loss lines the shapes up and every weight trains.
Source: https://github.com/keras-team/keras/issues/14627
"""
import numpy as np
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False

PANTRY = 60
LONGEST = 16


def recipe_net():
    steps = keras.Input((LONGEST,), dtype="int32", name="ingredients")
    h = layers.Embedding(PANTRY, 8, mask_zero=True, name="pantry_embed")(steps)
    h = layers.GRU(12, name="kitchen_gru")(h)
    out = layers.Dense(1, name="minutes")(h)
    return keras.Model(steps, out, name="recipe_net")


def build():
    keras.utils.set_random_seed(19)
    rng = np.random.default_rng(19)
    model = recipe_net()
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mean_squared_error", metrics=["mae"])
    cost = rng.normal(size=PANTRY)
    cost[0] = 0.0
    x = np.zeros((64, LONGEST), "int32")
    for row in x:
        k = rng.integers(2, 5)
        row[:k] = rng.integers(1, PANTRY, size=k)
    y = cost[x].sum(1).astype("float32")
    return model, x, y
