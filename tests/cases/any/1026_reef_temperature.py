"""The loss squeezes the prediction to (n,) but leaves the target at (n, 1), so every prediction is compared with every target.
Source: https://github.com/tensorflow/tensorflow/issues/28901
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = ["lagoon", "shelf", "degree_out"]
NEEDS_TRAINING = False
FIT_RAISES = False


def reef_error(measured, forecast, knee=1.5):
    """Huber-like error, milder for the logger's outliers."""
    forecast = ops.squeeze(forecast, axis=-1)  # BLAME
    miss = ops.abs(measured - forecast)
    inner = ops.minimum(miss, knee)
    return ops.mean(0.5 * ops.square(inner) + knee * (miss - inner))


def build():
    keras.utils.set_random_seed(526)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(16, activation="tanh", name="lagoon"),
            layers.Dense(8, activation="tanh", name="shelf"),
            layers.Dense(1, name="degree_out"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=reef_error)
    rng = np.random.default_rng(526)
    x = rng.normal(size=(64, 5)).astype("float32")
    y = (1.4 * x[:, :1] + np.sin(2 * x[:, 1:2])).astype("float32")
    return model, x, y
