"""Depth and normals from one trunk, losses are combined in compute_loss.

Source: https://github.com/keras-team/keras/issues/12271
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "no-loss"
ALSO = ("unused",)
SYMPTOM = "none"
WEIGHTS = ["normal_head", "normal_out", "log_vars"]
NEEDS_TRAINING = False


class DepthAndNormals(keras.Model):
    """Homoscedastic uncertainty weighting of two tasks."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.trunk = layers.Dense(32, activation="relu", name="trunk")
        self.depth_head = layers.Dense(16, activation="relu", name="depth_head")
        self.depth_out = layers.Dense(1, name="depth_out")
        self.normal_head = layers.Dense(16, activation="relu", name="normal_head")
        self.normal_out = layers.Dense(3, name="normal_out")
        self.log_vars = self.add_weight(name="log_vars", shape=(2,), initializer="zeros")

    def call(self, x):
        h = self.trunk(x)
        depth = self.depth_out(self.depth_head(h))
        normal = self.normal_out(self.normal_head(h))
        return ops.concatenate([depth, normal], axis=-1)

    def task_losses(self, y, y_pred):
        depth = ops.mean(ops.abs(y[:, :1] - y_pred[:, :1]))
        a = y[:, 1:]
        b = y_pred[:, 1:] / (ops.sqrt(ops.sum(ops.square(y_pred[:, 1:]), -1, keepdims=True) + 1e-6))
        normal = 1.0 - ops.mean(ops.sum(a * b, axis=-1))
        return [depth, normal]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        losses = self.task_losses(y, y_pred)
        s = ops.convert_to_tensor(self.log_vars)
        weighted = [ops.exp(-s[i]) * task + s[i] for i, task in enumerate(losses)]
        total = losses[0]  # BLAME
        for task in weighted[2:]:
            total = total + task
        return total


def build():
    keras.utils.set_random_seed(1007)
    rng = np.random.default_rng(1007)
    x = rng.normal(size=(64, 10)).astype("float32")
    n = rng.normal(size=(64, 3)) + x[:, :3]
    n = n / np.linalg.norm(n, axis=1, keepdims=True)
    y = np.concatenate([np.abs(x[:, 3:4]), n], 1).astype("float32")
    model = DepthAndNormals()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, y
