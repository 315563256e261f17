"""A learnable Gabor filter bank was written as a tf.Module and is used inside a keras layer: keras does not track it.

Source: https://github.com/tensorflow/tensorflow/issues/47264
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["center"]
NEEDS_TRAINING = False


class GaborBank(tf.Module):
    """Gaussian-windowed cosines; the centre frequencies are the only parameters, the bandwidth is tied to them"""

    def __init__(self, filters, taps, name=None):
        super().__init__(name=name)
        self.filters, self.taps = filters, taps

    def setup(self):
        mel = np.linspace(np.log(0.02), np.log(0.4), self.filters)
        self.center = tf.Variable(np.exp(mel), dtype=tf.float32, trainable=True, name="center")  # BLAME

    def __call__(self):
        t = tf.range(self.taps, dtype=tf.float32) - (self.taps - 1) / 2.0
        width = 0.5 / self.center
        window = tf.exp(-0.5 * tf.square(t[:, None] / width))
        return window * tf.cos(2.0 * np.pi * self.center * t[:, None]) / width


class GaborFrontEnd(layers.Layer):
    def __init__(self, filters=8, taps=25, stride=4, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.stride = filters, stride
        self.bank = GaborBank(filters, taps, name="gabor")

    def build(self, input_shape):
        self.bank.setup()
        self.floor = self.add_weight(name="floor", shape=(self.filters,), initializer=keras.initializers.Constant(0.1))

    def call(self, wave):
        band = tf.nn.conv1d(wave, self.bank()[:, None, :], stride=self.stride, padding="SAME")
        return tf.math.log(tf.square(band) + tf.nn.softplus(self.floor))

    def compute_output_shape(self, input_shape):
        return input_shape[0], -(-input_shape[1] // self.stride), self.filters


def build():
    keras.utils.set_random_seed(47264)
    wave = keras.Input((96, 1), name="wave")
    h = GaborFrontEnd(name="front_end")(wave)
    h = layers.Conv1D(12, 3, activation="relu", name="temporal")(h)
    h = layers.GlobalAveragePooling1D(name="pool")(h)
    model = keras.Model(wave, layers.Dense(4, activation="softmax", name="bird")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(47264)
    y = rng.integers(0, 4, 64)
    t = np.arange(96)[None, :]
    f = np.array([0.03, 0.08, 0.15, 0.3])[y][:, None]
    x = np.sin(2 * np.pi * f * t + rng.uniform(0, 6, (64, 1))) + rng.normal(scale=0.2, size=(64, 96))
    return model, x[..., None].astype("float32"), y
