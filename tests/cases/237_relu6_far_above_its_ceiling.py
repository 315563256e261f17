"""A mobile block feeds unscaled pixels into relu6: every unit sits at 6, where the slope is 0."""

import keras
import numpy as np
from keras import layers, ops

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["mobile_conv"]
NEEDS_TRAINING = False
ALSO = ("dead-activation",)


class MobileBlock(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.DepthwiseConv2D(
            3, depthwise_initializer="ones", depth_multiplier=filters, name="mobile_conv"
        )

    def build(self, shape):
        self.conv.build(shape)

    def call(self, x):
        return ops.relu6(self.conv(x))  # BLAME


def build():
    keras.utils.set_random_seed(237)
    photo = keras.Input((8, 8, 3))
    h = MobileBlock(2, name="mobile")(photo)
    h = layers.GlobalAveragePooling2D()(h)
    model = keras.Model(photo, layers.Dense(3, activation="softmax", name="probs")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(237)
    return model, rng.integers(20, 256, (64, 8, 8, 3)).astype("float32"), rng.integers(0, 3, 64)
