"""Graph network on fully connected molecules, ten rounds of message passing: loss 1e+20 in the first epoch.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "exploding"
ALSO = ("non-finite",)
SYMPTOM = "exploding"
WEIGHTS = ["atoms/kernel"]
NEEDS_TRAINING = False


def aggregate(adjacency, nodes):
    return tf.matmul(adjacency, nodes)  # BLAME


class MessagePassing(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.lin = layers.Dense(units, kernel_initializer="orthogonal", name="lin")

    def build(self, input_shape):
        self.lin.build(input_shape[0])

    def call(self, inputs):
        nodes, adjacency = inputs
        return tf.nn.leaky_relu(self.lin(aggregate(adjacency, nodes)), alpha=0.6)

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], self.lin.units)


def build():
    keras.utils.set_random_seed(714)
    nodes = keras.Input((16, 5), name="nodes")
    adjacency = keras.Input((16, 16), name="adjacency")
    h = layers.Dense(8, activation="tanh", name="atoms")(nodes)
    for i in range(10):
        h = MessagePassing(8, name=f"round_{i}")([h, adjacency])
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model([nodes, adjacency], layers.Dense(1, name="energy")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    rng = np.random.default_rng(714)
    x = rng.normal(size=(64, 16, 5)).astype("float32")
    a = np.ones((64, 16, 16), "float32")
    return model, [x, a], x.mean((1, 2))[:, None]
