"""Dense layers whose kernels are kept on a fixed point grid for an FPGA.

Source: https://github.com/tensorflow/tensorflow/issues/5888
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers

CODE = "zero-derivative"
ALSO = ("non-differentiable",)
SYMPTOM = "zero"
WEIGHTS = ["fix_1/kernel", "fix_2/kernel"]
NEEDS_TRAINING = False


def to_grid(w, frac_bits, int_bits):
    scale = 2.0**frac_bits
    q = jnp.round(w * scale) / scale  # BLAME
    limit = 2.0**int_bits
    return jnp.clip(q, -limit, limit - 1.0 / scale)


class FixedPointDense(layers.Layer):
    def __init__(self, units, frac_bits=5, int_bits=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.frac_bits, self.int_bits = frac_bits, int_bits

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x):
        k = to_grid(self.kernel.value, self.frac_bits, self.int_bits)
        return jnp.dot(x, k) + self.bias.value

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(2003)
    rng = np.random.default_rng(2003)
    inp = keras.Input((12,))
    h = FixedPointDense(24, name="fix_1")(inp)
    h = layers.LeakyReLU(0.1)(h)
    h = FixedPointDense(16, name="fix_2")(h)
    h = layers.LeakyReLU(0.1)(h)
    out = layers.Dense(2, activation="softmax", name="float_out")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    x = rng.normal(size=(64, 12)).astype("float32")
    return model, x, (x[:, 0] > x[:, 1]).astype("int32")
