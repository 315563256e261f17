"""A message-passing layer calls index_add, the out-of-place version, and ignores what it returns: no message reaches a node."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["message_hidden", "message_out"]
NEEDS_TRAINING = False


class MeshLayer(layers.Layer):
    """Edges of a fixed mesh, given once; every node adds up the messages that arrive."""

    def __init__(self, edges, width, **kwargs):
        super().__init__(**kwargs)
        self.sender = torch.tensor([a for a, _ in edges])
        self.receiver = torch.tensor([b for _, b in edges])
        self.message_hidden = layers.Dense(width, activation="silu", name="message_hidden")
        self.message_out = layers.Dense(width, name="message_out")
        self.update = layers.Dense(width, activation="silu", name="update")
        self.width = width

    def build(self, input_shape):
        batch, count, features = input_shape
        self.message_hidden.build((batch, None, 2 * features))
        self.message_out.build((batch, None, self.width))
        self.update.build((batch, count, features + self.width))

    def call(self, nodes):
        pair = torch.cat([nodes[:, self.sender], nodes[:, self.receiver]], dim=-1)
        message = self.message_out(self.message_hidden(pair))
        inbox = torch.zeros(nodes.shape[0], nodes.shape[1], self.width, device=nodes.device)
        inbox.index_add(1, self.receiver, message)  # BLAME
        return self.update(torch.cat([nodes, inbox], dim=-1))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.width)


def build():
    keras.utils.set_random_seed(762)
    ring = [(i, (i + 1) % 6) for i in range(6)] + [((i + 1) % 6, i) for i in range(6)]
    nodes = keras.Input((6, 3), name="nodes")
    h = layers.Dense(8, activation="silu", name="encode")(nodes)
    h = MeshLayer(ring, 8, name="mesh")(h)
    model = keras.Model(nodes, layers.Dense(1, name="acceleration")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(762)
    x = rng.normal(size=(64, 6, 3)).astype("float32")
    return model, x, (np.roll(x, 1, axis=1) + np.roll(x, -1, axis=1) - 2 * x)[..., :1]
