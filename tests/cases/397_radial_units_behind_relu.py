"""Radial basis units for soil samples: minus the squared distance is sent through a relu instead of an exponential, so all is 0.

Source: https://github.com/keras-team/keras/issues/7898
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["radial/centres", "radial/width", "acidity/kernel"]
NEEDS_TRAINING = False


class Radial(layers.Layer):
    """similarity of a sample to a number of learned prototypes"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.centres = self.add_weight(
            name="centres", shape=(self.units, input_shape[-1]), initializer=keras.initializers.RandomNormal(stddev=1.0)
        )
        self.width = self.add_weight(name="width", shape=(self.units,), initializer="ones")

    def call(self, samples):
        difference = ops.expand_dims(samples, 1) - self.centres
        distance = ops.sum(ops.square(difference), axis=-1)
        return ops.relu(-ops.square(self.width) * distance)  # BLAME

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def build():
    keras.utils.set_random_seed(397)
    spectrum = keras.Input((6,), name="spectrum")
    scaled = layers.LayerNormalization(center=False, scale=False, name="scaled")(spectrum)
    similarity = Radial(12, name="radial")(scaled)
    acidity = layers.Dense(1, name="acidity")(similarity)
    model = keras.Model(spectrum, acidity, name="soil")
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    rng = np.random.default_rng(397)
    x = rng.normal(size=(64, 6)).astype("float32")
    y = 6.5 + 0.5 * np.exp(-np.square(x[:, :2] - 0.5).sum(1, keepdims=True))
    return model, x, y.astype("float32")
