"""Healthy: a PINN for the heat equation with nested tapes, tanh units (not relu) and a trainable diffusivity.

Source: https://coderapp.vercel.app/answer/78712449
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
    """u_t = nu u_xx on [0, 1] with u(0, t) = u(1, t) = 0 and measured u at some points"""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        point = keras.Input((2,), name="x_t")
        h = point
        for i in range(3):
            h = layers.Dense(16, activation="tanh", name=f"field_{i}")(h)
        self.field = keras.Model(point, layers.Dense(1, name="u")(h), name="field")
        # the diffusivity only enters the residual, never the output of call()
        self.log_nu = self.add_weight(name="log_nu", shape=(), initializer=keras.initializers.Constant(-1.0))

    def call(self, points):
        return self.field(points)

    def nu(self):
        return tf.exp(tf.convert_to_tensor(self.log_nu))

    def residual(self, points):
        x, t = tf.split(points, 2, axis=1)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape(persistent=True) as inner:
                inner.watch([x, t])
                u = self.field(tf.concat([x, t], axis=1), training=True)
            u_x = inner.gradient(u, x)
            u_t = inner.gradient(u, t)
        del inner
        return u_t - self.nu() * outer.gradient(u_x, x)

    def train_step(self, data):
        points, measured = data
        edge = tf.concat([tf.round(points[:, :1]), points[:, 1:]], axis=1)  # nearest wall, same time
        with tf.GradientTape() as tape:
            fit = tf.reduce_mean(tf.square(self.field(points) - measured))
            wall = tf.reduce_mean(tf.square(self.field(edge)))
            physics = tf.reduce_mean(tf.square(self.residual(points)))
            loss = fit + wall + 0.5 * physics
        v = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, v), v))
        return {"loss": loss, "physics": physics, "nu": self.nu()}


def build():
    keras.utils.set_random_seed(78712449)
    model = HeatPINN()
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    rng = np.random.default_rng(78712449)
    points = rng.random((160, 2)).astype("float32")
    u = np.exp(-0.15 * np.pi**2 * points[:, 1]) * np.sin(np.pi * points[:, 0])
    u = u + 0.01 * rng.normal(size=160)
    return model, points, u.astype("float32")[:, None]
