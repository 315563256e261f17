"""The trainable softplus is written out as log(1 + exp(a * (x - b))); with photodiode readings of hundreds of millivolts the exp overflows to infinity, so loss and gradients are not finite.
Source: https://procomputingproducts.co.uk/post/custom-parametric-activation-function-leading-to-na-n-loss
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["diode_curve", "lux"]
NEEDS_TRAINING = False
FIT_RAISES = False


class DiodeCurve(layers.Layer):
    """Scaled softplus with a trainable slope, knee and height for each channel."""

    def build(self, input_shape):
        n = input_shape[-1]
        self.slope = self.add_weight(shape=(n,), initializer="ones", name="slope")
        self.knee = self.add_weight(shape=(n,), initializer="zeros", name="knee")
        self.height = self.add_weight(shape=(n,), initializer="ones", name="height")

    def call(self, volts):
        bend = ops.log(1.0 + ops.exp(self.slope * (volts - self.knee)))  # BLAME
        return self.height * bend

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(33)
    rng = np.random.default_rng(33)
    volts = keras.Input((5,), name="millivolts")
    h = DiodeCurve(name="diode_curve")(volts)
    out = layers.Dense(1, name="lux")(h)
    model = keras.Model(volts, out, name="photodiode")
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    x = rng.uniform(-40, 320, size=(64, 5)).astype("float32")
    y = np.maximum(x, 0).mean(1, keepdims=True).astype("float32")
    return model, x, y
