"""Healthy: the encoder's output is binarised with sign() behind a stop_gradient, but written as z + stop_gradient(sign(z) - z), so the gradient passes straight through and everything trains.
Source: https://github.com/zalandoresearch/pytorch-vq-vae/issues/6
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class PlusMinusCode(layers.Layer):
    """Turns real numbers into +1 / -1 bits, to index bird calls in a small table."""

    def call(self, z):
        squeezed = ops.tanh(z)
        bits = ops.sign(squeezed)
        return squeezed + ops.stop_gradient(bits - squeezed)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(14)
    rng = np.random.default_rng(14)
    call_in = keras.Input((20,), name="mel_bins")
    h = layers.Dense(24, activation="relu", name="syrinx_dense")(call_in)
    z = layers.Dense(12, name="code_logits")(h)
    bits = PlusMinusCode(name="bit_code")(z)
    h = layers.Dense(24, activation="relu", name="unpack_dense")(bits)
    back = layers.Dense(20, name="mel_back")(h)
    model = keras.Model(call_in, back, name="birdcall_bits")
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
    species = rng.normal(size=(5, 20))
    which = rng.integers(0, 5, size=80)
    x = (species[which] + 0.1 * rng.normal(size=(80, 20))).astype("float32")
    return model, x, x.copy()
