"""The layers live in a plain Python object: the model neither lists nor trains them."""

import keras
import numpy as np
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
NEEDS_TRAINING = False
UNTRACKED = ["head_mix"]


class Head:
    def __init__(self, classes):
        self.mix = layers.Dense(6, activation="relu", name="head_mix")
        self.out = layers.Dense(classes, activation="softmax", name="head_out")

    def __call__(self, h):
        return self.out(self.mix(h))  # BLAME


class Scanner(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.sweep = layers.Conv1D(5, 3, activation="relu", name="sweep")
        self.pool = layers.GlobalMaxPooling1D()
        self.head = Head(3)

    def call(self, x):
        return self.head(self.pool(self.sweep(x)))


def build():
    keras.utils.set_random_seed(222)
    rng = np.random.default_rng(222)
    x = rng.normal(size=(64, 14, 2)).astype("float32")
    model = Scanner()
    model(x[:1])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model, x, rng.integers(0, 3, 64)
