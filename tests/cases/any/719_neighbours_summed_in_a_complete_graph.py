"""A graph network adds up its neighbours on a complete graph of 24 nodes without dividing by their number, six times in a row."""
import keras
import numpy as np
from keras import layers, ops

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["conv_0", "conv_1", "conv_2", "conv_3", "conv_4", "conv_5", "binding/kernel"]
NEEDS_TRAINING = False


class GraphConv(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, nodes_shape, adjacency_shape):
        self.kernel = self.add_weight(name="kernel", shape=(nodes_shape[-1], self.units), initializer="he_normal")

    def call(self, nodes, adjacency):
        gathered = ops.matmul(adjacency, nodes)  # BLAME
        return ops.leaky_relu(ops.matmul(gathered, self.kernel), 0.1)

    def compute_output_shape(self, nodes_shape, adjacency_shape):
        return (*nodes_shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(719)
    nodes = keras.Input((24, 4), name="nodes")
    adjacency = keras.Input((24, 24), name="adjacency")
    h = nodes
    for i in range(6):
        h = GraphConv(12, name=f"conv_{i}")(h, adjacency)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model([nodes, adjacency], layers.Dense(1, name="binding")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(719)
    x = rng.normal(size=(64, 24, 4)).astype("float32")
    a = np.repeat(np.ones((1, 24, 24), "float32"), 64, axis=0)
    return model, [x, a], x.mean(axis=(1, 2))[:, None]
