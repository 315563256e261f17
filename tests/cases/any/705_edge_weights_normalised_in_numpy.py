"""A graph layer normalises its learned edge weights with numpy, so the network that scores the edges is cut off; nodes still train."""
import keras
import numpy as np
from keras import layers, ops

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["edge_query", "edge_key"]
NEEDS_TRAINING = False
SYMPTOM_BY_BACKEND = {"jax": "raises"}
RAISES_BY_BACKEND = {"jax": "_error_repr"}


def sinkhorn(matrix, rounds=5):
    """Rows and columns that sum to one."""
    for _ in range(rounds):
        matrix = matrix / np.sum(matrix, axis=-1, keepdims=True)
        matrix = matrix / np.sum(matrix, axis=-2, keepdims=True)
    return matrix


class LearnedGraph(layers.Layer):
    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.edge_query = layers.Dense(width, name="edge_query")
        self.edge_key = layers.Dense(width, name="edge_key")

    def build(self, input_shape):
        self.edge_query.build(input_shape)
        self.edge_key.build(input_shape)

    def call(self, nodes):
        score = ops.einsum("bid,bjd->bij", self.edge_query(nodes), self.edge_key(nodes))
        weights = sinkhorn(np.exp(np.tanh(ops.convert_to_numpy(score))))  # BLAME
        return ops.matmul(ops.convert_to_tensor(weights, dtype="float32"), nodes)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(705)
    nodes = keras.Input((5, 4), name="nodes")
    h = layers.Dense(8, activation="relu", name="node_features")(nodes)
    h = LearnedGraph(6, name="graph")(h)
    h = layers.Dense(8, activation="relu", name="update")(h)
    model = keras.Model(nodes, layers.Dense(1, name="charge")(h))
    model.compile(optimizer="adam", loss="mse", run_eagerly=True)
    rng = np.random.default_rng(705)
    x = rng.normal(size=(64, 5, 4)).astype("float32")
    return model, x, (x[..., :1] - x[..., :1].mean(axis=1, keepdims=True)).astype("float32")
