"""A triplet hinge subtracts its margin instead of adding it; embeddings are unit vectors, so the hinge is below 0 for every triplet."""
import keras
import numpy as np
from keras import layers, ops

CODE = "dead-activation"
ALSO = ("saturated", "zero-derivative", "zero-signal")
SYMPTOM = "zero"
WEIGHTS = ["tri_conv", "tri_embed"]
NEEDS_TRAINING = False

MARGIN = 5.0


def triplet_hinge(y_true, distances):
    d_pos, d_neg = distances[:, 0], distances[:, 1]
    return ops.relu(d_pos - d_neg - MARGIN)  # BLAME


def build():
    keras.utils.set_random_seed(619)
    encoder = keras.Sequential(
        [
            keras.Input((9, 9, 1)),
            layers.Conv2D(6, 3, strides=2, activation="relu", name="tri_conv"),
            layers.Flatten(),
            layers.Dense(5, name="tri_embed"),
            layers.UnitNormalization(),
        ],
        name="encoder",
    )
    anchor, positive, negative = (keras.Input((9, 9, 1), name=n) for n in ("anchor", "positive", "negative"))
    a, p, n = encoder(anchor), encoder(positive), encoder(negative)
    dp = ops.sum(ops.square(a - p), axis=-1, keepdims=True)
    dn = ops.sum(ops.square(a - n), axis=-1, keepdims=True)
    model = keras.Model([anchor, positive, negative], layers.Concatenate()([dp, dn]))
    model.compile(optimizer="adam", loss=triplet_hinge)
    rng = np.random.default_rng(619)
    base = rng.random((64, 9, 9, 1)).astype("float32")
    other = rng.random((64, 9, 9, 1)).astype("float32")
    return model, [base, base + 0.05, other], np.zeros((64, 1), "float32")
