"""Healthy: a spatial attention multiplies features with their own hard mask; the features keep their gradient."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class KeepStrong(layers.Layer):
    def call(self, maps):
        strength = ops.mean(ops.abs(maps), axis=-1, keepdims=True)
        level = ops.mean(strength, axis=(1, 2), keepdims=True)
        return maps * ops.cast(strength >= level, maps.dtype)


def build():
    keras.utils.set_random_seed(304)
    image = keras.Input((10, 10, 1))
    h = layers.Conv2D(6, 3, activation="swish", name="see")(image)
    h = KeepStrong(name="keep_strong")(h)
    h = layers.Conv2D(6, 3, activation="relu", name="think")(h)
    h = layers.GlobalAveragePooling2D()(h)
    model = keras.Model(image, layers.Dense(3, activation="softmax", name="probs")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(304)
    return model, rng.normal(size=(64, 10, 10, 1)).astype("float32"), rng.integers(0, 3, 64)
