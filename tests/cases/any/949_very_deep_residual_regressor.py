"""Many residual layers on tabular data, because more is better.

Source: https://github.com/keras-team/keras/issues/2194
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["lift", "res_0/"]
NEEDS_TRAINING = False


class Residual(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.fc1 = layers.Dense(units, activation="relu", kernel_initializer="he_normal", name="fc1")
        self.fc2 = layers.Dense(units, kernel_initializer="he_normal", name="fc2")

    def build(self, shape):
        self.fc1.build(shape)
        self.fc2.build(shape)

    def call(self, x):
        h = self.fc2(self.fc1(x))
        return x + h  # BLAME

    def compute_output_shape(self, shape):
        return shape


def build():
    keras.utils.set_random_seed(1013)
    rng = np.random.default_rng(1013)
    inp = keras.Input((8,))
    h = layers.Dense(16, name="lift")(inp)
    for i in range(24):
        h = Residual(16, name=f"res_{i}")(h)
    out = layers.Dense(1, name="out")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.SGD(1e-3), loss="mse")
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, x[:, :1] - x[:, 1:2]
