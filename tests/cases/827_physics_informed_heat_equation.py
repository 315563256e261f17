"""Healthy: a PINN for the heat equation; derivatives with respect to the inputs are part of the loss, second order included."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class HeatPINN(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.h1 = layers.Dense(10, activation="tanh", name="h1")
        self.h2 = layers.Dense(10, activation="tanh", name="h2")
        self.u = layers.Dense(1, name="u")
        self.log_alpha = self.add_weight(name="log_alpha", shape=(), initializer="zeros")

    def call(self, tx):
        return self.u(self.h2(self.h1(tx)))

    def residual(self, t, x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape(persistent=True) as inner:
                inner.watch([t, x])
                u = self(tf.concat([t, x], axis=1))
            u_t = inner.gradient(u, t)
            u_x = inner.gradient(u, x)
        u_xx = outer.gradient(u_x, x)
        return u_t - tf.exp(self.log_alpha) * u_xx

    def train_step(self, data):
        tx, observed = data
        with tf.GradientTape() as tape:
            fit_loss = tf.reduce_mean(tf.square(self(tx, training=True) - observed))
            physics = tf.reduce_mean(tf.square(self.residual(tx[:, :1], tx[:, 1:])))
            loss = fit_loss + 0.1 * physics
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"total": loss, "physics": physics}


def build():
    keras.utils.set_random_seed(627)
    rng = np.random.default_rng(627)
    tx = rng.random((64, 2)).astype("float32")
    model = HeatPINN()
    model(tx[:1])
    model.compile(optimizer=keras.optimizers.Adam(1e-2))
    u = np.exp(-tx[:, :1]) * np.sin(np.pi * tx[:, 1:])
    return model, tx, u.astype("float32")
