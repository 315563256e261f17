"""Mixture of experts with top-1 routing in JAX: the experts learn, the router stays as it was at the start.

Source: own, after a common kind of question (no single thread)
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "non-differentiable"
ALSO = ("zero-derivative",)
SYMPTOM = "none"
WEIGHTS = ["router"]
NEEDS_TRAINING = False


def dispatch(logits, n_experts):
    return jax.nn.one_hot(jnp.argmax(logits, axis=-1), n_experts)  # BLAME


class SwitchFFN(layers.Layer):
    def __init__(self, n_experts, hidden, **kwargs):
        super().__init__(**kwargs)
        self.n_experts, self.hidden = n_experts, hidden

    def build(self, input_shape):
        d = input_shape[-1]
        near = keras.initializers.RandomNormal(stddev=0.3)
        self.router = self.add_weight(name="router", shape=(d, self.n_experts), initializer=near)
        self.w_in = self.add_weight(name="w_in", shape=(self.n_experts, d, self.hidden), initializer=near)
        self.w_out = self.add_weight(name="w_out", shape=(self.n_experts, self.hidden, d), initializer=near)

    def call(self, x):
        probs = jax.nn.softmax(jnp.dot(x, self.router.value))
        chosen = dispatch(probs, self.n_experts)
        h = jax.nn.gelu(jnp.einsum("bd,edh->beh", x, self.w_in.value))
        y = jnp.einsum("beh,ehd->bed", h, self.w_out.value)
        return x + jnp.einsum("bed,be->bd", y, chosen)


def build():
    keras.utils.set_random_seed(901)
    x_in = keras.Input((8,))
    h = layers.Dense(12, activation="tanh", name="stem")(x_in)
    h = SwitchFFN(3, 16, name="switch")(h)
    model = keras.Model(x_in, layers.Dense(1, name="target")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(901)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, np.where(x[:, :1] > 0, x[:, 1:2], -x[:, 2:3]).astype("float32")
