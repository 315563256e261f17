"""Generator predicts an image in HSV, the loss is in RGB.

Source: https://github.com/tensorflow/tensorflow/issues/8625
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["g_dense", "g_conv"]
NEEDS_TRAINING = False
FIT_RAISES = True


class ToRGB(layers.Layer):
    def __init__(self, saturation=0.9, **kwargs):
        super().__init__(**kwargs)
        self.saturation = saturation

    def squash(self, x):
        h, s, v = tf.split(tf.sigmoid(x), 3, axis=-1)
        return tf.concat([h, self.saturation * s, v], axis=-1)

    def call(self, x):
        hsv = self.squash(x)
        rgb = tf.image.hsv_to_rgb(hsv)  # BLAME
        return rgb


def generator(latent):
    m = keras.Sequential(name="generator")
    m.add(keras.Input((latent,)))
    m.add(layers.Dense(4 * 4 * 8, activation="relu", name="g_dense"))
    m.add(layers.Reshape((4, 4, 8)))
    m.add(layers.UpSampling2D())
    m.add(layers.Conv2D(3, 3, padding="same", name="g_conv"))
    m.add(ToRGB(name="to_rgb"))
    return m


def build():
    keras.utils.set_random_seed(211)
    rng = np.random.default_rng(211)
    model = generator(6)
    model.compile(optimizer="adam", loss="mae")
    z = rng.normal(size=(64, 6)).astype("float32")
    img = rng.random((64, 8, 8, 3)).astype("float32")
    return model, z, img
