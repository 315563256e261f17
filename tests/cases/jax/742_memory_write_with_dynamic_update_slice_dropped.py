"""A key-value memory should be written with lax.dynamic_update_slice, which returns the new array; the layer goes on with the old one."""
import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["reader/write_key", "reader/write_value"]
NEEDS_TRAINING = False


class MemoryReader(layers.Layer):
    """Attention over learned slots, of which the last ones are overwritten by the sample's own facts."""

    def __init__(self, slots, width, **kwargs):
        super().__init__(**kwargs)
        self.slots, self.width = slots, width

    def build(self, facts_shape, question_shape):
        fan_in = facts_shape[-1]
        self.slot_keys = self.add_weight(name="slot_keys", shape=(self.slots, self.width))
        self.slot_values = self.add_weight(name="slot_values", shape=(self.slots, self.width))
        self.write_key = self.add_weight(name="write_key", shape=(fan_in, self.width))
        self.write_value = self.add_weight(name="write_value", shape=(fan_in, self.width))
        self.ask = self.add_weight(name="ask", shape=(question_shape[-1], self.width))

    def call(self, facts, question):
        batch, count, _ = facts.shape
        memory = jnp.stack([self.slot_keys.value, self.slot_values.value])
        memory = jnp.broadcast_to(memory[None], (batch, *memory.shape))
        new = jnp.stack([facts @ self.write_key.value, facts @ self.write_value.value], axis=1)
        jax.lax.dynamic_update_slice(memory, new, (0, 0, self.slots - count, 0))  # BLAME
        query = question @ self.ask.value
        attention = jax.nn.softmax(jnp.einsum("bd,bsd->bs", query, memory[:, 0]) / self.width**0.5)
        return jnp.einsum("bs,bsd->bd", attention, memory[:, 1])

    def compute_output_shape(self, facts_shape, question_shape):
        return (facts_shape[0], self.width)


def build():
    keras.utils.set_random_seed(742)
    facts = keras.Input((3, 6), name="facts")
    question = keras.Input((5,), name="question")
    h = MemoryReader(8, 10, name="reader")(facts, question)
    model = keras.Model([facts, question], layers.Dense(1, name="reply")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(742)
    f = rng.normal(size=(64, 3, 6)).astype("float32")
    q = rng.normal(size=(64, 5)).astype("float32")
    return model, [f, q], (f[:, 0, :1] * q[:, :1]).astype("float32")
