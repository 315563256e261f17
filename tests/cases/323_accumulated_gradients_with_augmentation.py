"""Healthy: random flips and noise, and an optimizer that applies every fourth step only."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False


def build():
    keras.utils.set_random_seed(323)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.RandomFlip("horizontal", seed=1),
            layers.GaussianNoise(0.1, seed=2),
            layers.Conv2D(6, 3, activation="relu", name="conv"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax", name="probs"),
        ]
    )
    optimizer = keras.optimizers.Adam(1e-2, gradient_accumulation_steps=4)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(323)
    return model, rng.normal(size=(64, 8, 8, 1)).astype("float32"), rng.integers(0, 2, 64)
