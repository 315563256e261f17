"""Scene parsing head with pyramid pooling; the forward pass works, training stops with a LookupError.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "raises"
WEIGHTS = ["stem", "deep"]
NEEDS_TRAINING = False
FIT_RAISES = True


def pooled_map(features, bins):
    return tf.image.resize(features, (bins, bins), method="area")  # BLAME


class PyramidPooling(layers.Layer):
    def __init__(self, bins=(1, 2, 4), width=4, **kwargs):
        super().__init__(**kwargs)
        self.bins, self.width = bins, width
        self.reduce = [layers.Conv2D(width, 1, activation="relu", name=f"reduce_{b}") for b in bins]

    def build(self, input_shape):
        for conv, b in zip(self.reduce, self.bins):
            conv.build((input_shape[0], b, b, input_shape[-1]))

    def call(self, features):
        size = features.shape[1:3]
        maps = [features]
        for bins, conv in zip(self.bins, self.reduce):
            maps.append(tf.image.resize(conv(pooled_map(features, bins)), size))
        return tf.concat(maps, axis=-1)

    def compute_output_shape(self, s):
        return (*s[:-1], s[-1] + self.width * len(self.bins))


def build():
    keras.utils.set_random_seed(717)
    image = keras.Input((12, 12, 3))
    h = layers.Conv2D(6, 3, padding="same", activation="relu", name="stem")(image)
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="deep")(h)
    h = PyramidPooling(name="psp")(h)
    model = keras.Model(image, layers.Conv2D(3, 1, activation="softmax", name="parse")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(717)
    return model, rng.random((64, 12, 12, 3)).astype("float32"), rng.integers(0, 3, (64, 12, 12))
