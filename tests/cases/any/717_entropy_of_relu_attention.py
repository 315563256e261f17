"""An entropy bonus for relu attention: p * log(p) is guarded with where after the log, so positions of weight 0 send 0 * inf back."""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["items", "look_query", "look_key"]
NEEDS_TRAINING = False


class ReluAttention(layers.Layer):
    """Sparse attention with one learned query; sharp attention is penalised."""

    def __init__(self, width, penalty=0.05, **kwargs):
        super().__init__(**kwargs)
        self.penalty = penalty
        self.look_key = layers.Dense(width, name="look_key")
        self.width = width

    def build(self, input_shape):
        self.look_key.build(input_shape)
        self.query = self.add_weight(name="look_query", shape=(self.width,), initializer="random_normal")

    def call(self, items):
        score = ops.relu(ops.sum(self.look_key(items) * self.query, axis=-1))
        p = score / (ops.sum(score, axis=-1, keepdims=True) + 1e-3)
        plogp = ops.where(p > 0.0, p * ops.log(p), ops.zeros_like(p))  # BLAME
        self.add_loss(self.penalty * ops.mean(ops.sum(plogp, axis=-1)))
        return ops.sum(ops.expand_dims(p, -1) * items, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


def build():
    keras.utils.set_random_seed(717)
    basket = keras.Input((8, 5), name="basket")
    h = layers.Dense(10, activation="tanh", name="items")(basket)
    h = ReluAttention(6, name="attend")(h)
    model = keras.Model(basket, layers.Dense(1, name="spend")(h))
    model.compile(optimizer="adam", loss="mae")
    rng = np.random.default_rng(717)
    x = rng.normal(size=(64, 8, 5)).astype("float32")
    return model, x, x.max(axis=1)[:, :1]
