"""Denoising autoencoder with gaussian noise, dropout, tied decoder and an L1 activity penalty.

Source: https://github.com/keras-team/keras/issues/10819
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class TiedDecoder(layers.Layer):
    def __init__(self, encoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder

    def build(self, shape):
        self.back_bias = self.add_weight(name="back_bias", shape=(self.encoder.kernel.shape[0],), initializer="zeros")

    def call(self, code):
        return ops.sigmoid(ops.matmul(code, ops.transpose(self.encoder.kernel)) + self.back_bias)

    def compute_output_shape(self, shape):
        return (shape[0], self.encoder.kernel.shape[0])


def build():
    keras.utils.set_random_seed(1016)
    rng = np.random.default_rng(1016)
    inp = keras.Input((20,))
    h = layers.GaussianNoise(0.1)(inp)
    h = layers.Dropout(0.1)(h)
    enc = layers.Dense(40, activation="relu", activity_regularizer=keras.regularizers.L1(1e-5), name="code")
    code = enc(h)
    out = TiedDecoder(enc, name="decoder")(code)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy")
    proto = (rng.random((5, 20)) < 0.4).astype("float32")
    x = np.abs(proto[rng.integers(0, 5, 96)] - (rng.random((96, 20)) < 0.05)).astype("float32")
    return model, x, x
