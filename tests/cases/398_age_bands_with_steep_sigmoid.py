"""Learned age bands for an insurance tariff: a sigmoid of steepness 1000 stands in for the step, and no whole age is near a cut.

Source: https://discuss.tensorflow.org/t/step-function-as-activation-during-testing/24849
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["age_bands/cuts"]
NEEDS_TRAINING = False

STEEPNESS = 1000.0


class SoftBands(layers.Layer):
    """one smooth step for each learned cut between `low` and `high`"""

    def __init__(self, bands, low, high, **kwargs):
        super().__init__(**kwargs)
        self.bands, self.low, self.high = bands, low, high

    def build(self, input_shape):
        start = np.floor(np.linspace(self.low, self.high, self.bands)) + 0.5
        self.cuts = self.add_weight(
            name="cuts", shape=(self.bands,), initializer=lambda shape, dtype=None: ops.cast(start, dtype)
        )

    def call(self, age):
        return ops.sigmoid(STEEPNESS * (age - self.cuts))  # BLAME

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.bands)


def build():
    keras.utils.set_random_seed(398)
    age = keras.Input((1,), name="age")
    car = keras.Input((4,), name="car")
    bands = SoftBands(6, 20, 70, name="age_bands")(age)
    engine = layers.Dense(6, activation="tanh", name="engine")(car)
    joined = layers.Concatenate(name="policy")([bands, engine])
    claims = layers.Dense(1, activation="softplus", name="claims")(joined)
    model = keras.Model({"age": age, "car": car}, claims, name="tariff")
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="poisson")
    rng = np.random.default_rng(398)
    ages = rng.integers(18, 85, (64, 1))
    x = {"age": ages.astype("float32"), "car": rng.normal(size=(64, 4)).astype("float32")}
    rate = 0.3 + 0.7 * (ages < 26) + 0.3 * (ages > 70)
    return model, x, rng.poisson(rate).astype("float32")
