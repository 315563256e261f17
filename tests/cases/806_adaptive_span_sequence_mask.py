"""Adaptive attention span: the learnable span is turned into a mask by tf.sequence_mask, which needs whole numbers."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["span_attention/span"]
NEEDS_TRAINING = False


class SpanAttention(layers.Layer):
    def __init__(self, heads, dim, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.dim = heads, dim

    def build(self, input_shape):
        d = input_shape[-1]
        self.qkv = self.add_weight(name="qkv", shape=(d, 3, self.heads, self.dim), initializer="glorot_uniform")
        self.span = self.add_weight(
            name="span", shape=(self.heads,), initializer=keras.initializers.RandomUniform(3.0, 7.0)
        )

    def call(self, x):
        t = tf.shape(x)[1]
        q, k, v = tf.unstack(tf.einsum("btd,dnhe->nbhte", x, self.qkv), axis=0)
        keep = tf.sequence_mask(tf.cast(self.span, tf.int32), maxlen=t, dtype=x.dtype)  # BLAME
        scores = tf.einsum("bhte,bhse->bhts", q, k) * self.dim**-0.5
        scores += (1.0 - keep[None, :, None, :]) * -1e9
        out = tf.einsum("bhts,bhse->bthe", tf.nn.softmax(scores), v)
        return tf.reshape(out, (-1, t, self.heads * self.dim))


def build():
    keras.utils.set_random_seed(606)
    series = keras.Input((8, 3))
    h = layers.Dense(6, name="lift")(series)
    h = SpanAttention(2, 4, name="span_attention")(h)
    h = layers.Dense(6, activation="relu", name="ffn")(h[:, -1])
    out = layers.Dense(1, name="next_value")(h)
    model = keras.Model(series, out)
    model.compile(optimizer="adam", loss="huber")
    rng = np.random.default_rng(606)
    x = rng.normal(size=(64, 8, 3)).astype("float32")
    return model, x, x[:, 2, :1]
