"""A hand-written leaky relu returns the two slopes the wrong way round."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["conv_low"]
NEEDS_TRAINING = False


@tf.custom_gradient
def leaky(x):
    def grad(upstream):
        slope = tf.where(x > 0.0, 0.2, 1.0)
        return upstream * slope  # BLAME

    return tf.where(x > 0.0, x, 0.2 * x), grad


class Leaky(layers.Layer):
    def call(self, x):
        return leaky(x)


def build():
    keras.utils.set_random_seed(250)
    image = keras.Input((7, 7, 2))
    h = layers.SeparableConv2D(5, 3, name="conv_low")(image)
    h = Leaky(name="leaky")(h)
    model = keras.Model(image, layers.Dense(1, name="age")(layers.GlobalAveragePooling2D()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(250)
    x = rng.normal(size=(64, 7, 7, 2)).astype("float32")
    return model, x, rng.normal(size=(64, 1)).astype("float32")
