"""A layer calls `.numpy()` on a symbolic tensor: the compiled step raises before it runs."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "raises"
WEIGHTS = ["embed"]
NEEDS_TRAINING = False
RAISES = "numpy"
FIT_RAISES = True


class Whitening(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.embed = layers.Dense(4, name="embed")
        self.out = layers.Dense(1, name="out")

    def whiten(self, h):
        spread = np.cov(h.numpy().T)  # BLAME
        return tf.matmul(h, tf.constant(np.linalg.inv(spread + np.eye(4)), tf.float32))

    def call(self, x):
        return self.out(self.whiten(self.embed(x)))


def build():
    keras.utils.set_random_seed(219)
    rng = np.random.default_rng(219)
    x = rng.normal(size=(64, 3)).astype("float32")
    model = Whitening()
    model.embed.build((None, 3))
    model.out.build((None, 4))
    model.compile(optimizer="adam", loss="mse")
    return model, x, x[:, :1]
