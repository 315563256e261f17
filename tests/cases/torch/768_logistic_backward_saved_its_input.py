"""A steep logistic as autograd.Function saves x, but its backward uses the formula for the output, s (1 - s), with x in place of s."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["dose_features"]
NEEDS_TRAINING = False


class Logistic(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, steepness):
        ctx.save_for_backward(x)
        ctx.steepness = steepness
        return torch.sigmoid(steepness * x)

    @staticmethod
    def backward(ctx, upstream):
        (s,) = ctx.saved_tensors
        return upstream * ctx.steepness * s * (1.0 - s), None  # BLAME


class DoseResponse(layers.Layer):
    """Share of responders at a given dose score."""

    def __init__(self, steepness=1.7, **kwargs):
        super().__init__(**kwargs)
        self.steepness = steepness

    def call(self, x):
        return Logistic.apply(x, self.steepness)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(768)
    trial = keras.Input((8,), name="trial")
    h = layers.Dense(10, name="dose_features")(trial)
    h = DoseResponse(name="response")(h)
    h = layers.Dense(6, activation="softplus", name="pool")(h)
    model = keras.Model(trial, layers.Dense(1, name="effect")(h))
    model.compile(optimizer=keras.optimizers.SGD(1e-2), loss="mse")
    rng = np.random.default_rng(768)
    x = rng.normal(size=(64, 8)).astype("float32")
    return model, x, (1.0 / (1.0 + np.exp(-x[:, :1])) + 1.0).astype("float32")
