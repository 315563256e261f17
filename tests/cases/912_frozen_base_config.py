"""Transfer learning on a small conv base, layer options are kept in one dict.

Source: https://github.com/keras-team/keras/issues/4910
"""
import numpy as np
import keras
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["head_hidden"]
NEEDS_TRAINING = False

CFG = dict(kernel_initializer="he_normal", activation="relu", trainable=False)


def conv_base(x):
    for i, f in enumerate([8, 16]):
        x = layers.Conv2D(f, 3, padding="same", name=f"base_conv{i}", **CFG)(x)
        x = layers.MaxPooling2D(2)(x)
    return x


def head(x, n_classes):
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(32, name="head_hidden", **CFG)(x)  # BLAME
    x = layers.Dropout(0.2)(x)
    return layers.Dense(n_classes, activation="softmax", name="head_out")(x)


def build():
    keras.utils.set_random_seed(121)
    rng = np.random.default_rng(121)
    inp = keras.Input((12, 12, 3))
    model = keras.Model(inp, head(conv_base(inp), 3))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    y = rng.integers(0, 3, 64)
    x = (rng.normal(size=(64, 12, 12, 3)) + y[:, None, None, None] * np.array([1.0, -0.5, 0.2])).astype("float32")
    return model, x, y
