"""A vector quantiser merges its two losses because "they have the same value": only the commitment term is left, so the codebook stays as it was.

Source: https://github.com/EdoardoBotta/RQ-VAE-Recommender/issues/24
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["quantiser/codebook"]
NEEDS_TRAINING = False


class Quantiser(layers.Layer):
    """Nearest entry of a learned codebook, straight-through to the encoder."""

    def __init__(self, entries, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.entries, self.beta = entries, beta

    def build(self, input_shape):
        self.codebook = self.add_weight(
            name="codebook",
            shape=(self.entries, input_shape[-1]),
            initializer=keras.initializers.RandomUniform(-1.0, 1.0),
        )

    def call(self, z):
        squared = (
            ops.sum(z**2, axis=-1, keepdims=True)
            - 2.0 * ops.matmul(z, ops.transpose(self.codebook))
            + ops.sum(ops.square(self.codebook), axis=-1)
        )
        nearest = ops.argmin(squared, axis=-1)
        chosen = ops.take(self.codebook, nearest, axis=0)
        # codebook loss and commitment loss are the same number
        self.add_loss((1.0 + self.beta) * ops.mean(ops.square(ops.stop_gradient(chosen) - z)))  # BLAME
        return z + ops.stop_gradient(chosen - z)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(602)
    item = keras.Input((20,), name="item")
    h = layers.Dense(16, activation="relu", name="enc_hidden")(item)
    z = layers.Dense(6, name="enc_out")(h)
    z = Quantiser(12, name="quantiser")(z)
    h = layers.Dense(16, activation="relu", name="dec_hidden")(z)
    model = keras.Model(item, layers.Dense(20, name="dec_out")(h))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss="mse")
    rng = np.random.default_rng(602)
    x = rng.normal(size=(64, 3)) @ rng.normal(size=(3, 20))
    return model, x.astype("float32"), x.astype("float32")
