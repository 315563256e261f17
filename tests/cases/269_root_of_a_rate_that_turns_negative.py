"""A rate head without a positive activation: after a few steps a rate is negative and its root is NaN."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["rate"]
NEEDS_TRAINING = True


def hellinger(y_true, rate):
    gap = tf.sqrt(y_true) - tf.sqrt(rate)  # BLAME
    return tf.reduce_mean(tf.square(gap), axis=-1)


def build():
    keras.utils.set_random_seed(269)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            layers.Dense(1, kernel_initializer="zeros", bias_initializer="ones", name="rate"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=hellinger)
    rng = np.random.default_rng(269)
    x = rng.normal(size=(64, 2)).astype("float32")
    return model, x, np.zeros((64, 1), "float32")
