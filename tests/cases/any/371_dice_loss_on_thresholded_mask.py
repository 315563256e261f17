"""A nodule segmenter is trained with the Dice score of the thresholded mask: the comparison cuts every gradient.

Source: https://github.com/j-c-carr/lightcones/issues/21
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
ALSO = ("zero-derivative",)
SYMPTOM = "none"
WEIGHTS = ["stem", "middle", "mask"]
NEEDS_TRAINING = False


class HardDice(keras.losses.Loss):
    """1 - Dice, computed as the radiologists compute it: on the binary mask."""

    def __init__(self, threshold=0.5, smooth=1.0, **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.smooth = smooth

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, "float32")
        mask = ops.cast(y_pred > self.threshold, "float32")  # BLAME
        axes = (1, 2, 3)
        overlap = ops.sum(y_true * mask, axis=axes)
        total = ops.sum(y_true, axis=axes) + ops.sum(mask, axis=axes)
        return 1.0 - (2.0 * overlap + self.smooth) / (total + self.smooth)


def scans(n, rng):
    """Noisy 12 x 12 slices with one round nodule each, and its mask."""
    rows, cols = np.mgrid[0:12, 0:12]
    x = rng.normal(scale=0.3, size=(n, 12, 12, 1))
    y = np.zeros((n, 12, 12, 1))
    for i in range(n):
        r, c = rng.integers(3, 9, 2)
        y[i, ..., 0] = (rows - r) ** 2 + (cols - c) ** 2 <= 5
    return (x + y).astype("float32"), y.astype("float32")


def build():
    keras.utils.set_random_seed(601)
    slices = keras.Input((12, 12, 1), name="slice")
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="stem")(slices)
    h = layers.Conv2D(8, 3, padding="same", activation="relu", name="middle")(h)
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(h)
    model = keras.Model(slices, mask)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=HardDice())
    x, y = scans(64, np.random.default_rng(601))
    return model, x, y
