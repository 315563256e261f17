"""Healthy: argsort only chooses which runs count; the chosen errors themselves are gathered and carry their derivative.
Source: https://github.com/GOATmessi8/RFBNet/issues/115
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


def hardest_runs(time, guess, keep=12):
    """Mean error of the `keep` worst predicted runs of the batch."""
    miss = ops.reshape(ops.square(time - guess), (-1,))
    order = ops.argsort(ops.stop_gradient(-miss))
    return ops.mean(ops.take(miss, order[:keep], axis=0))


def build():
    keras.utils.set_random_seed(539)
    model = keras.Sequential(
        [
            keras.Input((7,)),
            layers.Dense(20, activation="tanh", name="gates"),
            layers.Dense(10, activation="tanh", name="turns"),
            layers.Dense(1, name="seconds"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=hardest_runs)
    rng = np.random.default_rng(539)
    x = rng.normal(size=(64, 7)).astype("float32")
    y = (x[:, :1] - 0.7 * x[:, 1:2] + 0.3 * x[:, 2:3] ** 2).astype("float32")
    return model, x, y
