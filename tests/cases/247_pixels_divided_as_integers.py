"""The data loader divides uint8 pixels as integers: every image is black and the first kernel gets 0."""

import keras
import numpy as np
from keras import layers

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["first_look/kernel"]
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(247)
    rng = np.random.default_rng(247)
    pixels = rng.integers(0, 255, (64, 8, 8, 3)).astype("uint8")
    x = (pixels // 255).astype("float32")  # BLAME
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, bias_initializer="ones", activation="relu", name="first_look"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax", name="species"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model, x, rng.integers(0, 3, 64)
