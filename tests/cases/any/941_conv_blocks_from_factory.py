"""Subclassed classifier whose conv blocks come from a factory function.

Source: https://github.com/tensorflow/tensorflow/issues/29073
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = []
UNTRACKED = ["block0_conv", "block1_conv"]
NEEDS_TRAINING = False


def conv_block(filters, name):
    conv = layers.Conv1D(filters, 3, padding="same", name=name + "_conv")
    conv.build((None, None, 2 if name == "block0" else 8))

    def block(x):
        return ops.max(ops.reshape(ops.relu(conv(x)), (-1, x.shape[1] // 2, 2, filters)), axis=2)

    return block


class ECGNet(keras.Model):
    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [conv_block(f, f"block{i}") for i, f in enumerate([8, 16])]  # BLAME
        self.pool = layers.GlobalAveragePooling1D()
        self.fc = layers.Dense(16, activation="relu", name="fc")
        self.logits = layers.Dense(classes, name="logits")

    def call(self, x):
        for b in self.blocks:
            x = b(x)
        return self.logits(self.fc(self.pool(x)))


def build():
    keras.utils.set_random_seed(1005)
    rng = np.random.default_rng(1005)
    y = rng.integers(0, 3, 64)
    t = np.linspace(0, 6, 24)
    x = np.stack([np.sin((1 + y[:, None]) * t), np.cos((1 + y[:, None]) * t)], -1) + 0.2 * rng.normal(size=(64, 24, 2))
    x = x.astype("float32")
    model = ECGNet(3)
    model(x[:2])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, x, y
