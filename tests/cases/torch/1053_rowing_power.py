"""The backward of the autograd function returns the local derivative alone and leaves out the gradient that arrives from above, so the chain rule is broken.
Source: https://github.com/gtn-org/gtn/pull/2
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["stroke", "catch"]
NEEDS_TRAINING = False
FIT_RAISES = False


class DragCube(torch.autograd.Function):
    """Power needed against the water: v * |v| ** 2, smoothed near zero."""

    @staticmethod
    def forward(ctx, speed):
        ctx.save_for_backward(speed)
        return speed * (speed * speed + 0.1)

    @staticmethod
    def backward(ctx, from_above):
        (speed,) = ctx.saved_tensors
        return 3.0 * speed * speed + 0.1  # BLAME


class WaterDrag(layers.Layer):
    def call(self, speed):
        return DragCube.apply(speed)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(553)
    session = keras.Input((7,), name="session")
    h = layers.Dense(12, activation="tanh", name="stroke")(session)
    h = layers.Dense(6, activation="tanh", name="catch")(h)
    h = WaterDrag(name="water_drag")(h)
    watts = layers.Dense(1, name="watts")(h)
    model = keras.Model(session, watts)
    model.compile(optimizer=keras.optimizers.SGD(0.02), loss="mse")
    rng = np.random.default_rng(553)
    x = rng.normal(size=(48, 7)).astype("float32")
    y = (x[:, :1] - 0.8 * x[:, 1:2] * x[:, 2:3]).astype("float32")
    return model, x, y
