"""VQ autoencoder: reconstruction is so-so and the codebook vectors stay where they were initialised.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["codes"]
NEEDS_TRAINING = False


class Quantiser(layers.Layer):
    def __init__(self, n_codes, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.n_codes, self.beta = n_codes, beta

    def build(self, input_shape):
        uniform = keras.initializers.RandomUniform(-0.5, 0.5)
        self.codes = self.add_weight(name="codes", shape=(self.n_codes, input_shape[-1]), initializer=uniform)

    def quantisation_loss(self, z, q):
        codebook = ops.mean(ops.square(ops.stop_gradient(q) - ops.stop_gradient(z)))  # BLAME
        commitment = ops.mean(ops.square(z - ops.stop_gradient(q)))
        return codebook + self.beta * commitment

    def call(self, z):
        distance = ops.sum(ops.square(z[:, None, :] - self.codes[None]), axis=-1)
        q = ops.take(self.codes, ops.argmin(distance, axis=-1), axis=0)
        self.add_loss(self.quantisation_loss(z, q))
        return z + ops.stop_gradient(q - z)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(806)
    x_in = keras.Input((10,))
    h = layers.Dense(16, activation="relu", name="enc_1")(x_in)
    z = layers.Dense(3, name="enc_2")(h)
    q = Quantiser(12, name="quantiser")(z)
    h = layers.Dense(16, activation="relu", name="dec_1")(q)
    model = keras.Model(x_in, layers.Dense(10, name="dec_2")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(806)
    x = (rng.normal(size=(64, 3)) @ rng.normal(size=(3, 10))).astype("float32")
    return model, x, x
