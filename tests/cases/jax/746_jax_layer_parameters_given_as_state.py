"""A ported JAX function is wrapped with JaxLayer, but its parameters are handed over as state=: they become non-trainable variables."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["mixer/"]
NEEDS_TRAINING = False


def mixer(state, inputs):
    tokens = jnp.einsum("btc,ts->bsc", inputs, state["tokens"])
    channels = jax.nn.gelu(tokens @ state["channels"])
    return inputs + channels, state


def mixer_parameters(steps, width):
    first, second = jax.random.split(jax.random.key(746))
    return {
        "tokens": jax.random.normal(first, (steps, steps)) / steps**0.5,
        "channels": jax.random.normal(second, (width, width)) / width**0.5,
    }


def build():
    keras.utils.set_random_seed(746)
    weather = keras.Input((6, 4), name="weather")
    h = layers.Dense(8, activation="relu", name="lift")(weather)
    h = layers.JaxLayer(mixer, state=mixer_parameters(6, 8), name="mixer")(h)  # BLAME
    h = layers.Flatten()(h)
    model = keras.Model(weather, layers.Dense(1, name="wind")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(746)
    x = rng.normal(size=(64, 6, 4)).astype("float32")
    return model, x, (x[:, 0, :1] * x[:, 3, 1:2]).astype("float32")
