"""Healthy: convolutions keep a bias although a batch norm follows: its gradient is rounding noise."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
QUIET = ["conv_1/bias", "conv_2/bias"]


def build():
    keras.utils.set_random_seed(309)
    model = keras.Sequential([keras.Input((20, 3))])
    for i in (1, 2):
        model.add(layers.Conv1D(8, 5, padding="same", name=f"conv_{i}"))
        model.add(layers.BatchNormalization(name=f"bn_{i}"))
        model.add(layers.ReLU())
    model.add(layers.GlobalMaxPooling1D())
    model.add(layers.Dense(2, activation="softmax", name="activity"))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(309)
    return model, rng.normal(size=(64, 20, 3)).astype("float32"), rng.integers(0, 2, 64)
