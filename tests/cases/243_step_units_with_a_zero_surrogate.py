"""A spiking layer declares a surrogate gradient with a window that is empty: the product is 0 everywhere."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-derivative"
SYMPTOM = "zero"
WEIGHTS = ["synapse"]
NEEDS_TRAINING = False


@tf.custom_gradient
def spike(potential):
    def surrogate(upstream):
        window = tf.cast(tf.abs(potential) < 0.0, tf.float32)
        return upstream * window  # BLAME

    return tf.cast(potential > 0.0, tf.float32), surrogate


class Spikes(layers.Layer):
    def call(self, potential):
        return spike(potential - 0.2)


def build():
    keras.utils.set_random_seed(243)
    retina = keras.Input((6, 6, 1))
    h = layers.Conv2D(4, 3, name="synapse")(retina)
    h = layers.Flatten()(Spikes(name="spikes")(h))
    model = keras.Model(retina, layers.Dense(2, activation="softmax", name="choice")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(243)
    return model, rng.normal(size=(64, 6, 6, 1)).astype("float32"), rng.integers(0, 2, 64)
