"""Self-attention over raw sensor counts (thousands), without the 1/sqrt(d): every softmax row is one-hot, q and k get exactly 0."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["to_query", "to_key"]
NEEDS_TRAINING = False


class SensorAttention(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.q = layers.Dense(dim, use_bias=False, name="to_query")
        self.k = layers.Dense(dim, use_bias=False, name="to_key")
        self.v = layers.Dense(dim, name="to_value")

    def call(self, x):
        logits = tf.matmul(self.q(x), self.k(x), transpose_b=True)
        weights = tf.nn.softmax(logits, axis=-1)  # BLAME
        return tf.matmul(weights, self.v(x))


def build():
    keras.utils.set_random_seed(616)
    counts = keras.Input((6, 5))
    h = SensorAttention(6, name="attn")(counts)
    h = layers.LayerNormalization(name="norm")(h)
    h = layers.GlobalAveragePooling1D()(h)
    out = layers.Dense(2, activation="softmax", name="alarm")(h)
    model = keras.Model(counts, out)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(616)
    x = rng.integers(0, 40000, (64, 6, 5)).astype("float32")
    return model, x, rng.integers(0, 2, 64)
