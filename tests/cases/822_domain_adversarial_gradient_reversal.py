"""Healthy: DANN; the gradient reversal layer deliberately returns -lambda * dy to the feature extractor."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # the reversed gradient is intended


@tf.custom_gradient
def reverse(x):
    return tf.identity(x), lambda dy: -0.3 * dy


class GradientReversal(layers.Layer):
    def call(self, x):
        return reverse(x)


def build():
    keras.utils.set_random_seed(622)
    image = keras.Input((8, 8, 1))
    h = layers.Conv2D(6, 3, activation="elu", name="features")(image)
    h = layers.GlobalAveragePooling2D()(h)
    digit = layers.Dense(3, name="digit")(h)
    d = GradientReversal(name="reversal")(h)
    d = layers.Dense(5, activation="tanh", name="domain_hidden")(d)
    domain = layers.Dense(1, name="domain")(d)
    model = keras.Model(image, {"digit": digit, "domain": domain})
    model.compile(
        optimizer="adam",
        loss={
            "digit": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "domain": keras.losses.BinaryCrossentropy(from_logits=True),
        },
    )
    rng = np.random.default_rng(622)
    x = rng.normal(size=(64, 8, 8, 1)).astype("float32")
    y = {"digit": rng.integers(0, 3, 64), "domain": rng.integers(0, 2, (64, 1)).astype("float32")}
    return model, x, y
