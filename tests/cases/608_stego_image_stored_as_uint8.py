"""Steganography: the hiding network's picture is converted to uint8, as in the saved file, before the revealing network reads it."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["spread_bits", "hide_conv", "stego"]
NEEDS_TRAINING = False


class PngRoundTrip(layers.Layer):
    def call(self, picture):
        stored = tf.image.convert_image_dtype(picture, tf.uint8, saturate=True)  # BLAME
        return tf.image.convert_image_dtype(stored, tf.float32)


def build():
    keras.utils.set_random_seed(608)
    cover = keras.Input((8, 8, 3), name="cover")
    bits = keras.Input((6,), name="bits")
    b = layers.Dense(64, name="spread_bits")(bits)
    h = layers.Concatenate()([cover, layers.Reshape((8, 8, 1))(b)])
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="hide_conv")(h)
    stego = layers.Conv2D(3, 3, padding="same", activation="sigmoid", name="stego")(h)
    seen = PngRoundTrip(name="png")(stego)
    r = layers.Conv2D(8, 3, activation="relu", name="reveal_conv")(seen)
    read = layers.Dense(6, activation="sigmoid", name="read_bits")(layers.Flatten()(r))
    model = keras.Model([cover, bits], read)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(608)
    secret = rng.integers(0, 2, (64, 6)).astype("float32")
    return model, [rng.random((64, 8, 8, 3)).astype("float32"), secret], secret
