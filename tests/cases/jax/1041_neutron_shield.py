"""The hand-written backward rule gives the matrix its gradient but returns zeros for the incoming vector, so the layers before it get nothing.
Source: https://github.com/jax-ml/jax/issues/17496
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "wrong-derivative"
ALSO = ("zero-derivative",)
SYMPTOM = "zero"
WEIGHTS = ["beam_in"]
NEEDS_TRAINING = False
FIT_RAISES = False


@jax.custom_vjp
def absorb(flux, slab):
    return flux @ slab


def absorb_fwd(flux, slab):
    return flux @ slab, (flux, slab)


def absorb_bwd(kept, ct):
    flux, slab = kept
    d_slab = flux.T @ ct
    return jnp.zeros_like(flux), d_slab  # BLAME


absorb.defvjp(absorb_fwd, absorb_bwd)


class Slab(layers.Layer):
    def __init__(self, groups, **kwargs):
        super().__init__(**kwargs)
        self.groups = groups

    def build(self, input_shape):
        self.slab = self.add_weight(
            shape=(input_shape[-1], self.groups), initializer="glorot_uniform", name="slab"
        )

    def call(self, flux):
        return absorb(flux, self.slab.value)


def build():
    keras.utils.set_random_seed(541)
    beam = keras.Input((5,), name="beam")
    h = layers.Dense(8, activation="tanh", name="beam_in")(beam)
    h = Slab(6, name="concrete")(h)
    dose = layers.Dense(1, name="dose")(layers.Activation("elu")(h))
    model = keras.Model(beam, dose)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(541)
    x = rng.normal(size=(48, 5)).astype("float32")
    y = np.tanh(x[:, :1] * x[:, 1:2] + x[:, 2:3]).astype("float32")
    return model, x, y
