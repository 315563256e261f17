"""Healthy: transfer learning on a frozen backbone that ends in a batch norm; only the head learns."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def backbone():
    return keras.Sequential(
        [
            keras.Input((10, 10, 3)),
            layers.Conv2D(8, 3, activation="relu", name="base_conv"),
            layers.BatchNormalization(name="base_bn"),
            layers.GlobalAveragePooling2D(),
        ],
        name="backbone",
    )


def build():
    keras.utils.set_random_seed(308)
    base = backbone()
    base.trainable = False
    image = keras.Input((10, 10, 3))
    h = layers.Dropout(0.3)(base(image, training=False))
    model = keras.Model(image, layers.Dense(4, activation="softmax", name="head")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(308)
    return model, rng.random((64, 10, 10, 3)).astype("float32"), rng.integers(0, 4, 64)
