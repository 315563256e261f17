"""A causal conv layer declares the length of its input but convolves without padding."""

import keras
import numpy as np
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False
LAYER = "causal"


class Causal(layers.Layer):
    def __init__(self, filters, size, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size = filters, size

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(self.size, shape[-1], self.filters))

    def call(self, x):
        return ops.conv(x, self.kernel, padding="valid")

    def compute_output_shape(self, shape):
        batch, length, _ = shape
        return (batch, length, self.filters)  # BLAME


def build():
    keras.utils.set_random_seed(285)
    series = keras.Input((20, 2))
    h = layers.Activation("tanh")(Causal(5, 4, name="causal")(series))
    model = keras.Model(series, layers.Dense(1, name="next")(layers.GlobalAveragePooling1D()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(285)
    x = rng.normal(size=(64, 20, 2)).astype("float32")
    return model, x, x[:, -1, :1]
