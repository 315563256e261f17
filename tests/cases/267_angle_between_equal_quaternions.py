"""The rotation error arccos(<p, q>) has an infinite derivative where prediction and target agree."""

import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["pose"]
NEEDS_TRAINING = False


def rotation_error(y_true, y_pred):
    unit = y_pred / (1e-6 + ops.norm(y_pred, axis=-1, keepdims=True))
    cosine = ops.clip(ops.sum(y_true * unit, axis=-1), -1.0, 1.0)
    return ops.arccos(cosine)  # BLAME


class Pose(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.pose = layers.Dense(4, use_bias=False, kernel_initializer="identity", name="pose")

    def call(self, x):
        return 1e6 * self.pose(x)


def build():
    keras.utils.set_random_seed(267)
    model = Pose()
    model.compile(optimizer="adam", loss=rotation_error)
    y = np.tile(np.eye(4, dtype="float32"), (16, 1))
    return model, y.copy(), y
