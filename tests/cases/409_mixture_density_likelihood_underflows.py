"""Mixture density network for prices: loss inf and all weights nan right from the first step.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["hidden", "mixture"]
NEEDS_TRAINING = False
COMPONENTS = 4


def gaussian(y, mu, sigma):
    z = (y - mu) / sigma
    return tf.exp(-0.5 * tf.square(z)) / (sigma * 2.5066283)


def mdn_loss(y_true, params):
    logit, mu, raw = tf.split(params, 3, axis=-1)
    pi = tf.nn.softmax(logit)
    sigma = tf.nn.softplus(raw) + 0.1
    density = tf.reduce_sum(pi * gaussian(y_true, mu, sigma), axis=-1)
    return -tf.math.log(density)  # BLAME


def build():
    keras.utils.set_random_seed(709)
    features = keras.Input((6,))
    h = layers.Dense(20, activation="tanh", name="hidden")(features)
    params = layers.Dense(3 * COMPONENTS, name="mixture")(h)
    model = keras.Model(features, params)
    model.compile(optimizer="adam", loss=mdn_loss)
    rng = np.random.default_rng(709)
    x = rng.normal(size=(64, 6)).astype("float32")
    price = 180.0 + 20.0 * x[:, :1] + rng.normal(0, 3, (64, 1))
    return model, x, price.astype("float32")
