"""A graph conv sums the neighbours' messages with segment_sum, but returns the node's own projection only."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["neighbor_kernel"]
NEEDS_TRAINING = False


class GraphConv(layers.Layer):
    def __init__(self, width, edges, **kwargs):
        super().__init__(**kwargs)
        self.width, self.edges = width, edges

    def build(self, shape):
        size = (shape[-1], self.width)
        self.own_kernel = self.add_weight(name="own_kernel", shape=size)
        self.neighbor_kernel = self.add_weight(name="neighbor_kernel", shape=size)

    def call(self, nodes):
        source, target = self.edges
        messages = tf.gather(tf.matmul(nodes, self.neighbor_kernel), source, axis=1)
        gathered = tf.math.segment_sum(tf.transpose(messages, (1, 0, 2)), target)
        own = tf.matmul(nodes, self.own_kernel)
        summed = own + tf.transpose(gathered, (1, 0, 2))
        return tf.nn.elu(own)  # BLAME


def build():
    keras.utils.set_random_seed(201)
    edges = np.array([[0, 1, 2, 3, 4, 0], [0, 0, 1, 2, 3, 4]])
    model = keras.Sequential(
        [
            keras.Input((5, 3)),
            GraphConv(6, edges, name="graph_conv"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1, name="energy"),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(201)
    x = rng.normal(size=(64, 5, 3)).astype("float32")
    return model, x, x.sum(axis=(1, 2))[:, None]
