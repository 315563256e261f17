"""Leaky integrate and fire neurons as a Keras RNN cell, rates are read out by a Dense layer.

Source: https://github.com/fangwei123456/spikingjelly/issues/268
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-differentiable"
ALSO = ("zero-derivative",)
SYMPTOM = "none"
WEIGHTS = ["lif/", "current"]
NEEDS_TRAINING = False


class LIFCell(layers.Layer):
    def __init__(self, n_rec, thr=0.6, tau=20.0, dt=4.0, **kwargs):
        super().__init__(**kwargs)
        self.n_rec = n_rec
        self.thr = thr
        self.decay = float(np.exp(-dt / tau))
        self.state_size = [n_rec, n_rec]
        self.output_size = n_rec

    def build(self, input_shape):
        self.w_in = self.add_weight(shape=(input_shape[-1], self.n_rec), name="w_in", initializer="glorot_normal")
        self.w_rec = self.add_weight(shape=(self.n_rec, self.n_rec), name="w_rec", initializer=keras.initializers.RandomNormal(stddev=0.1))

    def spike(self, v):
        z = tf.cast(tf.greater(v, self.thr), self.compute_dtype)  # BLAME
        return z

    def call(self, inputs, states):
        v, z = states
        i_t = tf.matmul(inputs, self.w_in) + tf.matmul(z, self.w_rec)
        new_v = self.decay * v + i_t - self.thr * z
        new_z = self.spike(new_v)
        return new_z, [new_v, new_z]


def build():
    keras.utils.set_random_seed(21)
    rng = np.random.default_rng(21)
    seq = keras.Input((12, 6), name="events")
    h = layers.Dense(10, name="current")(seq)
    z = layers.RNN(LIFCell(16, name="cell"), return_sequences=True, name="lif")(h)
    rate = layers.GlobalAveragePooling1D()(z)
    out = layers.Dense(3, activation="softmax", name="readout")(rate)
    model = keras.Model(seq, out)
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    y = rng.integers(0, 3, 64)
    x = rng.poisson(0.5 + y[:, None, None] * np.linspace(0, 1, 6), size=(64, 12, 6)).astype("float32")
    return model, x, y
