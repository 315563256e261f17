"""Healthy: two graph attention layers with a -1e9 mask for missing edges, leaky relu scores and a prelu; nothing is dead."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class GraphAttention(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, nodes_shape, edges_shape):
        self.kernel = self.add_weight(name="kernel", shape=(nodes_shape[-1], self.units))
        self.to_target = self.add_weight(name="to_target", shape=(self.units, 1))
        self.to_source = self.add_weight(name="to_source", shape=(self.units, 1))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, nodes, edges):
        h = ops.matmul(nodes, self.kernel)
        target = ops.matmul(h, self.to_target)
        source = ops.transpose(ops.matmul(h, self.to_source), (0, 2, 1))
        score = ops.leaky_relu(target + source, 0.2) + (1.0 - edges) * -1e9
        return ops.matmul(ops.softmax(score, axis=-1), h) + self.bias

    def compute_output_shape(self, nodes_shape, edges_shape):
        return (*nodes_shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(723)
    nodes = keras.Input((6, 4), name="nodes")
    edges = keras.Input((6, 6), name="edges")
    h = GraphAttention(10, name="gat_1")(nodes, edges)
    h = layers.PReLU(shared_axes=[1], name="slope")(h)
    h = GraphAttention(8, name="gat_2")(h, edges)
    model = keras.Model([nodes, edges], layers.Dense(2, activation="softmax", name="role")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(723)
    x = rng.normal(size=(64, 6, 4)).astype("float32")
    a = (rng.random((64, 6, 6)) < 0.5) | np.eye(6, dtype=bool)
    return model, [x, a.astype("float32")], (x[..., 0] > 0).astype("int32")
