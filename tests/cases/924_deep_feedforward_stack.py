"""Stack of transformer-style feed forward blocks on tabular rows.

Source: https://github.com/keras-team/keras/issues/15676
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["tokens", "ffn_0/"]
NEEDS_TRAINING = False

INIT = keras.initializers.TruncatedNormal(stddev=0.02)


class FFN(layers.Layer):
    def __init__(self, dim, mult=4, **kwargs):
        super().__init__(**kwargs)
        self.up = layers.Dense(dim * mult, activation="gelu", kernel_initializer=INIT, name="up")
        self.down = layers.Dense(dim, kernel_initializer=INIT, name="down")

    def build(self, shape):
        self.up.build(shape)
        self.down.build((*shape[:-1], self.up.units))

    def call(self, x):
        h = self.up(x)
        h = self.down(h)
        return h  # BLAME


class Net(keras.Model):
    def __init__(self, depth=6, dim=16):
        super().__init__()
        self.tokens = layers.Dense(dim, name="tokens")
        self.blocks = [FFN(dim, name=f"ffn_{i}") for i in range(depth)]
        self.head = layers.Dense(3, name="head")

    def call(self, x):
        h = self.tokens(x)
        for block in self.blocks:
            h = block(h)
        return self.head(h)


def build():
    keras.utils.set_random_seed(241)
    rng = np.random.default_rng(241)
    x = rng.normal(size=(64, 12)).astype("float32")
    y = rng.integers(0, 3, 64)
    model = Net()
    model(x[:2])
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, x, y
