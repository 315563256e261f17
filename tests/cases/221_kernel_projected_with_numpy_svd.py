"""A spectral layer projects its kernel in NumPy; an eager step then multiplies with a constant."""

import keras
import numpy as np
from keras import layers, ops

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["spectral/kernel"]
NEEDS_TRAINING = False


def nearest_orthogonal(matrix):
    left, _, right = np.linalg.svd(np.asarray(matrix), full_matrices=False)  # BLAME
    return left @ right


class SpectralDense(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))
        self.gain = self.add_weight(name="gain", shape=(self.units,), initializer="ones")

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)

    def call(self, x):
        return ops.matmul(x, nearest_orthogonal(self.kernel)) * self.gain


def build():
    keras.utils.set_random_seed(221)
    rows = keras.Input((6,))
    h = layers.Activation("selu")(SpectralDense(4, name="spectral")(rows))
    model = keras.Model(rows, layers.Dense(1, name="price")(h))
    model.compile(optimizer="adam", loss="mse", run_eagerly=True)
    rng = np.random.default_rng(221)
    x = rng.normal(size=(64, 6)).astype("float32")
    return model, x, x[:, :1] - x[:, 1:2]
