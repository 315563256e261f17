"""Diffusion on a directed graph with tf.custom_gradient: the backward pass multiplies with A where it needs A transposed."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["node_in"]
NEEDS_TRAINING = False

NODES = 5
LINKS = np.triu(np.arange(1.0, 26.0).reshape(NODES, NODES))
A = tf.constant(LINKS / LINKS.sum(1, keepdims=True), tf.float32)


@tf.custom_gradient
def diffuse(h):
    def grad(dy):
        return tf.einsum("ij,bjf->bif", A, dy)  # BLAME

    return tf.einsum("ij,bjf->bif", A, h), grad


class Diffusion(layers.Layer):
    def call(self, h):
        return h + diffuse(h)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(619)
    nodes = keras.Input((NODES, 3))
    h = layers.Dense(6, activation="tanh", name="node_in")(nodes)
    h = Diffusion(name="diffusion")(h)
    h = layers.Dense(4, activation="softplus", name="node_mid")(h)
    out = layers.Dense(1, name="graph_out")(layers.Flatten()(h))
    model = keras.Model(nodes, out)
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(619)
    x = rng.normal(size=(64, NODES, 3)).astype("float32")
    return model, x, rng.normal(size=(64, 1)).astype("float32")
