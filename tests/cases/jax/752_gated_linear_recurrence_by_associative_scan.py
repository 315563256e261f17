"""Healthy: a gated linear recurrence with lax.associative_scan, followed by an expert choice whose gate value multiplies the result."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # the hard choice of an expert jumps


class GatedRecurrence(layers.Layer):
    """h[t] = a[t] h[t-1] + (1 - a[t]) v[t], all steps in parallel."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.gate_kernel = self.add_weight(name="gate_kernel", shape=(input_shape[-1], self.units))
        self.gate_bias = self.add_weight(name="gate_bias", shape=(self.units,), initializer="ones")
        self.value_kernel = self.add_weight(name="value_kernel", shape=(input_shape[-1], self.units))

    def call(self, x):
        a = jax.nn.sigmoid(x @ self.gate_kernel.value + self.gate_bias.value)
        v = (1.0 - a) * (x @ self.value_kernel.value)

        def combine(left, right):
            return left[0] * right[0], right[0] * left[1] + right[1]

        _, h = jax.lax.associative_scan(combine, (a, v), axis=1)
        return h

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


class SwitchExperts(layers.Layer):
    """Every token goes to its best expert, scaled by the probability of the choice."""

    def __init__(self, experts, **kwargs):
        super().__init__(**kwargs)
        self.experts = experts

    def build(self, input_shape):
        width = input_shape[-1]
        self.router = self.add_weight(name="router", shape=(width, self.experts))
        self.kernels = self.add_weight(name="kernels", shape=(self.experts, width, width))

    def call(self, x):
        p = jax.nn.softmax(x @ self.router.value)
        best = jnp.argmax(p, axis=-1)
        chosen = jnp.take_along_axis(p, best[..., None], axis=-1)
        every = jnp.einsum("btd,edf->btef", x, self.kernels.value)
        picked = jnp.take_along_axis(every, best[..., None, None], axis=2)[:, :, 0]
        return x + chosen * jax.nn.gelu(picked)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(752)
    tokens = keras.Input((10,), dtype="int32", name="tokens")
    h = layers.Embedding(20, 8, name="words")(tokens)
    h = GatedRecurrence(8, name="recurrence")(h)
    h = SwitchExperts(3, name="experts")(h)
    model = keras.Model(tokens, layers.Dense(20, name="next_token")(h))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=loss)
    rng = np.random.default_rng(752)
    x = (rng.integers(0, 20, (64, 1)) + np.arange(11) * rng.integers(1, 3, (64, 1))) % 20
    return model, x[:, :-1].astype("int32"), x[:, 1:].astype("int32")
