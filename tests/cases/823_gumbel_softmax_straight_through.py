"""Healthy: a categorical VAE with straight-through Gumbel-softmax: argmax and one_hot in the forward pass, soft in the backward."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # straight-through and random


class GumbelOneHot(layers.Layer):
    def __init__(self, tau=0.9, **kwargs):
        super().__init__(**kwargs)
        self.tau = tau

    def call(self, logits):
        u = tf.random.uniform(tf.shape(logits), 1e-6, 1.0 - 1e-6)
        soft = tf.nn.softmax((logits - tf.math.log(-tf.math.log(u))) / self.tau)
        hard = tf.one_hot(tf.argmax(soft, axis=-1), logits.shape[-1])
        return soft + tf.stop_gradient(hard - soft)


class CategoricalVAE(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.enc = layers.Dense(10, activation="tanh", name="enc")
        self.logits = layers.Dense(3 * 4, name="latent_logits")
        self.to_groups = layers.Reshape((3, 4))
        self.gumbel = GumbelOneHot(name="gumbel")
        self.flat = layers.Flatten()
        self.dec = layers.Dense(10, activation="tanh", name="dec")
        self.out = layers.Dense(12, name="pixels")

    def call(self, x):
        logits = self.to_groups(self.logits(self.enc(x)))
        q = tf.nn.softmax(logits)
        entropy = tf.reduce_sum(q * (tf.nn.log_softmax(logits) + tf.math.log(4.0)), axis=[1, 2])
        self.add_loss(0.05 * tf.reduce_mean(entropy))
        return self.out(self.dec(self.flat(self.gumbel(logits))))


def build():
    keras.utils.set_random_seed(623)
    rng = np.random.default_rng(623)
    x = rng.integers(0, 2, (64, 12)).astype("float32")
    model = CategoricalVAE()
    model.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    return model, x, x
