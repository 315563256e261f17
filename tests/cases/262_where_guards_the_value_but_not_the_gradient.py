"""A log guarded by where: the branch not taken still gives 0 * inf in the backward pass."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["loudness"]
NEEDS_TRAINING = False


class SafeLog(layers.Layer):
    def call(self, power):
        logged = tf.math.log(power)  # BLAME
        return tf.where(power > 0.0, logged, tf.zeros_like(power))


def build():
    keras.utils.set_random_seed(262)
    audio = keras.Input((30, 2))
    h = layers.Conv1D(5, 3, activation="relu", name="loudness")(audio)
    h = SafeLog(name="safe_log")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(audio, layers.Dense(1, name="phon")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(262)
    x = rng.normal(size=(64, 30, 2)).astype("float32")
    return model, x, x.std(axis=(1, 2))[:, None]
