"""Healthy: fine-tuning with a learning rate of 1e-6: the weights hardly move, on purpose."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(322)
    image = keras.Input((9, 9, 1))
    h = layers.Conv2D(5, 3, activation="relu", name="conv")(image)
    h = layers.GroupNormalization(groups=5, name="norm")(h)
    h = layers.Conv2D(5, 3, activation="relu", name="conv_2")(h)
    h = layers.Dense(8, activation="relu", name="hidden")(layers.Flatten()(h))
    model = keras.Model(image, layers.Dense(2, activation="softmax", name="probs")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-6), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(322)
    return model, rng.normal(size=(64, 9, 9, 1)).astype("float32"), rng.integers(0, 2, 64)
