"""Relational graph layer with one weight matrix per edge type; some types seem never to be trained.

Source: https://github.com/pykeen/pykeen/issues/571
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["inverse_1", "inverse_2"]
NEEDS_TRAINING = False


class RelationalLayer(layers.Layer):
    def __init__(self, units, relations, **kwargs):
        super().__init__(**kwargs)
        self.units, self.relations = units, relations

    def build(self, input_shape):
        d = input_shape[0][-1]
        weight = lambda name: self.add_weight(name=name, shape=(d, self.units), initializer="glorot_uniform")
        self.own = weight("own")
        self.forward_ = [weight(f"forward_{r}") for r in range(self.relations)]
        self.inverse = [weight(f"inverse_{r}") for r in range(self.relations)]

    def messages(self, nodes, edges):
        total = nodes @ self.own.value
        for r in range(self.relations):
            a = edges[:, r]
            a = a / torch.clamp(a.sum(-1, keepdim=True), min=1.0)
            total = total + a @ (nodes @ self.forward_[r].value)
            total = total + a.transpose(1, 2) @ (nodes @ self.inverse[0].value)  # BLAME
        return total

    def call(self, inputs):
        nodes, edges = inputs
        return torch.nn.functional.elu(self.messages(nodes, edges))

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], self.units)


def build():
    keras.utils.set_random_seed(908)
    nodes = keras.Input((6, 5), name="nodes")
    edges = keras.Input((3, 6, 6), name="edges")
    h = RelationalLayer(10, 3, name="rgcn_1")([nodes, edges])
    h = RelationalLayer(10, 3, name="rgcn_2")([h, edges])
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model([nodes, edges], layers.Dense(2, activation="softmax", name="kind")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(908)
    a = rng.normal(size=(64, 6, 5)).astype("float32")
    e = (rng.random((64, 3, 6, 6)) < 0.3).astype("float32")
    return model, [a, e], rng.integers(0, 2, 64)
