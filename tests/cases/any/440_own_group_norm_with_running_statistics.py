"""Healthy: own normalisation layer; the moving statistics are detached and updated by assign, gamma and beta are learnt.

Source: https://github.com/keras-team/keras/issues/16128
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class RunningNorm(layers.Layer):
    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer="ones")
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros")
        self.mean = self.add_weight(name="mean", shape=shape, initializer="zeros", trainable=False)
        self.var = self.add_weight(name="var", shape=shape, initializer="ones", trainable=False)

    def call(self, x, training=False):
        if training:
            mean, var = ops.mean(x, axis=0), ops.var(x, axis=0)
            m = self.momentum
            self.mean.assign(m * self.mean + (1 - m) * ops.stop_gradient(mean))
            self.var.assign(m * self.var + (1 - m) * ops.stop_gradient(var))
        else:
            mean, var = self.mean, self.var
        return self.gamma * (x - mean) / ops.sqrt(var + 1e-3) + self.beta


def build():
    keras.utils.set_random_seed(851)
    x_in = keras.Input((8,))
    h = layers.Dense(16, use_bias=False, name="fc_1")(x_in)
    h = RunningNorm(name="norm_1")(h)
    h = layers.Activation("gelu")(h)
    h = layers.Dense(16, use_bias=False, name="fc_2")(h)
    h = RunningNorm(name="norm_2")(h)
    h = layers.Activation("gelu")(h)
    model = keras.Model(x_in, layers.Dense(2, name="targets")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="huber")
    rng = np.random.default_rng(851)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, np.stack([x[:, 0] * x[:, 1], np.abs(x[:, 2])], 1).astype("float32")
