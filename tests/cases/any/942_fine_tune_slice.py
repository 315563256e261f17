"""Fine tuning: the first layers of the 'pretrained' net should stay as they are.

Source: https://github.com/keras-team/keras/issues/2395
"""
import numpy as np
import keras
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["new_hidden", "new_out"]
NEEDS_TRAINING = False

N_FROZEN = 4


def pretrained():
    return keras.Sequential(
        [
            keras.Input((16,)),
            layers.Dense(32, activation="relu", name="pre_1"),
            layers.Dense(32, activation="relu", name="pre_2"),
            layers.LayerNormalization(name="pre_norm"),
            layers.Dense(16, activation="relu", name="pre_3"),
        ],
        name="pretrained",
    )


def add_head(base, classes):
    model = keras.Sequential(base.layers)
    model.add(layers.Dropout(0.1, name="new_drop"))
    model.add(layers.Dense(24, activation="relu", name="new_hidden"))
    model.add(layers.Dense(classes, activation="softmax", name="new_out"))
    return model


def freeze(model, n):
    for layer in model.layers[n:]:
        layer.trainable = False  # BLAME
    return model


def build():
    keras.utils.set_random_seed(1006)
    rng = np.random.default_rng(1006)
    model = freeze(add_head(pretrained(), 4), N_FROZEN)
    model.compile(optimizer=keras.optimizers.Adam(1e-4), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    y = rng.integers(0, 4, 64)
    x = (rng.normal(size=(64, 16)) + np.eye(4, 16)[y]).astype("float32")
    return model, x, y
