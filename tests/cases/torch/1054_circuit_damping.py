"""The gate's sigmoid output is scaled in place with `*=`, but the sigmoid needs exactly that output for its own derivative, so the backward pass raises.
Source: https://github.com/Jee-King/TSAN/issues/3
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "step-raises"
SYMPTOM = "raises"
WEIGHTS = ["intake", "damper_kernel"]
NEEDS_TRAINING = False
FIT_RAISES = True


class DampedGate(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.damper_kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="damper_kernel"
        )
        self.damping = torch.linspace(1.0, 0.4, self.units)

    def call(self, current):
        gate = torch.sigmoid(current @ self.damper_kernel.value)
        gate *= self.damping.to(gate.device)  # BLAME
        return gate * current

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


def build():
    keras.utils.set_random_seed(554)
    probe = keras.Input((6,), name="probe")
    h = layers.Dense(10, name="intake")(probe)
    h = DampedGate(10, name="damped_gate")(h)
    ripple = layers.Dense(1, name="ripple")(h)
    model = keras.Model(probe, ripple)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mae")
    rng = np.random.default_rng(554)
    x = rng.normal(size=(40, 6)).astype("float32")
    y = np.sin(x[:, :1] + x[:, 1:2]).astype("float32")
    return model, x, y
