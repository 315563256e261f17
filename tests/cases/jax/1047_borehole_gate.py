"""Depths go into the sigmoid gate in metres, hundreds of them, so the gate sits on its flat end for every sample and its weights get no gradient.
Source: https://stackoverflow.com/questions/52800582/why-do-i-fail-to-predict-y-x4-with-keras-y-x3-works
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["bed_kernel", "bed_offset"]
NEEDS_TRAINING = False
FIT_RAISES = False


class BedGate(layers.Layer):
    """Soft membership of a sample in each of the beds, by depth."""

    def __init__(self, beds, **kwargs):
        super().__init__(**kwargs)
        self.beds = beds

    def build(self, input_shape):
        self.bed_kernel = self.add_weight(
            shape=(1, self.beds),
            initializer=keras.initializers.RandomUniform(0.5, 1.5),
            name="bed_kernel",
        )
        self.bed_offset = self.add_weight(
            shape=(self.beds,), initializer="zeros", name="bed_offset"
        )

    def call(self, log):
        depth, readings = log[:, :1], log[:, 1:]
        member = jax.nn.sigmoid(depth @ self.bed_kernel.value + self.bed_offset.value)  # BLAME
        return jnp.concatenate([member, readings], axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.beds + input_shape[-1] - 1)


def build():
    keras.utils.set_random_seed(547)
    log = keras.Input((5,), name="log")
    h = BedGate(4, name="bed_gate")(log)
    h = layers.Dense(12, activation="tanh", name="rock")(h)
    porosity = layers.Dense(1, name="porosity")(h)
    model = keras.Model(log, porosity)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(547)
    depth = rng.uniform(300, 2400, size=(64, 1))
    readings = rng.normal(size=(64, 4))
    x = np.concatenate([depth, readings], 1).astype("float32")
    y = (np.sin(depth / 300) + 0.5 * readings[:, :1]).astype("float32")
    return model, x, y
