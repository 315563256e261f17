"""A weight-normalised projection multiplies its direction by gain.value.data: the gain is a weight of the model, but gets no gradient."""
import keras
import numpy as np
import torch
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["project_0/gain", "project_1/gain"]
NEEDS_TRAINING = False


class WeightNormDense(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.direction = self.add_weight(name="direction", shape=(input_shape[-1], self.units))
        self.gain = self.add_weight(name="gain", shape=(self.units,), initializer="ones")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x):
        direction = self.direction.value
        length = torch.linalg.vector_norm(direction, dim=0, keepdim=True)
        kernel = direction / length * self.gain.value.data  # BLAME
        return torch.addmm(self.bias.value, x, kernel)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


def build():
    keras.utils.set_random_seed(763)
    survey = keras.Input((11,), name="survey")
    h = WeightNormDense(16, name="project_0")(survey)
    h = layers.Activation("elu")(h)
    h = WeightNormDense(8, name="project_1")(h)
    h = layers.Activation("elu")(h)
    model = keras.Model(survey, layers.Dense(1, activation="sigmoid", name="returns")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(763)
    x = rng.normal(size=(64, 11)).astype("float32")
    return model, x, (x[:, :1] > x[:, 1:2]).astype("float32")
