"""Healthy: mixed_float16 in a custom train_step of keras 3: scale_loss before the tape's gradient, apply() unscales.

Source: https://github.com/keras-team/keras/issues/19479
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Forecaster(keras.Model):
    """GRU encoder, two quantile heads in float32"""

    def __init__(self, quantiles=(0.1, 0.5, 0.9), **kwargs):
        super().__init__(**kwargs)
        self.quantiles = tf.constant(quantiles)
        half = "mixed_float16"
        series = keras.Input((24, 3), dtype="float32", name="load")
        h = layers.Conv1D(16, 3, activation="gelu", dtype=half, name="conv")(series)
        h = layers.GRU(16, reset_after=False, dtype=half, name="gru")(h)
        h = layers.Dense(16, activation="gelu", dtype=half, name="hidden")(h)
        q = layers.Dense(len(quantiles), dtype="float32", name="quantiles")(h)
        self.net = keras.Model(series, q, name="net")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, series, training=False):
        return self.net(series, training=training)

    def pinball(self, y, q):
        gap = tf.cast(y, tf.float32) - q
        return tf.reduce_mean(tf.maximum(self.quantiles * gap, (self.quantiles - 1.0) * gap))

    def train_step(self, data):
        series, y = data
        with tf.GradientTape() as tape:
            loss = self.pinball(y, self.net(series, training=True))
            scaled = self.optimizer.scale_loss(loss)
        variables = self.net.trainable_variables
        scaled_gradients = tape.gradient(scaled, variables)
        self.optimizer.apply_gradients(zip(scaled_gradients, variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def electricity(n, rng):
    hour = np.arange(24)[None, :] + rng.integers(0, 24, (n, 1))
    level = rng.uniform(0.5, 1.5, (n, 1))
    load = level * (1.0 + 0.5 * np.sin(2 * np.pi * hour / 24)) + 0.1 * rng.normal(size=(n, 24))
    x = np.stack([load, np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24)], axis=-1)
    following = level[:, 0] * (1.0 + 0.5 * np.sin(2 * np.pi * (hour[:, -1] + 1) / 24))
    return x.astype("float32"), (following + 0.1 * rng.normal(size=n)).astype("float32")[:, None]


def build():
    keras.utils.set_random_seed(19479)
    model = Forecaster()
    inner = keras.optimizers.Adam(5e-3)
    model.compile(optimizer=keras.optimizers.LossScaleOptimizer(inner, initial_scale=1024.0))
    x, y = electricity(128, np.random.default_rng(19479))
    return model, x, y
