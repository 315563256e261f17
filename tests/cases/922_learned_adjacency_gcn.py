"""GCN whose adjacency is learned from node features, symmetric normalisation.

Source: https://github.com/pyg-team/pytorch_geometric/issues/61
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["edge_scorer", "node_embed"]
NEEDS_TRAINING = False


def normalize_adj(a):
    deg = tf.reduce_sum(a, axis=-1)
    d_inv_sqrt = tf.pow(deg, -0.5)  # BLAME
    d_inv_sqrt = tf.where(tf.math.is_inf(d_inv_sqrt), tf.zeros_like(d_inv_sqrt), d_inv_sqrt)
    return a * d_inv_sqrt[:, :, None] * d_inv_sqrt[:, None, :]


class LearnedAdjacency(layers.Layer):
    def __init__(self, dim, **kwargs):
        super().__init__(**kwargs)
        self.edge_scorer = layers.Dense(dim, name="edge_scorer")

    def build(self, x_shape, present_shape):
        self.edge_scorer.build(x_shape)

    def call(self, x, present):
        e = self.edge_scorer(x)
        s = tf.nn.sigmoid(tf.matmul(e, e, transpose_b=True))
        return normalize_adj(s * present[:, :, None] * present[:, None, :])

    def compute_output_shape(self, x_shape, present_shape):
        return (x_shape[0], x_shape[1], x_shape[1])


class GraphConv(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.lin = layers.Dense(units, name="lin")

    def build(self, x_shape, a_shape):
        self.lin.build(x_shape)

    def call(self, x, a):
        return tf.nn.elu(tf.matmul(a, self.lin(x)))

    def compute_output_shape(self, x_shape, a_shape):
        return (*x_shape[:-1], self.lin.units)


def build():
    keras.utils.set_random_seed(221)
    rng = np.random.default_rng(221)
    nodes = keras.Input((6, 4), name="nodes")
    mask = keras.Input((6,), name="mask")
    h = layers.Dense(8, activation="tanh", name="node_embed")(nodes)
    a = LearnedAdjacency(8, name="adjacency")(h, mask)
    h = GraphConv(8, name="gc1")(h, a)
    h = GraphConv(8, name="gc2")(h, a)
    h = layers.GlobalAveragePooling1D()(h)
    out = layers.Dense(1, name="property")(h)
    model = keras.Model([nodes, mask], out)
    model.compile(optimizer="adam", loss="mse")
    n = rng.integers(3, 7, 64)
    m = (np.arange(6)[None] < n[:, None]).astype("float32")
    x = rng.normal(size=(64, 6, 4)).astype("float32") * m[:, :, None]
    return model, [x, m], x.sum((1, 2))[:, None].astype("float32")
