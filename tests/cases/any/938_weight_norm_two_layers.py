"""Weight normalisation written by hand, two of them in an MLP.

Source: https://github.com/keras-team/keras/issues/15676
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["wn_out/v"]
NEEDS_TRAINING = False


class WeightNormDense(layers.Layer):
    def __init__(self, units, activation=None, freeze_direction=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.freeze_direction = freeze_direction

    def build(self, input_shape):
        self.v = self.add_weight(name="v", shape=(input_shape[-1], self.units), initializer="glorot_normal")
        self.g = self.add_weight(name="g", shape=(self.units,), initializer="ones")
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def direction(self):
        v = ops.convert_to_tensor(self.v)
        n = ops.sqrt(ops.sum(ops.square(v), axis=0, keepdims=True) + 1e-12)
        if self.units < 8 or self.freeze_direction:
            return ops.stop_gradient(v / n)  # BLAME
        return v / n

    def call(self, x):
        return self.activation(ops.matmul(x, self.direction() * self.g) + self.b)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


def build():
    keras.utils.set_random_seed(1002)
    rng = np.random.default_rng(1002)
    x = rng.normal(size=(64, 9)).astype("float32")
    y = np.tanh(x @ rng.normal(size=(9, 3))).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((9,)),
            WeightNormDense(24, "elu", name="wn_hidden"),
            WeightNormDense(24, "elu", name="wn_hidden2"),
            WeightNormDense(3, name="wn_out"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    return model, x, y
