"""BYOL: online network chases an exponential moving average of itself.

Source: https://github.com/keras-team/keras-io/issues/406
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def mlp(name, dim_in, dim_out):
    return keras.Sequential(
        [keras.Input((dim_in,)), layers.Dense(32, activation="relu", name=f"{name}_h"), layers.Dense(dim_out, name=f"{name}_o")],
        name=name,
    )


class BYOL(keras.Model):
    def __init__(self, dim, tau=0.95):
        super().__init__()
        self.online = mlp("online", dim, 12)
        self.predictor = mlp("predictor", 12, 12)
        self.target = mlp("target", dim, 12)
        self.target.trainable = False
        self.target.set_weights(self.online.get_weights())
        self.tau = tau

    def call(self, x):
        return self.online(x)

    def regression_loss(self, p, z):
        p = tf.math.l2_normalize(p, -1)
        z = tf.math.l2_normalize(tf.stop_gradient(z), -1)
        return tf.reduce_mean(2.0 - 2.0 * tf.reduce_sum(p * z, -1))

    def train_step(self, x):
        a = x + 0.2 * tf.random.normal(tf.shape(x))
        b = x + 0.2 * tf.random.normal(tf.shape(x))
        with tf.GradientTape() as tape:
            loss = self.regression_loss(self.predictor(self.online(a)), self.target(b))
            loss += self.regression_loss(self.predictor(self.online(b)), self.target(a))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        for t, o in zip(self.target.variables, self.online.variables):
            t.assign(self.tau * t + (1.0 - self.tau) * o)
        return {"byol": loss}


def build():
    keras.utils.set_random_seed(91)
    rng = np.random.default_rng(91)
    x = rng.normal(size=(64, 16)).astype("float32")
    model = BYOL(16)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, None
