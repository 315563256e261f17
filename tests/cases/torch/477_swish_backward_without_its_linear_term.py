"""A memory-saving swish as torch.autograd.Function: the backward pass keeps the term with the slope of the sigmoid and forgets the other one of the product rule.

Source: https://github.com/pytorch/pytorch/issues/110815
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["expand", "depth_mix"]
NEEDS_TRAINING = False


class SwishFunction(torch.autograd.Function):
    """x * sigmoid(x); only x is kept for the backward pass."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return grad_output * x * s * (1.0 - s)  # BLAME


class LeanSwish(layers.Layer):
    def call(self, x):
        return SwishFunction.apply(x)

    def compute_output_shape(self, input_shape):
        return input_shape


def inverted_residual(x, width, name):
    h = layers.Dense(3 * width, name=f"{name}_expand")(x)
    h = LeanSwish(name=f"{name}_swish_one")(h)
    h = layers.Dense(3 * width, name=f"{name}_depth_mix")(h)
    h = LeanSwish(name=f"{name}_swish_two")(h)
    h = layers.Dense(width, name=f"{name}_project")(h)
    return layers.Add(name=f"{name}_add")([x, h])


def build():
    keras.utils.set_random_seed(663)
    leaf = keras.Input((8,), name="leaf_reflectance")
    h = inverted_residual(leaf, 8, "stage")
    model = keras.Model(leaf, layers.Dense(1, name="chlorophyll")(h))
    model.compile(optimizer=keras.optimizers.SGD(1e-2, momentum=0.9), loss="mse")
    rng = np.random.default_rng(663)
    x = rng.normal(size=(64, 8)).astype("float32")
    y = np.maximum(x[:, :1], 0.0) + 0.3 * x[:, 1:2] ** 2
    return model, x, y.astype("float32")
