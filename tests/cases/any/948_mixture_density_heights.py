"""Mixture density network for body heights in centimetres.

Source: https://github.com/keras-team/keras/issues/590
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["mdn_hidden", "mdn_params"]
NEEDS_TRAINING = False

K = 3


def split_params(p):
    logits, mu, log_sigma = p[:, :K], p[:, K : 2 * K], p[:, 2 * K :]
    return ops.softmax(logits), mu, ops.exp(ops.clip(log_sigma, -3.0, 3.0))


def gaussian_pdf(y, mu, sigma):
    z = (y - mu) / sigma
    return ops.exp(-0.5 * z * z) / (sigma * 2.5066283)


def mdn_loss(y_true, y_pred):
    pi, mu, sigma = split_params(y_pred)
    likelihood = ops.sum(pi * gaussian_pdf(y_true, mu, sigma), axis=-1)
    return -ops.log(likelihood)  # BLAME


def build():
    keras.utils.set_random_seed(1012)
    rng = np.random.default_rng(1012)
    inp = keras.Input((5,))
    h = layers.Dense(24, activation="tanh", name="mdn_hidden")(inp)
    out = layers.Dense(3 * K, name="mdn_params")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=mdn_loss)
    x = rng.normal(size=(64, 5)).astype("float32")
    y = (170.0 + 8.0 * x[:, :1] + 4.0 * rng.normal(size=(64, 1))).astype("float32")
    return model, x, y
