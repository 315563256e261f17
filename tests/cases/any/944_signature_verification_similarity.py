"""Siamese signature verification, similarity is computed from the L1 distance.

Source: https://github.com/keras-team/keras/issues/7057
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["tower_conv", "tower_dense"]
NEEDS_TRAINING = False


class Similarity(layers.Layer):
    def __init__(self, scale=0.5, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def distance(self, a, b):
        return ops.mean(ops.abs(a - b), axis=-1, keepdims=True)

    def call(self, a, b):
        d = self.distance(a, b)
        return ops.relu(-self.scale * d)  # BLAME

    def compute_output_shape(self, a_shape, b_shape):
        return (a_shape[0], 1)


def tower():
    return keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            layers.Conv2D(6, 3, strides=2, activation="elu", name="tower_conv"),
            layers.Flatten(),
            layers.Dense(16, name="tower_dense"),
        ],
        name="tower",
    )


def build():
    keras.utils.set_random_seed(1008)
    rng = np.random.default_rng(1008)
    left, right = keras.Input((10, 10, 1)), keras.Input((10, 10, 1))
    net = tower()
    s = Similarity(name="similarity")(net(left), net(right))
    out = layers.Dense(1, activation="sigmoid", name="same")(s)
    model = keras.Model([left, right], out)
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    y = rng.integers(0, 2, (64, 1)).astype("float32")
    a = rng.normal(size=(64, 10, 10, 1))
    b = np.where(y[:, :, None, None] > 0, a + 0.1 * rng.normal(size=a.shape), rng.normal(size=a.shape))
    return model, [a.astype("float32"), b.astype("float32")], y
