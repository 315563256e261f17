"""A policy is to be trained through a learned world model, but the action handed over is a jax.random.categorical sample."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["policy_hidden", "policy_logits"]
NEEDS_TRAINING = False
FD = False  # random


class SampleAction(layers.Layer):
    def __init__(self, actions, **kwargs):
        super().__init__(**kwargs)
        self.actions = actions
        self.seed = keras.random.SeedGenerator(749)

    def call(self, logits):
        key = jax.random.wrap_key_data(jnp.asarray(self.seed.next(), jnp.uint32))
        action = jax.random.categorical(key, logits, axis=-1)  # BLAME
        return jax.nn.one_hot(action, self.actions)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(749)
    state = keras.Input((8,), name="state")
    p = layers.Dense(12, activation="tanh", name="policy_hidden")(state)
    logits = layers.Dense(4, name="policy_logits")(p)
    action = SampleAction(4, name="act")(logits)
    h = layers.Concatenate()([state, action])
    h = layers.Dense(16, activation="relu", name="world_hidden")(h)
    model = keras.Model(state, layers.Dense(8, name="next_state")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(749)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, np.roll(x, 1, axis=1) * 0.9
