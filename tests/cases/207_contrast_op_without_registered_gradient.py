"""Learned augmentation: AdjustContrastv2 has no registered gradient, so building the gradient raises LookupError."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "raises"
WEIGHTS = ["stylist"]
NEEDS_TRAINING = False
RAISES = "LookupError"
FIT_RAISES = True


class Contrast(layers.Layer):
    def call(self, image):
        return tf.image.adjust_contrast(image, 1.7)  # BLAME


def build():
    keras.utils.set_random_seed(207)
    photo = keras.Input((8, 8, 3))
    h = layers.Conv2D(3, 1, name="stylist")(photo)
    h = Contrast(name="contrast")(h)
    h = layers.Conv2D(4, 3, activation="relu", name="judge_conv")(h)
    model = keras.Model(photo, layers.Dense(1, name="beauty")(layers.GlobalMaxPooling2D()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(207)
    return model, rng.random((64, 8, 8, 3)).astype("float32"), rng.random((64, 1)).astype("float32")
