"""A fast layer norm's backward pass divides by the deviation and forgets that both moments depend on x."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["tokens_in"]
NEEDS_TRAINING = False


@tf.custom_gradient
def fast_norm(x):
    mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
    scale = tf.math.rsqrt(variance + 1e-3)

    def backward(dy):
        return dy * scale  # BLAME

    return (x - mean) * scale, backward


class FastNorm(layers.Layer):
    def call(self, x):
        return fast_norm(x)


def build():
    keras.utils.set_random_seed(255)
    tokens = keras.Input((6, 3))
    h = layers.Dense(8, name="tokens_in")(tokens)
    h = FastNorm(name="fast_norm")(h)
    h = layers.Dense(4, activation="tanh", name="tokens_out")(h)
    model = keras.Model(tokens, layers.Dense(1, name="head")(layers.GlobalMaxPooling1D()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(255)
    x = rng.normal(size=(64, 6, 3)).astype("float32")
    return model, x, x.mean(axis=1)[:, :1]
