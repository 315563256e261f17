"""Exposure correction with a brightness histogram loss.

Source: https://github.com/pytorch/pytorch/issues/91529
"""
import numpy as np
import torch
import keras
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "raises"
RAISES = "does not require grad"
WEIGHTS = ["conv_a", "conv_b"]
NEEDS_TRAINING = False
FIT_RAISES = True


def brightness_profile(img, bins=8):
    rows = []
    for one in img:
        grey = one.mean(dim=-1).flatten()
        edges = torch.linspace(0.0, 1.0, bins + 1, device=img.device)[1:-1]
        idx = torch.bucketize(grey, edges)  # BLAME
        rows.append(torch.bincount(idx, minlength=bins).to(img.dtype) / grey.numel())
    return torch.stack(rows)


class ExposureLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        target = torch.cumsum(brightness_profile(y_true), dim=1)
        got = torch.cumsum(brightness_profile(y_pred), dim=1)
        return torch.abs(target - got).sum(dim=1)


def build():
    keras.utils.set_random_seed(3003)
    rng = np.random.default_rng(3003)
    dark = keras.Input((8, 8, 3))
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="conv_a")(dark)
    h = layers.Conv2D(3, 3, padding="same", activation="sigmoid", name="conv_b")(h)
    model = keras.Model(dark, h)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=ExposureLoss())
    y = rng.random((64, 8, 8, 3)).astype("float32")
    return model, 0.3 * y, y
