"""Spatial transformer in front of a digit classifier: the sampler picks the nearest pixel, so the localisation net hears nothing from the loss.

Source: https://github.com/tensorflow/models/issues/295
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
ALSO = ("zero-derivative",)
SYMPTOM = "none"
WEIGHTS = ["loc_conv", "loc_fc", "theta"]
NEEDS_TRAINING = False


def affine_grid(theta, height, width):
    xs, ys = tf.meshgrid(tf.linspace(-1.0, 1.0, width), tf.linspace(-1.0, 1.0, height))
    ones = tf.ones_like(xs)
    base = tf.reshape(tf.stack([xs, ys, ones], axis=0), (3, height * width))
    grid = tf.matmul(tf.reshape(theta, (-1, 2, 3)), base[None])
    return grid[:, 0], grid[:, 1]


def sample(image, x, y):
    height, width = image.shape[1], image.shape[2]
    x = (x + 1.0) * (width - 1) / 2.0
    y = (y + 1.0) * (height - 1) / 2.0
    x = tf.clip_by_value(x, 0.0, width - 1.0)
    y = tf.clip_by_value(y, 0.0, height - 1.0)
    index = tf.cast(tf.round(y) * width + tf.round(x), tf.int32)  # BLAME
    flat = tf.reshape(image, (-1, height * width, image.shape[3]))
    return tf.gather(flat, index, batch_dims=1)


class SpatialTransformer(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.loc_conv = layers.Conv2D(4, 3, strides=2, activation="relu", name="loc_conv")
        self.flatten = layers.Flatten()
        self.loc_fc = layers.Dense(12, activation="tanh", name="loc_fc")
        identity = keras.initializers.Constant([1.0, 0.0, 0.05, 0.0, 1.0, -0.05])
        small = keras.initializers.RandomNormal(stddev=0.01)
        self.theta = layers.Dense(6, kernel_initializer=small, bias_initializer=identity, name="theta")

    def call(self, image):
        theta = self.theta(self.loc_fc(self.flatten(self.loc_conv(image))))
        x, y = affine_grid(theta, image.shape[1], image.shape[2])
        return tf.reshape(sample(image, x, y), tf.shape(image))

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(701)
    image = keras.Input((12, 12, 1))
    h = SpatialTransformer(name="stn")(image)
    h = layers.Conv2D(6, 3, activation="relu", name="conv")(h)
    h = layers.MaxPooling2D()(h)
    h = layers.Flatten()(h)
    model = keras.Model(image, layers.Dense(4, activation="softmax", name="digit")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(701)
    return model, rng.random((64, 12, 12, 1)).astype("float32"), rng.integers(0, 4, 64)
