"""Healthy: physics-informed network for the heat equation, derivatives of the network in the loss of the train_step.

Source: https://github.com/tensorflow/tensorflow/issues/31519
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class HeatPINN(keras.Model):
    def __init__(self, diffusivity=0.1, **kwargs):
        super().__init__(**kwargs)
        self.a = diffusivity
        self.h1 = layers.Dense(20, activation="tanh", name="h1")
        self.h2 = layers.Dense(20, activation="tanh", name="h2")
        self.u = layers.Dense(1, name="u")

    def call(self, xt):
        return self.u(self.h2(self.h1(xt)))

    def residual(self, x, t):
        with tf.GradientTape() as second:
            second.watch(x)
            with tf.GradientTape(persistent=True) as first:
                first.watch([x, t])
                u = self(tf.concat([x, t], axis=1), training=True)
            u_x = first.gradient(u, x)
            u_t = first.gradient(u, t)
        u_xx = second.gradient(u_x, x)
        return u_t - self.a * u_xx

    def train_step(self, data):
        xt, u0 = data
        x, t = xt[:, :1], xt[:, 1:]
        with tf.GradientTape() as tape:
            start = self(tf.concat([x, tf.zeros_like(t)], axis=1), training=True)
            data_loss = tf.reduce_mean(tf.square(start - u0))
            pde_loss = tf.reduce_mean(tf.square(self.residual(x, t)))
            loss = data_loss + 0.1 * pde_loss
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"data_loss": data_loss, "pde_loss": pde_loss}


def build():
    keras.utils.set_random_seed(753)
    rng = np.random.default_rng(753)
    xt = rng.uniform(0, 1, (64, 2)).astype("float32")
    model = HeatPINN()
    model(xt[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, xt, np.sin(np.pi * xt[:, :1]).astype("float32")
