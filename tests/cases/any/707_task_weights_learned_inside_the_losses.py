"""Homoscedastic task weighting: each Loss object has its own log-variance variable, but a Loss's variables belong to no model."""
import keras
import numpy as np
from keras import layers, ops

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["log_var_depth", "log_var_normal"]
NEEDS_TRAINING = False


class UncertainSquaredError(keras.losses.Loss):
    """exp(-s) * error + s, with s to be learned (Kendall et al.)."""

    def __init__(self, task, **kwargs):
        super().__init__(name=f"{task}_loss", **kwargs)
        self.log_var = keras.Variable(0.5, name=f"log_var_{task}")  # BLAME

    def call(self, y_true, y_pred):
        error = ops.mean(ops.square(y_true - y_pred), axis=-1)
        return ops.exp(-self.log_var) * error + self.log_var


def build():
    keras.utils.set_random_seed(707)
    image = keras.Input((8, 8, 1), name="image")
    h = layers.Conv2D(6, 3, strides=2, activation="relu", name="trunk_conv")(image)
    h = layers.Flatten()(h)
    h = layers.Dense(16, activation="relu", name="trunk_dense")(h)
    outputs = {"depth": layers.Dense(4, name="depth")(h), "normal": layers.Dense(3, name="normal")(h)}
    model = keras.Model(image, outputs)
    losses = {"depth": UncertainSquaredError("depth"), "normal": UncertainSquaredError("normal")}
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=losses)
    rng = np.random.default_rng(707)
    x = rng.normal(size=(64, 8, 8, 1)).astype("float32")
    y = {"depth": x[:, :4, 0, 0] * 3.0, "normal": np.tanh(x[:, :3, 1, 0])}
    return model, x, y
