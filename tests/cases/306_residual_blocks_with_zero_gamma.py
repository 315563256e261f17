"""Healthy: the last normalisation of each residual branch starts with gamma 0, as in the ImageNet-in-an-hour recipe."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
QUIET = ["branch"]
AFTER_STEPS = 2


def residual(x, name):
    h = layers.Conv2D(6, 3, padding="same", use_bias=False, name=f"{name}_branch_conv_a")(x)
    h = layers.ReLU()(layers.BatchNormalization(name=f"{name}_branch_bn_a")(h))
    h = layers.Conv2D(6, 3, padding="same", use_bias=False, name=f"{name}_branch_conv_b")(h)
    h = layers.BatchNormalization(gamma_initializer="zeros", name=f"{name}_branch_bn_b")(h)
    return layers.ReLU()(layers.Add()([x, h]))


def build():
    keras.utils.set_random_seed(306)
    image = keras.Input((8, 8, 3))
    h = layers.Conv2D(6, 3, padding="same", activation="relu", name="stem")(image)
    for name in ("one", "two", "three"):
        h = residual(h, name)
    h = layers.GlobalAveragePooling2D()(h)
    model = keras.Model(image, layers.Dense(3, activation="softmax", name="probs")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(306)
    return model, rng.normal(size=(64, 8, 8, 3)).astype("float32"), rng.integers(0, 3, 64)
