"""Healthy: a custom gradient returns the negative of what comes in, on purpose (a gradient reversal layer before the plant classifier), and the model trains as designed.
Source: https://github.com/keras-team/keras/issues/3119
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


@tf.custom_gradient
def flip(features, strength):
    def backward(upstream):
        return -strength * upstream, None

    return tf.identity(features), backward


class FlipForPlant(layers.Layer):
    """Identity forwards; turns the gradient round, so that the features forget the plant."""

    def __init__(self, strength, **kwargs):
        super().__init__(**kwargs)
        self.strength = strength

    def call(self, features):
        return flip(features, tf.constant(self.strength))

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(23)
    rng = np.random.default_rng(23)
    inp = keras.Input((12,), name="spectrum")
    h = layers.Dense(20, activation="tanh", name="shared_dense")(inp)
    wear = layers.Dense(1, activation="sigmoid", name="wear")(h)
    turned = FlipForPlant(0.2, name="flip_plant")(h)
    p = layers.Dense(10, activation="tanh", name="plant_dense")(turned)
    plant = layers.Dense(1, activation="sigmoid", name="plant")(p)
    model = keras.Model(inp, {"wear": wear, "plant": plant}, name="bearing")
    model.compile(
        optimizer=keras.optimizers.Adam(5e-3),
        loss={"wear": "binary_crossentropy", "plant": "binary_crossentropy"},
    )
    x = rng.normal(size=(96, 12)).astype("float32")
    site = (rng.random((96, 1)) < 0.5).astype("float32")
    x[:, 4:6] += 0.6 * site
    worn = (x[:, :1] - x[:, 1:2] > 0).astype("float32")
    return model, x, {"wear": worn, "plant": site}
