"""Healthy: a mixture density network for travel times with a log-sum-exp likelihood, soft-plus widths and a logarithm that is guarded on both branches.

Source: https://github.com/keras-team/keras/issues/2586
"""
import math

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False

PARTS = 3


class MixtureHead(layers.Layer):
    """log weights, means and widths of PARTS normal distributions, side by side."""

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 3 * PARTS), initializer="glorot_uniform")
        start = np.concatenate([np.zeros(PARTS), np.linspace(-1.0, 1.0, PARTS), np.zeros(PARTS)])
        self.bias = self.add_weight(
            name="bias", shape=(3 * PARTS,), initializer=lambda shape, dtype=None: ops.convert_to_tensor(start, dtype)
        )

    def call(self, features):
        raw = ops.matmul(features, self.kernel) + self.bias
        logits, means, widths = ops.split(raw, 3, axis=-1)
        return ops.concatenate([ops.log_softmax(logits), means, ops.softplus(widths) + 0.05], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 3 * PARTS)


def negative_log_likelihood(minutes, mixture):
    """Trips of length 0 (parked) are recorded as 0 minutes and count as one second."""
    parked = minutes <= 0.0
    safe = ops.where(parked, ops.ones_like(minutes), minutes)
    log_time = ops.where(parked, ops.full_like(minutes, -4.0), ops.log(safe))
    log_weight, mean, width = ops.split(mixture, 3, axis=-1)
    z = (log_time - mean) / width
    log_density = -0.5 * ops.square(z) - ops.log(width) - 0.5 * math.log(2.0 * math.pi)
    return -ops.logsumexp(log_weight + log_density, axis=-1)


def build():
    keras.utils.set_random_seed(614)
    trip = keras.Input((6,), name="trip")
    h = layers.Dense(16, activation="tanh", name="trip_hidden")(trip)
    model = keras.Model(trip, MixtureHead(name="mixture")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=negative_log_likelihood)
    rng = np.random.default_rng(614)
    x = rng.normal(size=(64, 6)).astype("float32")
    jam = rng.random(64) < 0.3
    minutes = np.exp(0.5 * x[:, 0] + jam + 0.1 * rng.normal(size=64))
    minutes[::13] = 0.0
    return model, x, minutes[:, None].astype("float32")
