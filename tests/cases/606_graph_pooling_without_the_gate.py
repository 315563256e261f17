"""Top-k graph pooling scores the nodes with a projection vector and gathers the best ones, but never multiplies by the score."""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["projection"]
NEEDS_TRAINING = False


class GraphConv(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, nodes_shape, adjacency_shape=None):
        self.kernel = self.add_weight(name="kernel", shape=(nodes_shape[-1], self.units))

    def call(self, nodes, adjacency):
        degree = ops.sum(adjacency, axis=-1, keepdims=True)
        return ops.relu(ops.matmul(adjacency, ops.matmul(nodes, self.kernel)) / degree)


class TopKPool(layers.Layer):
    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        self.k = k

    def build(self, input_shape):
        self.projection = self.add_weight(name="projection", shape=(input_shape[-1], 1))

    def call(self, nodes):
        score = ops.squeeze(ops.matmul(nodes, self.projection), axis=-1)
        keep = ops.top_k(score, self.k)[1]  # BLAME
        return ops.take_along_axis(nodes, ops.expand_dims(keep, -1), axis=1)


def build():
    keras.utils.set_random_seed(606)
    atoms = keras.Input((10, 5), name="atoms")
    bonds = keras.Input((10, 10), name="bonds")
    h = GraphConv(8, name="gconv_1")(atoms, bonds)
    h = GraphConv(8, name="gconv_2")(h, bonds)
    h = TopKPool(4, name="topk_pool")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model([atoms, bonds], layers.Dense(1, name="solubility")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(606)
    a = (rng.random((64, 10, 10)) < 0.3).astype("float32")
    a = np.clip(a + a.transpose(0, 2, 1) + np.eye(10, dtype="float32"), 0, 1)
    return model, [rng.normal(size=(64, 10, 5)).astype("float32"), a], rng.normal(size=(64, 1)).astype("float32")
