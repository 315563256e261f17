"""Residual super-resolution net with residual scaling 0.1 as in EDSR; the first convolution practically does not change.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["head_conv"]
NEEDS_TRAINING = False


class EDSRBlock(layers.Layer):
    def __init__(self, filters, scaling=0.1, **kwargs):
        super().__init__(**kwargs)
        self.scaling = scaling
        self.conv1 = layers.Conv2D(filters, 3, padding="same", activation="relu", name="conv1")
        self.conv2 = layers.Conv2D(filters, 3, padding="same", name="conv2")

    def build(self, input_shape):
        self.conv1.build(input_shape)
        self.conv2.build(input_shape)

    def call(self, x):
        res = self.conv2(self.conv1(x))
        return tf.multiply(x + res, self.scaling)  # BLAME

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(713)
    low = keras.Input((6, 6, 3), name="low")
    h = layers.Conv2D(8, 3, padding="same", name="head_conv")(low)
    for i in range(8):
        h = EDSRBlock(8, name=f"block_{i}")(h)
    h = layers.Conv2D(12, 3, padding="same", name="to_pixels")(h)
    high = layers.Lambda(lambda t: tf.nn.depth_to_space(t, 2), output_shape=(12, 12, 3), name="shuffle")(h)
    model = keras.Model(low, high)
    model.compile(optimizer="adam", loss="mae")
    rng = np.random.default_rng(713)
    y = rng.random((64, 12, 12, 3)).astype("float32")
    return model, y.reshape(64, 6, 2, 6, 2, 3).mean((2, 4)), y
