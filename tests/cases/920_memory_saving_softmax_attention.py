"""Attention pooling with own softmax so that only the probabilities are kept for backward.

Source: https://github.com/tensorflow/tensorflow/issues/53266
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["pool/score"]
NEEDS_TRAINING = False


@tf.custom_gradient
def softmax_lowmem(logits):
    m = tf.reduce_max(logits, axis=-1, keepdims=True)
    e = tf.exp(logits - m)
    p = e / tf.reduce_sum(e, axis=-1, keepdims=True)

    def backward(upstream):
        return upstream * p * (1.0 - p)  # BLAME

    return p, backward


class AttentionPool(layers.Layer):
    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.score_hidden = layers.Dense(hidden, activation="tanh", name="score_hidden")
        self.score = layers.Dense(1, use_bias=False, name="score")

    def build(self, shape):
        self.score_hidden.build(shape)
        self.score.build((*shape[:-1], self.score_hidden.units))

    def call(self, x):
        s = tf.squeeze(self.score(self.score_hidden(x)), -1)
        p = softmax_lowmem(s)
        return tf.einsum("bt,btd->bd", p, x)

    def compute_output_shape(self, shape):
        return (shape[0], shape[-1])


def build():
    keras.utils.set_random_seed(201)
    rng = np.random.default_rng(201)
    seq = keras.Input((7, 5))
    h = layers.Dense(6, name="project")(seq)
    h = AttentionPool(8, name="pool")(h)
    out = layers.Dense(2, name="out")(h)
    model = keras.Model(seq, out)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    x = rng.normal(size=(64, 7, 5)).astype("float32")
    y = np.stack([x[:, :, 0].max(1), x[:, :, 1].min(1)], 1).astype("float32") * 2
    return model, x, y
