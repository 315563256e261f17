"""A land-cover net ignores class -1 through keras.metrics.SparseCategoricalCrossentropy as its loss: a metric reads its own counters.

Source: https://github.com/keras-team/keras/issues/19150
"""
import keras
import numpy as np
from keras import layers

CODE = "non-differentiable"
ALSO = ["no-loss"]
SYMPTOM = "none"
WEIGHTS = ["tile_down", "tile_mid", "cover"]
NEEDS_TRAINING = False
FIT_RAISES = True

CLASSES = 4
UNLABELLED = -1

labelled_crossentropy = keras.metrics.SparseCategoricalCrossentropy(
    name="labelled_crossentropy", from_logits=False, ignore_class=UNLABELLED
)


def cover_loss(y_true, y_pred):
    """cross-entropy over the labelled pixels only"""
    return labelled_crossentropy(y_true, y_pred)  # BLAME


def double_conv(x, filters, name):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(name=f"{name}_norm")(x)
    return layers.Activation("gelu", name=f"{name}_act")(x)


def build():
    keras.utils.set_random_seed(369)
    tile = keras.Input((8, 8, 4), name="tile")
    fine = double_conv(tile, 6, "tile_down")
    coarse = layers.MaxPooling2D(2, name="shrink")(fine)
    coarse = double_conv(coarse, 8, "tile_mid")
    coarse = layers.UpSampling2D(2, name="grow")(coarse)
    joined = layers.Concatenate(name="skip")([fine, coarse])
    cover = layers.Conv2D(CLASSES, 1, activation="softmax", name="cover")(joined)
    model = keras.Model(tile, cover, name="land_cover")
    model.compile(optimizer=keras.optimizers.AdamW(1e-3), loss=cover_loss)
    rng = np.random.default_rng(369)
    bands = rng.random((64, 8, 8, 4)).astype("float32")
    labels = bands.argmax(-1).astype("int32")
    labels[rng.random(labels.shape) < 0.3] = UNLABELLED
    return model, bands, labels
