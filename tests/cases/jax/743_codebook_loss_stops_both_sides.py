"""VQ auto-encoder: the straight-through step is right, but the codebook loss has stop_gradient on both sides: the codebook never moves."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["codebook"]
NEEDS_TRAINING = False
FD = False  # straight-through


class VectorQuantizer(layers.Layer):
    def __init__(self, codes, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.codes, self.beta = codes, beta

    def build(self, input_shape):
        self.codebook = self.add_weight(
            name="codebook", shape=(self.codes, input_shape[-1]), initializer="random_normal"
        )

    def call(self, z):
        book = self.codebook.value
        distance = jnp.sum((z[..., None, :] - book) ** 2, axis=-1)
        quantised = jnp.take(book, jnp.argmin(distance, axis=-1), axis=0)
        frozen = jax.lax.stop_gradient(quantised)
        codebook_loss = jnp.mean((jax.lax.stop_gradient(z) - frozen) ** 2)  # BLAME
        commitment = jnp.mean((z - frozen) ** 2)
        self.add_loss(codebook_loss + self.beta * commitment)
        return z + jax.lax.stop_gradient(quantised - z)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(743)
    sound = keras.Input((16, 2), name="sound")
    h = layers.Conv1D(12, 4, strides=2, padding="same", activation="relu", name="enc_conv")(sound)
    z = layers.Conv1D(6, 1, name="enc_code")(h)
    q = VectorQuantizer(20, name="quantise")(z)
    h = layers.Conv1DTranspose(12, 4, strides=2, padding="same", activation="relu", name="dec_conv")(q)
    model = keras.Model(sound, layers.Conv1D(2, 1, name="dec_out")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mse")
    rng = np.random.default_rng(743)
    phase = rng.uniform(0, 6.28, (64, 1, 2))
    x = np.sin(phase + np.linspace(0, 6, 16)[None, :, None]).astype("float32")
    return model, x, x
