"""A spatial transformer network warps the image and then classifies the *unwarped* one.

The localisation network is computed, its transform is applied, and the warped image is dropped.

Source: https://github.com/kevinzakka/spatial-transformer-network/issues/3
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["loc_conv", "loc_theta"]
NEEDS_TRAINING = False


def bilinear_sample(image, theta):
    """image (b, h, w, c), theta (b, 6): affine grid in [-1, 1] and bilinear interpolation"""
    b, h, w = tf.shape(image)[0], image.shape[1], image.shape[2]
    gx, gy = tf.meshgrid(tf.linspace(-1.0, 1.0, w), tf.linspace(-1.0, 1.0, h))
    grid = tf.stack([gx, gy, tf.ones_like(gx)], axis=-1)
    at = tf.einsum("hwk,bjk->bhwj", grid, tf.reshape(theta, (-1, 2, 3)))
    x = (at[..., 0] + 1.0) * (w - 1) / 2.0
    y = (at[..., 1] + 1.0) * (h - 1) / 2.0
    x0, y0 = tf.floor(x), tf.floor(y)

    def pixel(ix, iy):
        ix = tf.cast(tf.clip_by_value(ix, 0.0, w - 1.0), tf.int32)
        iy = tf.cast(tf.clip_by_value(iy, 0.0, h - 1.0), tf.int32)
        batch = tf.broadcast_to(tf.reshape(tf.range(b), (-1, 1, 1)), tf.shape(ix))
        return tf.gather_nd(image, tf.stack([batch, iy, ix], axis=-1))

    wx, wy = (x - x0)[..., None], (y - y0)[..., None]
    top = (1.0 - wx) * pixel(x0, y0) + wx * pixel(x0 + 1.0, y0)
    bottom = (1.0 - wx) * pixel(x0, y0 + 1.0) + wx * pixel(x0 + 1.0, y0 + 1.0)
    return (1.0 - wy) * top + wy * bottom


class STNClassifier(keras.Model):
    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        upright = keras.initializers.Constant([0.9, 0.05, 0.03, -0.05, 0.9, 0.02])
        self.loc_conv = layers.Conv2D(6, 5, strides=2, activation="relu", name="loc_conv")
        self.loc_pool = layers.Flatten(name="loc_pool")
        self.loc_theta = layers.Dense(6, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01), bias_initializer=upright, name="loc_theta")
        self.features = layers.Conv2D(8, 3, strides=2, activation="relu", name="features")
        self.pool = layers.GlobalMaxPooling2D(name="pool")
        self.logits = layers.Dense(classes, name="logits")

    def call(self, images):
        theta = self.loc_theta(self.loc_pool(self.loc_conv(images)))
        warped = bilinear_sample(images, theta)
        warped = tf.ensure_shape(warped, images.shape)
        h = self.features(images)  # BLAME
        return self.logits(self.pool(h))


def build():
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(3)
    x = np.zeros((64, 14, 14, 1), "float32")
    y = rng.integers(0, 2, 64)
    for i, kind in enumerate(y):
        r, c = rng.integers(1, 8, 2)
        x[i, r : r + 5, c + 2 if kind else c : c + 3 if kind else c + 5] = 1.0
    x += rng.normal(scale=0.05, size=x.shape).astype("float32")
    model = STNClassifier(2)
    model(x[:2])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, x, y
