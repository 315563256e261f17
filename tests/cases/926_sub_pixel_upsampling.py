"""Super resolution with a sub-pixel (depth to space) layer.

Source: https://github.com/tensorflow/tensorflow/issues/33785
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
LAYER = "subpixel"
NEEDS_TRAINING = False


class SubPixel(layers.Layer):
    def __init__(self, scale=2, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x):
        return tf.nn.depth_to_space(x, self.scale)

    def compute_output_shape(self, input_shape):
        b, h, w, c = input_shape
        return (b, h * self.scale, w * self.scale, c // self.scale)  # BLAME


def build():
    keras.utils.set_random_seed(261)
    rng = np.random.default_rng(261)
    low = keras.Input((6, 6, 1), name="low")
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="feat")(low)
    h = layers.Conv2D(4, 3, padding="same", name="expand")(h)
    h = SubPixel(2, name="subpixel")(h)
    high = layers.Lambda(lambda t: tf.sigmoid(t[..., :1]), name="high")(h)
    model = keras.Model(low, high)
    model.compile(optimizer="adam", loss="mse")
    x = rng.random((64, 6, 6, 1)).astype("float32")
    return model, x, np.repeat(np.repeat(x, 2, 1), 2, 2)
