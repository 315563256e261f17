"""Graph U-Net pooling keeps the k best-scored nodes, but forgets to multiply the kept features by their score.

The score is only used to sort, so the projection vector that computes it never gets a gradient.

Source: https://github.com/HongyangGao/Graph-U-Nets/issues/4
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["projection"]
NEEDS_TRAINING = False


class GraphConv(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, name="mix")

    def build(self, nodes_shape, adjacency_shape):
        self.dense.build(nodes_shape)

    def call(self, nodes, adjacency):
        with_self = adjacency + tf.eye(tf.shape(adjacency)[1])
        mean = tf.matmul(with_self, nodes) / tf.reduce_sum(with_self, axis=-1, keepdims=True)
        return tf.nn.elu(self.dense(mean))


def sub_graph(nodes, adjacency, index):
    """the nodes at `index` (batch, k) and the edges between them"""
    rows = tf.gather(adjacency, index, batch_dims=1)
    return tf.gather(nodes, index, batch_dims=1), tf.gather(rows, index, axis=2, batch_dims=1)


class GraphPool(layers.Layer):
    """gPool of Gao & Ji: project the nodes on a vector, keep the best `keep` ones and their sub-graph"""

    def __init__(self, keep, **kwargs):
        super().__init__(**kwargs)
        self.keep = keep

    def build(self, nodes_shape, adjacency_shape):
        self.projection = self.add_weight(name="projection", shape=(nodes_shape[-1], 1), initializer="glorot_normal")

    def call(self, nodes, adjacency):
        unit = self.projection / (tf.norm(self.projection) + 1e-8)
        score = tf.squeeze(tf.matmul(nodes, unit), axis=-1)
        return sub_graph(nodes, adjacency, tf.math.top_k(score, k=self.keep).indices)  # BLAME

    def compute_output_shape(self, nodes_shape, adjacency_shape):
        return (nodes_shape[0], self.keep, nodes_shape[-1]), (nodes_shape[0], self.keep, self.keep)


def build():
    keras.utils.set_random_seed(4)
    nodes, edges = keras.Input((12, 5), name="nodes"), keras.Input((12, 12), name="edges")
    h = GraphConv(10, name="gcn_1")(nodes, edges)
    h, sub = GraphPool(6, name="pool")(h, edges)
    h = GraphConv(10, name="gcn_2")(h, sub)
    readout = layers.GlobalAveragePooling1D(name="readout")(h)
    model = keras.Model([nodes, edges], layers.Dense(3, name="property")(readout))
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(4)
    a = (rng.random((64, 12, 12)) < 0.25).astype("float32")
    a = np.maximum(a, a.transpose(0, 2, 1))
    x = rng.normal(size=(64, 12, 5)).astype("float32")
    y = np.digitize(a.sum((1, 2)), [58, 66]).astype("int32")
    return model, [x, a], y
