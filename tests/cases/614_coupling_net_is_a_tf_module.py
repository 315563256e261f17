"""A RealNVP flow was ported from TF 2: its coupling nets are tf.Modules with tf.Variables, which a Keras 3 layer does not track."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["coupling_kernel"]
NEEDS_TRAINING = False


class CouplingNet(tf.Module):
    def __init__(self, sizes, seed, name=None):
        super().__init__(name=name)
        rng = np.random.default_rng(seed)
        self.kernels = [
            tf.Variable((rng.normal(size=(a, b)) / np.sqrt(a)).astype("float32"), name="coupling_kernel")  # BLAME
            for a, b in zip(sizes[:-1], sizes[1:])
        ]

    def __call__(self, x):
        for kernel in self.kernels[:-1]:
            x = tf.tanh(x @ kernel)
        return x @ self.kernels[-1]


class Coupling(layers.Layer):
    def __init__(self, flip, seed, **kwargs):
        super().__init__(**kwargs)
        self.flip = flip
        self.net = CouplingNet((2, 8, 4), seed)

    def build(self, input_shape):
        self.log_gain = self.add_weight(name="log_gain", shape=(4,), initializer="zeros")

    def call(self, x):
        a, b = tf.split(x, 2, axis=-1)
        if self.flip:
            a, b = b, a
        scale, shift = tf.split(self.net(a), 2, axis=-1)
        scale = tf.tanh(scale)
        b = b * tf.exp(scale) + shift
        z = tf.concat([b, a] if self.flip else [a, b], axis=-1) * tf.exp(self.log_gain)
        return z, tf.reduce_sum(scale, axis=-1, keepdims=True) + tf.reduce_sum(self.log_gain)


class Flow(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.couplings = [Coupling(i % 2 == 1, i, name=f"coupling_{i}") for i in range(3)]

    def call(self, x):
        log_det = 0.0
        for coupling in self.couplings:
            x, d = coupling(x)
            log_det = log_det + d
        return log_det - 0.5 * tf.reduce_sum(tf.square(x), axis=-1, keepdims=True)


def negative_log_likelihood(y_true, log_prob):
    return -log_prob


def build():
    keras.utils.set_random_seed(614)
    model = Flow()
    model.compile(optimizer="adam", loss=negative_log_likelihood)
    rng = np.random.default_rng(614)
    x = (rng.normal(size=(64, 4)) * [1, 2, 0.5, 1] + 0.3).astype("float32")
    return model, x, np.zeros((64, 1), "float32")
