"""Each of 24 scanned cells along the flowline adds a matrix product to the state with nothing to normalise it, so state and gradients grow without bound.
Source: https://github.com/hellopipu/PromptMR-plus/issues/7
"""
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax
from keras import layers

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["snowfield", "flow_kernel", "terminus/kernel"]
NEEDS_TRAINING = False
FIT_RAISES = False


class Flowline(layers.Layer):
    """Carries the ice through all cells with one shared kernel."""

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = cells

    def build(self, input_shape):
        width = input_shape[-1]
        self.flow_kernel = self.add_weight(
            shape=(width, width), initializer="glorot_uniform", name="flow_kernel"
        )

    def call(self, ice):
        kernel = self.flow_kernel.value

        def cell(state, _):
            state = state + jnp.matmul(state, kernel)  # BLAME
            return state, None

        ice, _ = lax.scan(cell, ice, None, length=self.cells)
        return ice


def build():
    keras.utils.set_random_seed(546)
    climate = keras.Input((6,), name="climate")
    h = layers.Dense(12, activation="tanh", name="snowfield")(climate)
    h = Flowline(24, name="flowline")(h)
    front = layers.Dense(1, name="terminus")(h)
    model = keras.Model(climate, front)
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mae")
    rng = np.random.default_rng(546)
    x = rng.normal(size=(48, 6)).astype("float32")
    y = (x[:, :1] + 0.2 * x[:, 1:2]).astype("float32")
    return model, x, y
