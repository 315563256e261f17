"""Own autograd.Function for a squared hyperbolic tangent unit; one net uses it twice, loss goes down more slowly than with the plain formula.

Source: https://github.com/fangwei123456/spikingjelly/issues/296
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["fc_1", "fc_2"]
NEEDS_TRAINING = False


class SquaredTanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.tanh(x) ** 2

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        t = torch.tanh(x)
        return grad_output * 2.0 * t * (1.0 - t)  # BLAME


class EnergyUnit(layers.Layer):
    def call(self, x):
        return SquaredTanh.apply(x)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(904)
    x_in = keras.Input((8,))
    h = layers.Dense(16, name="fc_1")(x_in)
    h = EnergyUnit(name="energy_1")(h)
    h = layers.Dense(16, name="fc_2")(h)
    h = EnergyUnit(name="energy_2")(h)
    model = keras.Model(x_in, layers.Dense(1, name="out")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(904)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, np.square(x[:, :2]).sum(1, keepdims=True).astype("float32")
