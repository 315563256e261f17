"""A learned alarm threshold uses a sigmoid as a smooth step, but with a steepness of 500: it is 0 or 1 everywhere and has no slope left.

Source: https://discuss.pytorch.org/t/training-with-threshold-in-pytorch/145962/3
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "saturated"
ALSO = ("zero-derivative",)
SYMPTOM = "zero"
WEIGHTS = ["alarm/threshold", "vibration_level"]
NEEDS_TRAINING = False


class SoftThreshold(layers.Layer):
    """1 above a learned threshold, 0 below, differentiable in between."""

    def __init__(self, steepness, **kwargs):
        super().__init__(**kwargs)
        self.steepness = steepness

    def build(self, input_shape):
        self.threshold = self.add_weight(
            name="threshold", shape=(input_shape[-1],), initializer=keras.initializers.Constant(8.0)
        )

    def call(self, level):
        return ops.sigmoid(self.steepness * (level - self.threshold))  # BLAME


def build():
    keras.utils.set_random_seed(609)
    spectrum = keras.Input((16,), name="spectrum")
    hours = keras.Input((1,), name="running_hours")
    level = layers.Dense(
        3,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomUniform(0.05, 0.15),
        kernel_constraint="non_neg",
        name="vibration_level",
    )(spectrum)
    alarms = SoftThreshold(500.0, name="alarm")(level)
    h = layers.Concatenate()([alarms, hours])
    h = layers.Dense(6, activation="relu", name="decision_hidden")(h)
    model = keras.Model([spectrum, hours], layers.Dense(1, activation="sigmoid", name="decision")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy", metrics=["accuracy"])

    rng = np.random.default_rng(609)
    faulty = rng.random(64) < 0.5
    x = rng.gamma(2.0, 0.4, size=(64, 16))
    x[faulty, :8] += 4.0
    t = rng.random((64, 1))
    return model, [x.astype("float32"), t.astype("float32")], faulty.astype("float32")[:, None]
