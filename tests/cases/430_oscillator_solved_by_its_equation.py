"""Healthy: a physics-informed net for u'' + u = 0 takes its loss from nested tapes; the labels are never used.

Source: https://stats.stackexchange.com/questions/493558/on-solving-ode-pde-with-neural-networks
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Oscillator(keras.Model):
    """u(t) with u(0) = 1 and u'(0) = 0"""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.wave_a = layers.Dense(16, activation="tanh", name="wave_a")
        self.wave_b = layers.Dense(16, activation="tanh", name="wave_b")
        self.position = layers.Dense(1, name="position")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, t):
        return self.position(self.wave_b(self.wave_a(t)))

    @property
    def metrics(self):
        return [self.loss_tracker]

    def train_step(self, data):
        t, _ = data
        start = tf.zeros((1, 1))
        with tf.GradientTape() as tape:
            with tf.GradientTape() as second:
                second.watch(t)
                with tf.GradientTape() as first:
                    first.watch(t)
                    u = self(t, training=True)
                u_t = first.gradient(u, t)
            u_tt = second.gradient(u_t, t)
            with tf.GradientTape() as at_start:
                at_start.watch(start)
                u0 = self(start, training=True)
            v0 = at_start.gradient(u0, start)
            equation = tf.reduce_mean(tf.square(u_tt + u))
            initial = tf.reduce_mean(tf.square(u0 - 1.0) + tf.square(v0))
            loss = equation + initial
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def build():
    keras.utils.set_random_seed(430)
    model = Oscillator(name="oscillator")
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    rng = np.random.default_rng(430)
    t = rng.uniform(0.0, 3.0, (64, 1)).astype("float32")
    return model, t, np.zeros_like(t)
