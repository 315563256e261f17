"""A ranking loss correlates ranks that argsort yields: integers without a derivative."""

import keras
import numpy as np
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["ranker"]
NEEDS_TRAINING = False
FIT_RAISES = True


def ranks(scores):
    order = ops.argsort(scores, axis=-1)  # BLAME
    return ops.cast(ops.argsort(order, axis=-1), "float32")


def spearman_loss(y_true, y_pred):
    gap = ranks(y_true) - ranks(y_pred)
    return ops.mean(ops.square(gap), axis=-1)


def build():
    keras.utils.set_random_seed(211)
    model = keras.Sequential(
        [keras.Input((8, 3)), layers.Dense(1, name="ranker"), layers.Reshape((8,), name="list")]
    )
    model.compile(optimizer="adam", loss=spearman_loss)
    rng = np.random.default_rng(211)
    x = rng.normal(size=(64, 8, 3)).astype("float32")
    return model, x, x.sum(-1)
