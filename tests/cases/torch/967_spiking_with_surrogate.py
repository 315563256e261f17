"""Spiking layer with a fast-sigmoid surrogate, soft reset is detached on purpose.

Source: https://github.com/jeshraghian/snntorch/pull/46
"""
import numpy as np
import torch
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False


class FastSigmoidSpike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, v, slope):
        ctx.save_for_backward(v)
        ctx.slope = slope
        return (v > 0).to(v.dtype)

    @staticmethod
    def backward(ctx, g):
        (v,) = ctx.saved_tensors
        return g / (ctx.slope * v.abs() + 1.0) ** 2, None


class LIF(layers.Layer):
    def __init__(self, units, beta=0.9, **kwargs):
        super().__init__(**kwargs)
        self.units, self.beta = units, beta
        self.fc = layers.Dense(units, name="fc")

    def build(self, shape):
        self.fc.build(shape)

    def call(self, x):
        cur = self.fc(x)
        v = torch.zeros_like(cur[:, 0])
        out = []
        for t in range(cur.shape[1]):
            v = self.beta * v + cur[:, t]
            s = FastSigmoidSpike.apply(v - 1.0, 5.0)
            v = v - s.detach()
            out.append(s)
        return torch.stack(out, dim=1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(3007)
    rng = np.random.default_rng(3007)
    seq = keras.Input((10, 8))
    h = LIF(32, name="lif_1")(seq)
    h = LIF(24, name="lif_2")(h)
    out = layers.Dense(3, name="readout")(layers.GlobalAveragePooling1D()(h))
    model = keras.Model(seq, out)
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    y = rng.integers(0, 3, 96)
    x = rng.poisson(0.4 + 1.5 * np.eye(3, 8)[y][:, None, :].repeat(10, 1)).astype("float32")
    return model, x, y
