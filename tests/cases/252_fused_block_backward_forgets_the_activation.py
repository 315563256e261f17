"""A fused dense-relu-dense block recomputes its backward pass without the relu between the two products."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["inner_kernel"]
NEEDS_TRAINING = False


@tf.custom_gradient
def fused(x, inner, outer):
    hidden = tf.nn.relu(tf.matmul(x, inner))

    def backward(dy):
        d_outer = tf.matmul(hidden, dy, transpose_a=True)
        d_hidden = tf.matmul(dy, outer, transpose_b=True)  # BLAME
        d_inner = tf.matmul(x, d_hidden, transpose_a=True)
        return tf.matmul(d_hidden, inner, transpose_b=True), d_inner, d_outer

    return tf.matmul(hidden, outer), backward


class FusedBlock(layers.Layer):
    def build(self, shape):
        width = shape[-1]
        self.inner = self.add_weight(name="inner_kernel", shape=(width, 2 * width))
        self.outer = self.add_weight(name="outer_kernel", shape=(2 * width, width))

    def call(self, x):
        return fused(x, tf.convert_to_tensor(self.inner), tf.convert_to_tensor(self.outer))


def build():
    keras.utils.set_random_seed(252)
    rows = keras.Input((4,))
    h = FusedBlock(name="fused")(rows)
    model = keras.Model(rows, layers.Dense(1, name="out")(layers.Activation("tanh")(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(252)
    x = rng.normal(size=(64, 4)).astype("float32")
    return model, x, x.sum(-1, keepdims=True)
