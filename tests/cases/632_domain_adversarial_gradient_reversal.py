"""Healthy: domain-adversarial training; the reversal layer's custom gradient is minus the derivative on purpose."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # the reversed gradient is not the derivative, by design


class GradientReversal(layers.Layer):
    def __init__(self, strength=0.5, **kwargs):
        super().__init__(**kwargs)
        self.strength = strength

    def call(self, x):
        @tf.custom_gradient
        def reverse(t):
            return tf.identity(t), lambda upstream: -self.strength * upstream

        return reverse(x)


def build():
    keras.utils.set_random_seed(632)
    image = keras.Input((10, 10, 1))
    h = layers.Conv2D(6, 3, activation="relu", name="shared_conv")(image)
    h = layers.GlobalAveragePooling2D()(h)
    h = layers.Dense(10, activation="tanh", name="shared_dense")(h)
    digit = layers.Dense(4, activation="softmax", name="digit")(h)
    d = GradientReversal(name="reversal")(h)
    d = layers.Dense(8, activation="leaky_relu", name="domain_hidden")(d)
    domain = layers.Dense(1, activation="sigmoid", name="domain")(d)
    model = keras.Model(image, {"digit": digit, "domain": domain})
    model.compile(
        optimizer=keras.optimizers.SGD(0.01, momentum=0.9),
        loss={"digit": "sparse_categorical_crossentropy", "domain": "binary_crossentropy"},
    )
    rng = np.random.default_rng(632)
    x = rng.random((64, 10, 10, 1)).astype("float32")
    return model, x, {"digit": rng.integers(0, 4, 64), "domain": rng.integers(0, 2, (64, 1)).astype("float32")}
