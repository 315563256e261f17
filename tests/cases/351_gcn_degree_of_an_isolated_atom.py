"""A GCN for crystals normalises with degree ** -0.5; an atom without a neighbour within the cut-off has degree 0.

Source: https://github.com/aimat-lab/gcnn_keras/issues/42
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["species", "gcn_1", "gcn_2", "band_gap"]
NEEDS_TRAINING = False

ATOMS, CUTOFF = 10, 1.1


def neighbours(positions):
    """1 for two different atoms within the cut-off"""
    gap = positions[:, :, None, :] - positions[:, None, :, :]
    squared = tf.reduce_sum(tf.square(gap), axis=-1)
    close = tf.cast(squared < CUTOFF**2, tf.float32)
    return close * (1.0 - tf.eye(ATOMS))


class NormalisedGraphConv(layers.Layer):
    """D^-1/2 A D^-1/2 X W + X V"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, nodes_shape, adjacency_shape):
        shape = (nodes_shape[-1], self.units)
        self.w = self.add_weight(name="w", shape=shape, initializer="glorot_uniform")
        self.v = self.add_weight(name="v", shape=shape, initializer="glorot_uniform")
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, nodes, adjacency):
        degree = tf.reduce_sum(adjacency, axis=-1)
        scale = tf.pow(degree, -0.5)  # BLAME
        a = scale[:, :, None] * adjacency * scale[:, None, :]
        message = tf.matmul(a, tf.matmul(nodes, self.w))
        return tf.nn.silu(message + tf.matmul(nodes, self.v) + self.b)


class CrystalNet(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.species = layers.Embedding(5, 8, name="species")
        self.convs = [NormalisedGraphConv(12, name=f"gcn_{i}") for i in (1, 2)]
        self.band_gap = layers.Dense(1, name="band_gap")

    def call(self, inputs):
        kinds, positions = inputs
        h, a = self.species(kinds), neighbours(positions)
        for conv in self.convs:
            h = conv(h, a)
        return self.band_gap(tf.reduce_mean(h, axis=1))


def build():
    keras.utils.set_random_seed(42)
    rng = np.random.default_rng(42)
    kinds = rng.integers(0, 5, (64, ATOMS)).astype("int32")
    positions = rng.uniform(0.0, 2.5, (64, ATOMS, 3)).astype("float32")
    y = (kinds.mean(1, keepdims=True) + positions.std(axis=(1, 2))[:, None]).astype("float32")
    model = CrystalNet()
    model((kinds[:2], positions[:2]))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mae")
    return model, (kinds, positions), y
