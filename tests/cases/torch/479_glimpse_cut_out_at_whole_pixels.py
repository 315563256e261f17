"""A locator predicts where to look and the glimpse is cut out by integer indexing; .long() ends the gradient, so the locator stays where it began.

Source: https://github.com/oeway/pytorch-deform-conv/issues/1
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "non-differentiable"
ALSO = ("zero-derivative",)
SYMPTOM = "none"
WEIGHTS = ["locator_conv", "locator_xy"]
NEEDS_TRAINING = False


class Glimpse(layers.Layer):
    """A size x size window of the picture around a predicted centre in [0, 1]^2."""

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, picture, centre):
        batch, height, width, _ = picture.shape
        room = torch.tensor([height - self.size, width - self.size], device=centre.device)
        corner = (centre * room).long()  # BLAME
        offsets = torch.arange(self.size, device=centre.device)
        rows = corner[:, 0, None] + offsets
        cols = corner[:, 1, None] + offsets
        which = torch.arange(batch, device=centre.device)[:, None, None]
        return picture[which, rows[:, :, None], cols[:, None, :]]

    def compute_output_shape(self, picture_shape, centre_shape):
        return (picture_shape[0], self.size, self.size, picture_shape[-1])


def build():
    keras.utils.set_random_seed(665)
    picture = keras.Input((14, 14, 1), name="picture")
    h = layers.Conv2D(6, 3, strides=2, activation="relu", name="locator_conv")(picture)
    centre = layers.Dense(2, activation="sigmoid", name="locator_xy")(layers.Flatten()(h))
    seen = Glimpse(6, name="glimpse")(picture, centre)
    h = layers.Dense(16, activation="relu", name="reader_hidden")(layers.Flatten()(seen))
    model = keras.Model(picture, layers.Dense(3, activation="softmax", name="digit")(h))
    model.compile(
        optimizer=keras.optimizers.Adam(3e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rng = np.random.default_rng(665)
    shapes = rng.random((3, 5, 5)) > 0.5
    y = rng.integers(0, 3, 64)
    x = 0.1 * rng.random((64, 14, 14, 1))
    for i, (r, c) in enumerate(rng.integers(0, 9, (64, 2))):
        x[i, r : r + 5, c : c + 5, 0] += shapes[y[i]]
    return model, x.astype("float32"), y
