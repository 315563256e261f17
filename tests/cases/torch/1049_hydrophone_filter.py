"""The spectrum is cleaned with numpy inside the layer, and the array that comes back as a tensor has no history, so the layers before it get no gradient.
Source: https://github.com/delira-dev/delira/issues/40
"""
import keras
import numpy as np
import torch
from keras import layers, ops

CODE = "non-differentiable"
ALSO = ("host-call",)
SYMPTOM = "none"
WEIGHTS = ["hull_noise", "hydro_bands"]
NEEDS_TRAINING = False
FIT_RAISES = False


class MedianFloor(layers.Layer):
    """Subtracts the running median, as the old processing script did."""

    def __init__(self, reach=2, **kwargs):
        super().__init__(**kwargs)
        self.reach = reach

    def call(self, bands):
        raw = ops.convert_to_numpy(bands)  # BLAME
        padded = np.pad(raw, ((0, 0), (self.reach, self.reach)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * self.reach + 1, axis=1)
        cleaned = raw - np.median(windows, axis=-1)
        return torch.as_tensor(cleaned.astype("float32"), device=bands.device)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(549)
    ping = keras.Input((10,), name="ping")
    h = layers.Dense(16, activation="tanh", name="hull_noise")(ping)
    h = layers.Dense(12, name="hydro_bands")(h)
    h = MedianFloor(name="median_floor")(h)
    vessel = layers.Dense(3, activation="softmax", name="vessel")(h)
    model = keras.Model(ping, vessel)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(549)
    x = rng.normal(size=(48, 10)).astype("float32")
    y = x[:, :3].argmax(1).astype("int32")
    return model, x, y
