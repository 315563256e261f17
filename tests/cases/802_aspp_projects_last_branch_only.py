"""Atrous spatial pyramid pooling: the rates are collected in a list, the projection then reads only its last element."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["rate_1", "rate_2"]
NEEDS_TRAINING = False


class ASPP(layers.Layer):
    def __init__(self, filters, rates=(1, 2, 4), **kwargs):
        super().__init__(**kwargs)
        self.convs = [
            layers.Conv2D(filters, 3, padding="same", dilation_rate=r, activation="relu", name=f"rate_{r}")
            for r in rates
        ]
        self.project = layers.Conv2D(filters, 1, name="project")

    def call(self, x):
        pyramid = []
        for conv in self.convs:
            pyramid.append(conv(x))
        return self.project(pyramid[-1])  # BLAME


def build():
    keras.utils.set_random_seed(602)
    image = keras.Input((12, 12, 3))
    h = layers.Conv2D(6, 3, padding="same", activation="swish", name="stem")(image)
    h = ASPP(5, name="aspp")(h)
    h = layers.UpSampling2D(1)(h)
    mask = layers.Conv2D(2, 1, name="classes")(h)
    model = keras.Model(image, mask)
    model.compile(
        optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    rng = np.random.default_rng(602)
    x = rng.random((64, 12, 12, 3)).astype("float32")
    return model, x, (x[..., 0] > 0.5).astype("int32")
