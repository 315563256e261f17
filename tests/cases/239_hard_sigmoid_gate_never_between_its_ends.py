"""A gated conv multiplies its gate logits by 1000 before a hard sigmoid."""

import keras
import numpy as np
from keras import layers, ops

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["gate_conv"]
NEEDS_TRAINING = False


def hard_gate(logits):
    steep = 1000.0 * (logits + 2.0)
    return ops.hard_sigmoid(steep)  # BLAME


class GatedConv(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.content = layers.Conv1D(filters, 3, padding="same", name="content_conv")
        self.gate = layers.Conv1D(
            filters, 3, padding="same", kernel_initializer="random_normal", name="gate_conv"
        )

    def build(self, shape):
        self.content.build(shape)
        self.gate.build(shape)

    def call(self, x):
        return self.content(x) * hard_gate(self.gate(x))


def build():
    keras.utils.set_random_seed(239)
    audio = keras.Input((16, 2))
    h = GatedConv(4, name="gated")(audio)
    model = keras.Model(audio, layers.Dense(1, name="pitch")(layers.GlobalAveragePooling1D()(h)))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(239)
    x = rng.uniform(-1, 1, (64, 16, 2)).astype("float32")
    return model, x, x.mean(axis=(1, 2))[:, None]
