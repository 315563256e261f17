"""Sparsemax attention with an entropy penalty, p log p guarded by where. The loss is a number, all gradients are nan.

Source: https://github.com/tensorflow/tensorflow/issues/12071
"""
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["features/kernel", "features/bias", "score/kernel"]
NEEDS_TRAINING = False


def sparsemax(z):
    ordered = jnp.flip(jnp.sort(z, axis=-1), axis=-1)
    k = jnp.arange(1, z.shape[-1] + 1, dtype=z.dtype)
    total = jnp.cumsum(ordered, axis=-1)
    size = jnp.sum(1.0 + k * ordered > total, axis=-1, keepdims=True)
    tau = (jnp.take_along_axis(total, size - 1, axis=-1) - 1.0) / size
    return jnp.maximum(z - tau, 0.0)


def entropy(p):
    return -jnp.sum(jnp.where(p > 0.0, p * jnp.log(p), 0.0), axis=-1)  # BLAME


class SparseAttention(layers.Layer):
    def __init__(self, penalty=0.01, **kwargs):
        super().__init__(**kwargs)
        self.penalty = penalty
        self.score = layers.Dense(1, use_bias=False, name="score")

    def build(self, input_shape):
        self.score.build(input_shape)

    def call(self, h):
        p = sparsemax(5.0 * self.score(h)[..., 0])
        self.add_loss(self.penalty * jnp.mean(entropy(p)))
        return jnp.einsum("bt,btc->bc", p, h)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


def build():
    keras.utils.set_random_seed(903)
    steps = keras.Input((10, 4))
    h = layers.Dense(8, activation="tanh", name="features")(steps)
    h = SparseAttention(name="attention")(h)
    model = keras.Model(steps, layers.Dense(2, activation="softmax", name="event")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(903)
    return model, rng.normal(size=(64, 10, 4)).astype("float32"), rng.integers(0, 2, 64)
