"""Healthy: residual blocks recomputed with torch.utils.checkpoint; each uses a correct autograd.Function for its normalisation."""
import keras
import numpy as np
import torch
from keras import layers
from torch.utils.checkpoint import checkpoint

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class RootMeanSquare(torch.autograd.Function):
    """x / sqrt(mean(x**2) + eps) over the last axis."""

    @staticmethod
    def forward(ctx, x, eps):
        inverse = torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)
        y = x * inverse
        ctx.save_for_backward(y, inverse)
        return y

    @staticmethod
    def backward(ctx, upstream):
        y, inverse = ctx.saved_tensors
        along = (upstream * y).mean(-1, keepdim=True)
        return inverse * (upstream - y * along), None


class Block(layers.Layer):
    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden

    def build(self, input_shape):
        width = input_shape[-1]
        self.scale = self.add_weight(name="scale", shape=(width,), initializer="ones")
        self.up = self.add_weight(name="up", shape=(width, 2 * self.hidden))
        self.down = self.add_weight(name="down", shape=(self.hidden, width))

    def body(self, x):
        h = RootMeanSquare.apply(x, 1e-5) * self.scale.value
        gate, value = torch.chunk(h @ self.up.value, 2, dim=-1)
        return x + (torch.nn.functional.silu(gate) * value) @ self.down.value

    def call(self, x):
        if torch.is_grad_enabled() and x.requires_grad:
            return checkpoint(self.body, x, use_reentrant=False)
        return self.body(x)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(771)
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    h = layers.Embedding(18, 10, name="words")(tokens)
    for i in range(3):
        h = Block(14, name=f"block_{i}")(h)
    h = layers.GlobalAveragePooling1D()(h)
    model = keras.Model(tokens, layers.Dense(3, activation="softmax", name="topic")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(771)
    x = rng.integers(0, 18, (64, 6)).astype("int32")
    return model, x, (x.sum(axis=1) % 3).astype("int32")
