"""Healthy: a mixed_float16 residual MLP; Keras wraps the optimizer into a loss scale by itself."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False


def build():
    keras.utils.set_random_seed(317)
    half = "mixed_float16"
    rows = keras.Input((12,))
    h = layers.Dense(16, dtype=half, name="enter")(rows)
    for i in range(3):
        g = layers.LayerNormalization(dtype=half, name=f"norm_{i}")(h)
        g = layers.Dense(16, activation="gelu", dtype=half, name=f"mix_{i}")(g)
        h = layers.Add(dtype=half)([h, g])
    model = keras.Model(rows, layers.Dense(1, dtype="float32", name="leave")(h))
    model.compile(
        optimizer=keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(1e-3)),
        loss="mse",
        auto_scale_loss=False,
    )
    rng = np.random.default_rng(317)
    x = rng.normal(size=(64, 12)).astype("float32")
    return model, x, x.mean(-1, keepdims=True)
