"""A transposed conv layer creates a bias that its call never reads."""

import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["upscale/shift"]
NEEDS_TRAINING = False


class Upscale(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(3, 3, self.filters, shape[-1]))
        self.shift = self.add_weight(name="shift", shape=(self.filters,))  # BLAME

    def call(self, x):
        return ops.conv_transpose(x, self.kernel, strides=2, padding="same")


def build():
    keras.utils.set_random_seed(205)
    small = keras.Input((4, 4, 2))
    h = Upscale(4, name="upscale")(small)
    model = keras.Model(small, layers.Conv2D(1, 3, padding="same", name="paint")(layers.ELU()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(205)
    x = rng.random((64, 4, 4, 2)).astype("float32")
    return model, x, np.repeat(np.repeat(x[..., :1], 2, 1), 2, 2)
