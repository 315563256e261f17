"""A normalising flow ported from Sonnet keeps its scale and shift in a tf.Module; a Keras 3 layer does not look into tf.Modules."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["log_scale"]
NEEDS_TRAINING = False


class ActNorm(tf.Module):
    def __init__(self, channels, name=None):
        super().__init__(name=name)
        self.log_scale = tf.Variable(tf.zeros((channels,)), name="log_scale")  # BLAME

    def __call__(self, x):
        return x * tf.exp(self.log_scale)


class FlowStep(layers.Layer):
    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.norm = ActNorm(channels)
        self.shift_net = layers.Dense(channels // 2, activation="tanh", name="shift_net")

    def call(self, x):
        x = self.norm(x)
        a, b = tf.split(x, 2, axis=-1)
        return tf.concat([b + self.shift_net(a), a], axis=-1)


def build():
    keras.utils.set_random_seed(611)
    x_in = keras.Input((4,))
    z = FlowStep(4, name="step")(x_in)
    out = layers.Dense(4, name="mix")(z)
    model = keras.Model(x_in, out)
    model.compile(optimizer="adam", loss=lambda y, z: 0.5 * tf.reduce_mean(tf.square(z - y), axis=-1))
    rng = np.random.default_rng(611)
    x = rng.normal(size=(64, 4)).astype("float32")
    return model, x, rng.normal(size=(64, 4)).astype("float32")
