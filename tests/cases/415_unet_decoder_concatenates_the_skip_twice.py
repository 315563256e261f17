"""Subclassed U-Net: it trains, but 'Gradients do not exist for variables' is printed for the bottom of the U.

Source: https://github.com/yingkaisha/keras-unet-collection/issues/7
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
ALSO = ("no-loss",)
SYMPTOM = "none"
WEIGHTS = ["bottom", "up_2"]
NEEDS_TRAINING = False


def block(filters, name):
    return keras.Sequential(
        [
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
            layers.Conv2D(filters, 3, padding="same", activation="relu"),
        ],
        name=name,
    )


class UNet(keras.Model):
    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.down_1, self.down_2 = block(4, "down_1"), block(8, "down_2")
        self.bottom = block(12, "bottom")
        self.pool = layers.MaxPooling2D()
        self.up_2 = layers.Conv2DTranspose(8, 2, strides=2, name="up_2")
        self.up_1 = layers.Conv2DTranspose(4, 2, strides=2, name="up_1")
        self.dec_2, self.dec_1 = block(8, "dec_2"), block(4, "dec_1")
        self.classes = layers.Conv2D(classes, 1, activation="softmax", name="classes")

    def call(self, image):
        skip_1 = self.down_1(image)
        skip_2 = self.down_2(self.pool(skip_1))
        h = self.bottom(self.pool(skip_2))
        up = self.up_2(h)
        h = self.dec_2(tf.concat([skip_2, skip_2], axis=-1))  # BLAME
        up = self.up_1(h)
        h = self.dec_1(tf.concat([up, skip_1], axis=-1))
        return self.classes(h)


def build():
    keras.utils.set_random_seed(715)
    rng = np.random.default_rng(715)
    x = rng.random((64, 16, 16, 1)).astype("float32")
    model = UNet(2)
    model(x[:2])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model, x, (x[..., 0] > 0.6).astype("int32")
