"""A pose head starts at the identity and some targets are the identity: the angle acos((trace - 1) / 2) has an infinite slope there, and 0 * inf is NaN.

Source: https://github.com/banctilrobitaille/torch-vectorized/issues/7
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["pose_hidden", "pose_six"]
NEEDS_TRAINING = False


class SixToRotation(layers.Layer):
    """Two columns by Gram-Schmidt, the third by the cross product."""

    def call(self, six):
        a, b = six[:, :3], six[:, 3:]
        first = torch.nn.functional.normalize(a, dim=-1)
        b = b - torch.sum(first * b, dim=-1, keepdim=True) * first
        second = torch.nn.functional.normalize(b, dim=-1)
        third = torch.linalg.cross(first, second)
        return torch.stack([first, second, third], dim=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 3, 3)


def geodesic(y_true, y_pred):
    """Angle between the two rotations, in radian."""
    relative = torch.matmul(y_true.transpose(1, 2), y_pred)
    trace = torch.diagonal(relative, dim1=1, dim2=2).sum(-1)
    cosine = torch.clamp(0.5 * (trace - 1.0), -1.0, 1.0)
    return torch.acos(cosine)  # BLAME


def turns(angles):
    c, s, o, i = np.cos(angles), np.sin(angles), np.zeros_like(angles), np.ones_like(angles)
    return np.stack([c, -s, o, s, c, o, o, o, i], axis=-1).reshape(-1, 3, 3)


def build():
    keras.utils.set_random_seed(664)
    marks = keras.Input((12,), name="marks")
    h = layers.Dense(16, activation="relu", name="pose_hidden")(marks)
    six = layers.Dense(
        6,
        kernel_initializer="zeros",
        bias_initializer=lambda shape, dtype=None: torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        name="pose_six",
    )(h)
    model = keras.Model(marks, SixToRotation(name="rotation")(six))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=geodesic)
    rng = np.random.default_rng(664)
    angles = rng.uniform(-1.0, 1.0, 64)
    angles[::5] = 0.0  # the reference pose
    points = rng.normal(size=(4, 3))
    x = (turns(angles) @ points.T).transpose(0, 2, 1).reshape(64, 12)
    return model, x.astype("float32"), turns(angles).astype("float32")
