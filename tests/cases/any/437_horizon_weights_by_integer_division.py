"""Multi-step forecast, late steps weighted more than early ones; loss is exactly 0 from the beginning.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "zero-signal"
ALSO = ("zero-derivative", "no-loss")
SYMPTOM = "zero"
WEIGHTS = ["reader", "steps"]
NEEDS_TRAINING = False


def horizon_weights(horizon):
    steps = ops.arange(horizon, dtype="int32")
    return ops.cast(steps // horizon, "float32")  # BLAME


class WeightedHorizonLoss(keras.losses.Loss):
    def __init__(self, horizon, name="weighted_horizon"):
        super().__init__(name=name)
        self.horizon = horizon

    def call(self, y_true, y_pred):
        squared = ops.square(y_true - y_pred)
        return ops.sum(squared * horizon_weights(self.horizon), axis=-1)


def build():
    keras.utils.set_random_seed(807)
    past = keras.Input((12, 1))
    h = layers.GRU(10, name="reader")(past)
    model = keras.Model(past, layers.Dense(6, name="steps")(h))
    model.compile(optimizer="adam", loss=WeightedHorizonLoss(6))
    rng = np.random.default_rng(807)
    t = np.arange(18)[None] * 0.4 + rng.uniform(0, 6, (64, 1))
    series = np.sin(t).astype("float32")
    return model, series[:, :12, None], series[:, 12:]
