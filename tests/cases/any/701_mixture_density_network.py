"""Healthy: a mixture density network; negative log-likelihood with logsumexp as a function loss, softplus scales."""
import math

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

COMPONENTS = 3


def mixture_nll(y_true, y_pred):
    logits, mean, raw_scale = ops.split(y_pred, 3, axis=-1)
    scale = ops.softplus(raw_scale) + 1e-3
    log_weight = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
    log_density = -0.5 * ops.square((y_true - mean) / scale) - ops.log(scale) - 0.5 * math.log(2 * math.pi)
    return -ops.logsumexp(log_weight + log_density, axis=-1)


def build():
    keras.utils.set_random_seed(701)
    angle = keras.Input((4,), name="angle")
    h = layers.Dense(24, activation="tanh", name="body_1")(angle)
    h = layers.Dense(24, activation="tanh", name="body_2")(h)
    parts = [layers.Dense(COMPONENTS, name=name)(h) for name in ("logit", "mean", "raw_scale")]
    model = keras.Model(angle, layers.Concatenate(name="mixture")(parts))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=mixture_nll)
    rng = np.random.default_rng(701)
    x = rng.normal(size=(64, 4)).astype("float32")
    branch = rng.choice([-1.0, 1.0], size=(64, 1))
    return model, x, (branch * np.abs(x[:, :1]) + 0.1 * rng.normal(size=(64, 1))).astype("float32")
