"""Chebyshev graph convolution on a ring of sensors.

Source: https://github.com/keras-team/keras-io/pull/2304
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["cheb_1/theta_3", "cheb_2/theta_3"]
NEEDS_TRAINING = False


def ring_laplacian(n):
    a = np.roll(np.eye(n), 1, 0) + np.roll(np.eye(n), -1, 0)
    return (-a / 2.0).astype("float32")


class ChebConv(layers.Layer):
    def __init__(self, units, laplacian, order=3, **kwargs):
        super().__init__(**kwargs)
        self.units, self.order = units, order
        self.lap = laplacian

    def build(self, shape):
        self.thetas = []
        for k in range(self.order + 1):
            self.thetas.append(self.add_weight(name=f"theta_{k}", shape=(shape[-1], self.units), initializer="glorot_uniform"))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def polynomials(self, x):
        lap = ops.convert_to_tensor(self.lap)
        t = [x, ops.matmul(lap, x)]
        while len(t) < self.order:  # BLAME
            t.append(2.0 * ops.matmul(lap, t[-1]) - t[-2])
        return t

    def call(self, x):
        out = self.bias
        for poly, theta in zip(self.polynomials(x), self.thetas):
            out = out + ops.matmul(poly, theta)
        return ops.elu(out)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(1014)
    rng = np.random.default_rng(1014)
    lap = ring_laplacian(10)
    inp = keras.Input((10, 3))
    h = ChebConv(8, lap, name="cheb_1")(inp)
    h = ChebConv(8, lap, name="cheb_2")(h)
    out = layers.Dense(1, name="next")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="mse")
    x = rng.normal(size=(64, 10, 3)).astype("float32")
    return model, x, np.roll(x[..., :1], 2, axis=1)
