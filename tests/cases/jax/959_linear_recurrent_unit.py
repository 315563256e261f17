"""LRU with an associative scan, stable parametrisation, gradient clipping.

Source: https://github.com/jax-ml/jax/issues/3058
"""
import jax
import jax.numpy as jnp
import numpy as np
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def combine(left, right):
    a1, b1 = left
    a2, b2 = right
    return a1 * a2, a2 * b1 + b2


class LRU(layers.Layer):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def build(self, shape):
        self.nu = self.add_weight(name="nu", shape=(self.width,), initializer=keras.initializers.RandomUniform(-3.0, -0.5))
        self.b = self.add_weight(name="b", shape=(shape[-1], self.width), initializer="glorot_uniform")
        self.c = self.add_weight(name="c", shape=(self.width, shape[-1]), initializer="glorot_uniform")
        self.d = self.add_weight(name="d", shape=(shape[-1],), initializer="ones")

    def call(self, x):
        a = jnp.exp(-jnp.exp(self.nu.value))
        u = jnp.sqrt(1.0 - a**2) * jnp.dot(x, self.b.value)
        _, h = jax.lax.associative_scan(combine, (jnp.broadcast_to(a, u.shape), u), axis=1)
        return x + jax.nn.gelu(jnp.dot(h, self.c.value) + self.d.value * x)

    def compute_output_shape(self, shape):
        return shape


def build():
    keras.utils.set_random_seed(2007)
    rng = np.random.default_rng(2007)
    seq = keras.Input((24, 3))
    h = layers.Dense(12, name="enc")(seq)
    h = LRU(16, name="lru_0")(h)
    h = LRU(16, name="lru_1")(h)
    out = layers.Dense(1, name="dec")(layers.GlobalAveragePooling1D()(h))
    model = keras.Model(seq, out)
    model.compile(optimizer=keras.optimizers.Adam(3e-3, global_clipnorm=1.0), loss="mse")
    x = rng.normal(size=(96, 24, 3)).astype("float32")
    return model, x, (x[:, ::2, 0].sum(1) / 4.0)[:, None]
