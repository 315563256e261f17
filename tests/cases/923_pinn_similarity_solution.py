"""PINN for a diffusion-like ODE, u(0) = 0 is built into the ansatz.

Source: https://github.com/tensorflow/tensorflow/issues/31519
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["h1", "h2", "u_hat"]
NEEDS_TRAINING = False


class PINN(keras.Model):
    def __init__(self):
        super().__init__()
        self.h1 = layers.Dense(20, activation="tanh", name="h1")
        self.h2 = layers.Dense(20, activation="tanh", name="h2")
        self.u_hat = layers.Dense(1, name="u_hat")

    def net(self, x):
        return self.u_hat(self.h2(self.h1(x)))

    def call(self, x):
        return tf.sqrt(x) * self.net(x)  # BLAME

    def residual(self, x):
        with tf.GradientTape() as g:
            g.watch(x)
            u = self(x)
        u_x = g.gradient(u, x)
        return u_x + u - tf.cos(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            f = self.residual(x)
            physics = tf.reduce_mean(tf.square(f))
            fit = tf.reduce_mean(tf.square(self(x) - y))
            loss = physics + 10.0 * fit
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"physics": physics, "fit": fit}


def build():
    keras.utils.set_random_seed(231)
    x = np.linspace(0.0, 2.0, 64).astype("float32")[:, None]
    y = (0.5 * (np.cos(x) + np.sin(x) - np.exp(-x))).astype("float32")
    model = PINN()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, y
