"""The loss function of a land-cover segmenter calls a keras *metric* object, because only that one was imported.

A metric adds to its running total and reads the total back, so nothing that it returns depends on the prediction
for the tape. The function `keras.losses.sparse_categorical_crossentropy` was meant.

Source: https://github.com/keras-team/keras/issues/19150
"""
import keras
import numpy as np
from keras import layers

CODE = "non-differentiable"
ALSO = ["no-loss", "stop-gradient"]
SYMPTOM = "none"
WEIGHTS = ["down", "context", "classes"]
NEEDS_TRAINING = False
FIT_RAISES = True

CLASSES = 4
UNLABELLED = -1


class LandCoverLoss:
    """cross-entropy over the labelled pixels only"""

    def __init__(self):
        self.crossentropy = keras.metrics.SparseCategoricalCrossentropy(name="pixel_ce")

    def __call__(self, y_true, y_pred):
        labelled = keras.ops.cast(keras.ops.not_equal(y_true, UNLABELLED), "float32")
        target = keras.ops.maximum(y_true, 0)
        return self.crossentropy(target, y_pred, sample_weight=labelled)  # BLAME


def segmenter(size=16):
    tile = keras.Input((size, size, 3), name="tile")
    h = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name="down")(tile)
    h = layers.Conv2D(12, 3, padding="same", dilation_rate=2, activation="relu", name="context")(h)
    h = layers.UpSampling2D(interpolation="bilinear", name="up")(h)
    out = layers.Conv2D(CLASSES, 1, activation="softmax", name="classes")(h)
    return keras.Model(tile, out, name="land_cover")


def tiles(n, size=16):
    rng = np.random.default_rng(1901)
    x = rng.random((n, size, size, 3)).astype("float32")
    y = np.argmax(np.concatenate([x, x[..., :1] * 0 + 0.6], -1), -1).astype("int32")
    y[rng.random(y.shape) < 0.2] = UNLABELLED
    return x, y


def build():
    keras.utils.set_random_seed(1901)
    model = segmenter()
    land_cover = LandCoverLoss()

    def loss(y_true, y_pred):
        return land_cover(y_true, y_pred)

    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=loss)
    x, y = tiles(64)
    return model, x, y
