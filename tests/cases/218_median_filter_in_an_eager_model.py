"""An eager model takes its feature maps to NumPy for a median and back."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["sense"]
NEEDS_TRAINING = False


class MedianPool(layers.Layer):
    def call(self, maps):
        values = np.median(maps.numpy(), axis=(1, 2))  # BLAME
        return tf.constant(values, tf.float32)


class Medic(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.sense = layers.Conv2D(5, 3, activation="swish", name="sense")
        self.pool = MedianPool(name="median")
        self.verdict = layers.Dense(1, name="verdict")

    def call(self, image):
        return self.verdict(self.pool(self.sense(image)))


def build():
    keras.utils.set_random_seed(218)
    rng = np.random.default_rng(218)
    x = rng.normal(size=(64, 7, 7, 1)).astype("float32")
    model = Medic()
    model.compile(optimizer="adam", loss="mse", run_eagerly=True)
    return model, x, x.std(axis=(1, 2))
