"""A GCN multiplies its node features with the (numpy) normalised adjacency through .numpy(), run_eagerly hides the mistake."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
SYMPTOM = "none"
WEIGHTS = ["gcn_1"]
NEEDS_TRAINING = False

NODES = 6
_ring = np.eye(NODES) + np.roll(np.eye(NODES), 1, 0) + np.roll(np.eye(NODES), -1, 0)
A_HAT = (_ring / _ring.sum(1, keepdims=True)).astype("float32")


class GCN(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.lin1 = layers.Dense(7, name="gcn_1")
        self.lin2 = layers.Dense(5, name="gcn_2")
        self.out = layers.Dense(3, name="node_class")

    def call(self, nodes):
        h = tf.nn.leaky_relu(self.lin1(tf.einsum("ij,bjf->bif", A_HAT, nodes)))
        h = tf.convert_to_tensor(np.matmul(A_HAT, h.numpy()))  # BLAME
        h = tf.nn.leaky_relu(self.lin2(h))
        return self.out(h)


def build():
    keras.utils.set_random_seed(610)
    rng = np.random.default_rng(610)
    x = rng.normal(size=(64, NODES, 4)).astype("float32")
    model = GCN()
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    return model, x, rng.integers(0, 3, (64, NODES))
