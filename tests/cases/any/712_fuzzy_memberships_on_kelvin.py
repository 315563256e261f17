"""A fuzzy-rule layer uses hard_tanh memberships made for standardised inputs, but gets temperatures in Kelvin: all rules are at +1."""
import keras
import numpy as np
from keras import layers, ops

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["fuzzy/centre", "fuzzy/slope"]
NEEDS_TRAINING = False


class FuzzyRules(layers.Layer):
    """Ramp memberships for every input and rule, with trainable centres and slopes."""

    def __init__(self, rules, **kwargs):
        super().__init__(**kwargs)
        self.rules = rules

    def build(self, input_shape):
        shape = (input_shape[-1], self.rules)
        self.centre = self.add_weight(
            name="centre", shape=shape, initializer=keras.initializers.RandomUniform(-2.0, 2.0)
        )
        self.slope = self.add_weight(name="slope", shape=shape, initializer="ones")

    def call(self, x):
        offset = ops.expand_dims(x, -1) - self.centre
        member = ops.hard_tanh(self.slope * offset)  # BLAME
        return ops.reshape(member, (-1, member.shape[1] * self.rules))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1] * self.rules)


def build():
    keras.utils.set_random_seed(712)
    sensors = keras.Input((4,), name="sensors")
    h = FuzzyRules(6, name="fuzzy")(sensors)
    h = layers.Dense(10, activation="relu", name="consequent")(h)
    model = keras.Model(sensors, layers.Dense(1, name="valve")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    rng = np.random.default_rng(712)
    x = (293.0 + 4.0 * rng.normal(size=(64, 4))).astype("float32")
    return model, x, ((x[:, :1] - 293.0) / 8.0).astype("float32")
