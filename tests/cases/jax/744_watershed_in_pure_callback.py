"""Region averages come from a numpy routine in jax.pure_callback; stop_gradient was put in front of it when JAX refused to differentiate."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "host-call"
ALSO = ("stop-gradient",)
SYMPTOM = "none"
WEIGHTS = ["cell_conv", "cell_mix"]
NEEDS_TRAINING = False


def region_means(maps):
    """Mean of every map above and below its own median."""
    flat = np.asarray(maps).reshape(maps.shape[0], -1, maps.shape[-1])
    median = np.median(flat, axis=1, keepdims=True)
    upper = flat >= median
    high = (flat * upper).sum(1) / upper.sum(1)
    low = (flat * ~upper).sum(1) / np.maximum((~upper).sum(1), 1)
    return np.concatenate([high, low], axis=-1).astype("float32")


class RegionMeans(layers.Layer):
    def call(self, maps):
        wanted = jax.ShapeDtypeStruct((maps.shape[0], 2 * maps.shape[-1]), jnp.float32)
        return jax.pure_callback(region_means, wanted, jax.lax.stop_gradient(maps))  # BLAME

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 2 * input_shape[-1])


def build():
    keras.utils.set_random_seed(744)
    slide = keras.Input((8, 8, 2), name="slide")
    h = layers.Conv2D(6, 3, activation="relu", name="cell_conv")(slide)
    h = layers.Conv2D(4, 1, name="cell_mix")(h)
    h = RegionMeans(name="regions")(h)
    h = layers.Dense(10, activation="relu", name="grade_hidden")(h)
    model = keras.Model(slide, layers.Dense(1, name="grade")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(744)
    x = rng.normal(size=(64, 8, 8, 2)).astype("float32")
    return model, x, x.std(axis=(1, 2))[:, :1]
