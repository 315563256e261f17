"""`where` hides the square root of a negative head in the forward pass only; in the backward pass its NaN is multiplied by zero and stays NaN.
Source: https://github.com/jax-ml/jax/pull/1538
"""
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["catchment", "head"]
NEEDS_TRAINING = False
FIT_RAISES = False


class WeirFlow(layers.Layer):
    """Flow over the crest, none where the water stands below it."""

    def call(self, head):
        flow = jnp.where(head > 0.0, head * jnp.sqrt(head), 0.0)  # BLAME
        return 1.7 * flow


def build():
    keras.utils.set_random_seed(542)
    rain = keras.Input((6,), name="rain")
    h = layers.Dense(10, activation="relu", name="catchment")(rain)
    head = layers.Dense(4, name="head")(h)
    flow = WeirFlow(name="weirs")(head)
    total = layers.Dense(1, name="river")(flow)
    model = keras.Model(rain, total)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    rng = np.random.default_rng(542)
    x = rng.gamma(2.0, 0.5, size=(64, 6)).astype("float32")
    y = (np.maximum(x.sum(1, keepdims=True) - 5.0, 0.0) ** 1.5).astype("float32")
    return model, x, y
