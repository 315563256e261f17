"""L0 regularisation with hard-concrete gates on the hidden units, started at a small keep rate: the net predicts the mean for ever.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "saturated"
ALSO = ("zero-derivative", "dead-activation", "zero-signal")
SYMPTOM = "zero"
WEIGHTS = ["log_alpha", "encoder", "readout/kernel"]
NEEDS_TRAINING = False
GAMMA, ZETA = -0.1, 1.1


class HardConcreteGate(layers.Layer):
    def __init__(self, start, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        constant = keras.initializers.Constant(self.start)
        self.log_alpha = self.add_weight(name="log_alpha", shape=(input_shape[-1],), initializer=constant)

    def call(self, x):
        s = ops.sigmoid(self.log_alpha)
        gate = ops.clip(s * (ZETA - GAMMA) + GAMMA, 0.0, 1.0)  # BLAME
        return x * gate


def build():
    keras.utils.set_random_seed(804)
    features = keras.Input((9,))
    h = layers.Dense(20, activation="tanh", name="encoder")(features)
    h = HardConcreteGate(-4.0, name="gates")(h)
    model = keras.Model(features, layers.Dense(1, name="readout")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="mse")
    rng = np.random.default_rng(804)
    x = rng.normal(size=(64, 9)).astype("float32")
    return model, x, (x[:, :1] - x[:, 1:2]).astype("float32")
