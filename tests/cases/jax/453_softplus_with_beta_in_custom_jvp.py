"""Sharp softplus with a numerically stable custom_jvp, used in one of the two branches of a monotone density net.

Source: own, after a common kind of question (no single thread)
"""
import functools

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["sharp_fc"]
NEEDS_TRAINING = False


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def softplus(x, beta):
    return jnp.logaddexp(beta * x, 0.0) / beta


@softplus.defjvp
def softplus_jvp(beta, primals, tangents):
    (x,), (dx,) = primals, tangents
    return softplus(x, beta), jax.nn.sigmoid(x) * dx  # BLAME


class Softplus(layers.Layer):
    def __init__(self, beta, **kwargs):
        super().__init__(**kwargs)
        self.beta = beta

    def call(self, x):
        return softplus(x, self.beta)


def build():
    keras.utils.set_random_seed(905)
    x_in = keras.Input((6,))
    a = layers.Dense(12, name="soft_fc")(x_in)
    a = Softplus(1.0, name="soft")(a)
    b = layers.Dense(12, name="sharp_fc")(x_in)
    b = Softplus(8.0, name="sharp")(b)
    h = layers.Concatenate()([a, b])
    model = keras.Model(x_in, layers.Dense(1, name="log_density")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(905)
    x = rng.normal(size=(64, 6)).astype("float32")
    return model, x, -0.5 * np.square(x).sum(1, keepdims=True).astype("float32")
