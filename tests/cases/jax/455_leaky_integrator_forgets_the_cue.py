"""A cue at the first step has to be remembered over 40 steps by a leaky integrator run in lax.scan; the cue weights do not move.

Source: own, after a common kind of question (no single thread)
"""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["cue_encoder"]
NEEDS_TRAINING = False


class LeakyIntegrator(layers.Layer):
    def __init__(self, dt=0.5, tau=1.0, **kwargs):
        super().__init__(**kwargs)
        self.dt, self.tau = dt, tau

    def build(self, input_shape):
        start, drive = input_shape
        near = keras.initializers.RandomNormal(stddev=0.2)
        self.w_drive = self.add_weight(name="w_drive", shape=(drive[-1], start[-1]), initializer=near)

    def call(self, inputs):
        start, drive = inputs
        currents = jnp.swapaxes(jnp.dot(drive, self.w_drive.value), 0, 1)

        def step(v, current):
            v = v + self.dt / self.tau * (jnp.tanh(current) - v)  # BLAME
            return v, None

        v, _ = jax.lax.scan(step, start, currents)
        return v

    def compute_output_shape(self, input_shape):
        return input_shape[0]


def build():
    keras.utils.set_random_seed(909)
    cue = keras.Input((4,), name="cue")
    drive = keras.Input((40, 2), name="drive")
    start = layers.Dense(12, name="cue_encoder")(cue)
    v = LeakyIntegrator(name="integrator")([start, drive])
    model = keras.Model([cue, drive], layers.Dense(1, activation="sigmoid", name="choice")(v))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy")
    rng = np.random.default_rng(909)
    a = rng.normal(size=(64, 4)).astype("float32")
    b = rng.normal(size=(64, 40, 2)).astype("float32")
    return model, [a, b], (a[:, :1] > 0).astype("float32")
