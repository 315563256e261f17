"""SIREN for a 1-d signal, the sine has its own autograd.Function.

Source: https://github.com/pytorch/pytorch/issues/4714
"""
import numpy as np
import torch
import keras
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["sine_0", "sine_1"]
NEEDS_TRAINING = False


class Sine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w0):
        y = torch.sin(w0 * x)
        ctx.save_for_backward(y)
        ctx.w0 = w0
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        grad_x = grad_output * ctx.w0 * torch.cos(ctx.w0 * y)  # BLAME
        return grad_x, None


class SineLayer(layers.Layer):
    def __init__(self, units, w0=1.0, is_first=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.w0, self.is_first = units, w0, is_first

    def build(self, input_shape):
        n = input_shape[-1]
        bound = 1.0 / n if self.is_first else np.sqrt(6.0 / n) / self.w0
        init = keras.initializers.RandomUniform(-bound, bound)
        self.kernel = self.add_weight(name="kernel", shape=(n, self.units), initializer=init)
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer=keras.initializers.RandomUniform(-0.5, 0.5))

    def call(self, x):
        z = torch.matmul(x, self.kernel.value) + self.bias.value
        return Sine.apply(z, self.w0)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(3002)
    rng = np.random.default_rng(3002)
    t = rng.uniform(-1, 1, (64, 1)).astype("float32")
    y = (np.sin(4 * t) + 0.5 * np.cos(7 * t)).astype("float32")
    inp = keras.Input((1,))
    h = SineLayer(16, w0=5.0, is_first=True, name="sine_0")(inp)
    h = SineLayer(16, w0=2.0, name="sine_1")(h)
    out = layers.Dense(1, name="signal")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    return model, t, y
