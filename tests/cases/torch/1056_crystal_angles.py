"""The angle is acos of a cosine clamped to [-1, 1]; for a pair with the same direction the cosine is 1, where acos has an infinite derivative, and the gradients become NaN.
Source: https://discuss.pytorch.org/t/nan-gradient-for-torch-cos-torch-acos/9617
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["facet", "axis_dir"]
NEEDS_TRAINING = False
FIT_RAISES = False


class TwinAngle(layers.Layer):
    """Angle between the directions of two faces, in radians."""

    def call(self, faces):
        a, b = faces
        a = a / a.norm(dim=-1, keepdim=True)
        b = b / b.norm(dim=-1, keepdim=True)
        cosine = (a * b).sum(dim=-1, keepdim=True).clamp(-1.0, 1.0)
        return torch.acos(cosine)  # BLAME

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)


def build():
    keras.utils.set_random_seed(556)
    reader = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(12, activation="tanh", name="facet"),
            layers.Dense(3, name="axis_dir"),
        ],
        name="face_reader",
    )
    first = keras.Input((5,), name="first")
    second = keras.Input((5,), name="second")
    angle = TwinAngle(name="twin_angle")([reader(first), reader(second)])
    model = keras.Model([first, second], angle)
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse")
    rng = np.random.default_rng(556)
    a = rng.normal(size=(64, 5)).astype("float32")
    b = (a + rng.normal(size=(64, 5))).astype("float32")
    b[:24] = a[:24]
    y = rng.uniform(0.2, 1.5, size=(64, 1)).astype("float32")
    y[:24] = 0.05
    return model, [a, b], y
