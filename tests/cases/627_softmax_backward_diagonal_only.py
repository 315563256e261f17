"""Pointer attention with its own softmax: the backward pass uses p * (1 - p), the diagonal of the Jacobian, and forgets the rest."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["key_scores"]
NEEDS_TRAINING = False


@tf.custom_gradient
def stable_softmax(z):
    e = tf.exp(z - tf.reduce_max(z, axis=-1, keepdims=True))
    p = e / tf.reduce_sum(e, axis=-1, keepdims=True)

    def grad(dy):
        return dy * p * (1.0 - p)  # BLAME

    return p, grad


class PointerPool(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.scores = layers.Dense(1, name="key_scores")

    def build(self, input_shape):
        self.scores.build(input_shape)

    def call(self, tokens):
        z = tf.squeeze(self.scores(tokens), axis=-1)
        return tf.einsum("bt,btc->bc", stable_softmax(z), tokens)


def build():
    keras.utils.set_random_seed(627)
    tokens = keras.Input((8, 4))
    h = layers.Dense(6, activation="relu", name="token_hidden")(tokens)
    h = PointerPool(name="pointer_pool")(h)
    model = keras.Model(tokens, layers.Dense(1, name="rating")(h))
    model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
    rng = np.random.default_rng(627)
    return model, rng.normal(size=(64, 8, 4)).astype("float32"), 3.0 + rng.normal(size=(64, 1)).astype("float32")
