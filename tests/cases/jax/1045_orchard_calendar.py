"""The result of `.at[...].add(...)` is thrown away although JAX arrays never change in place, so the seasonal part never reaches the output.
Source: https://github.com/jax-ml/jax/issues/1954
"""
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["bloom_kernel"]
NEEDS_TRAINING = False
FIT_RAISES = False


class PickingCalendar(layers.Layer):
    """Twelve monthly yields: a flat share plus a bump in the bloom months."""

    bloom_months = (4, 5, 6, 7)

    def build(self, input_shape):
        width = input_shape[-1]
        self.flat_kernel = self.add_weight(
            shape=(width, 12), initializer="glorot_uniform", name="flat_kernel"
        )
        self.bloom_kernel = self.add_weight(
            shape=(width, len(self.bloom_months)),
            initializer="glorot_uniform",
            name="bloom_kernel",
        )

    def call(self, orchard):
        months = orchard @ self.flat_kernel.value
        bump = orchard @ self.bloom_kernel.value
        months.at[:, jnp.array(self.bloom_months)].add(bump)  # BLAME
        return months

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 12)


def build():
    keras.utils.set_random_seed(545)
    plot = keras.Input((5,), name="plot")
    h = layers.Dense(9, activation="relu", name="trees")(plot)
    months = PickingCalendar(name="calendar")(h)
    model = keras.Model(plot, months)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(545)
    x = rng.uniform(0, 1, size=(60, 5)).astype("float32")
    y = np.tile(x[:, :1], (1, 12))
    y[:, 4:8] += 2 * x[:, 1:2]
    return model, x, y.astype("float32")
