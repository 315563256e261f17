"""A graph convolution for molecules multiplies the neighbours by the atom's own kernel; the neighbour kernel is never used.

Source: https://github.com/tensorflow/gnn/issues/311
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["neighbour_kernel"]
NEEDS_TRAINING = False

ATOMS = 7
FEATURES = 5


class GraphConv(layers.Layer):
    """h_i = act(x_i W_self + mean_j x_j W_neighbour + b)"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        width = input_shape[0][-1]
        self.self_kernel = self.add_weight(name="self_kernel", shape=(width, self.units), initializer="glorot_uniform")
        self.neighbour_kernel = self.add_weight(
            name="neighbour_kernel", shape=(width, self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        atoms, bonds = inputs
        degree = ops.maximum(ops.sum(bonds, axis=-1, keepdims=True), 1.0)
        messages = ops.matmul(bonds, atoms) / degree
        h = ops.matmul(atoms, self.self_kernel) + ops.matmul(messages, self.self_kernel)  # BLAME
        return ops.silu(h + self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], self.units)


def build():
    keras.utils.set_random_seed(367)
    atoms = keras.Input((ATOMS, FEATURES), name="atoms")
    bonds = keras.Input((ATOMS, ATOMS), name="bonds")
    h = GraphConv(8, name="graph_conv_a")([atoms, bonds])
    h = GraphConv(8, name="graph_conv_b")([h, bonds])
    h = layers.GlobalAveragePooling1D(name="readout")(h)
    solubility = layers.Dense(1, name="solubility")(h)
    model = keras.Model([atoms, bonds], solubility)
    model.compile(optimizer="adam", loss="huber")
    rng = np.random.default_rng(367)
    x = rng.normal(size=(64, ATOMS, FEATURES)).astype("float32")
    upper = np.triu(rng.random((64, ATOMS, ATOMS)) < 0.35, 1)
    adjacency = (upper | upper.transpose(0, 2, 1)).astype("float32")
    y = (adjacency @ x)[..., 0].mean(1, keepdims=True)
    return model, [x, adjacency], y.astype("float32")
