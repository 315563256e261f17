"""Healthy: Fourier neural operator layers; real and imaginary parts of the spectral weights are put together with tf.complex.

Source: https://github.com/tensorflow/tensorflow/issues/3346
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class SpectralConv1D(layers.Layer):
    def __init__(self, channels, modes, **kwargs):
        super().__init__(**kwargs)
        self.channels, self.modes = channels, modes

    def build(self, input_shape):
        shape = (self.modes, input_shape[-1], self.channels)
        init = keras.initializers.RandomNormal(stddev=1.0 / input_shape[-1])
        self.real = self.add_weight(name="real", shape=shape, initializer=init)
        self.imag = self.add_weight(name="imag", shape=shape, initializer=init)
        self.skip = self.add_weight(name="skip", shape=shape[1:], initializer="glorot_uniform")

    def call(self, x):
        length = x.shape[1]
        spectrum = tf.signal.rfft(tf.transpose(x, (0, 2, 1)))[..., : self.modes]
        w = tf.complex(tf.convert_to_tensor(self.real), tf.convert_to_tensor(self.imag))
        mixed = tf.einsum("bck,kcd->bdk", spectrum, w)
        mixed = tf.pad(mixed, ((0, 0), (0, 0), (0, length // 2 + 1 - self.modes)))
        y = tf.transpose(tf.signal.irfft(mixed, fft_length=[length]), (0, 2, 1))
        return tf.nn.gelu(y + tf.matmul(x, self.skip))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.channels)


def build():
    keras.utils.set_random_seed(751)
    start = keras.Input((32, 1), name="u0")
    h = layers.Dense(8, name="lift")(start)
    h = SpectralConv1D(8, 6, name="spectral_a")(h)
    h = SpectralConv1D(8, 6, name="spectral_b")(h)
    model = keras.Model(start, layers.Dense(1, name="project")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(751)
    t = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    phase = rng.uniform(0, 2 * np.pi, (64, 1))
    x = np.sin(t + phase) + 0.5 * np.cos(2 * t - phase)
    return model, x[..., None].astype("float32"), np.roll(x, 4, axis=1)[..., None].astype("float32")
