"""Healthy: a top-2 mixture of experts; the choice has no gradient, the renormalised gate values do."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Top2Experts(layers.Layer):
    def __init__(self, n_experts, hidden, units, **kwargs):
        super().__init__(**kwargs)
        self.n_experts, self.hidden, self.units = n_experts, hidden, units

    def build(self, input_shape):
        d, n = input_shape[-1], self.n_experts
        self.router = self.add_weight(name="router", shape=(d, n), initializer="glorot_uniform")
        self.w_in = self.add_weight(name="w_in", shape=(n, d, self.hidden), initializer="he_normal")
        self.w_out = self.add_weight(name="w_out", shape=(n, self.hidden, self.units), initializer="he_normal")

    def call(self, tokens):
        probs = ops.softmax(ops.matmul(tokens, self.router))
        values, which = ops.top_k(probs, 2)
        values = values / ops.sum(values, axis=-1, keepdims=True)
        gates = ops.sum(ops.one_hot(which, self.n_experts) * values[..., None], axis=-2)
        h = ops.gelu(ops.einsum("btd,ndh->btnh", tokens, self.w_in))
        out = ops.einsum("btnh,nhu->btnu", h, self.w_out)
        used = ops.mean(ops.cast(gates > 0, "float32"), axis=(0, 1))
        self.add_loss(0.01 * self.n_experts * ops.sum(used * ops.mean(probs, axis=(0, 1))))
        return ops.sum(out * gates[..., None], axis=2)


def build():
    keras.utils.set_random_seed(634)
    tokens = keras.Input((8, 6))
    h = layers.Dense(8, name="embed")(tokens)
    h = layers.Add()([h, Top2Experts(4, 10, 8, name="moe")(layers.LayerNormalization(name="norm")(h))])
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(tokens, layers.Dense(3, activation="softmax", name="probs")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(634)
    return model, rng.normal(size=(64, 8, 6)).astype("float32"), rng.integers(0, 3, 64)
