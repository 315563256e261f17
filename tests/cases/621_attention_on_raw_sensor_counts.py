"""Self-attention without 1/sqrt(d) on raw 12-bit counts: scores are in the millions, the softmax is exactly one-hot, Q and K get 0."""
import keras
import numpy as np
from keras import layers, ops

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["q_proj", "k_proj"]
NEEDS_TRAINING = False


class PlainAttention(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.q = layers.Dense(dim, use_bias=False, name="q_proj")
        self.k = layers.Dense(dim, use_bias=False, name="k_proj")
        self.v = layers.Dense(dim, use_bias=False, name="v_proj")

    def build(self, input_shape):
        for layer in (self.q, self.k, self.v):
            layer.build(input_shape)

    def call(self, x):
        scores = ops.matmul(self.q(x), ops.transpose(self.k(x), (0, 2, 1)))
        weights = ops.softmax(scores, axis=-1)  # BLAME
        return ops.matmul(weights, self.v(x))


def build():
    keras.utils.set_random_seed(621)
    counts = keras.Input((6, 8), name="counts")
    h = PlainAttention(16, name="attention")(counts)
    h = layers.LayerNormalization()(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(counts, layers.Dense(2, activation="softmax", name="fault")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(621)
    x = rng.integers(0, 4096, (64, 6, 8)).astype("float32")
    return model, x, rng.integers(0, 2, 64)
