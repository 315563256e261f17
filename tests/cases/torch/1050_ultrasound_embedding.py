"""The call that makes the embedding still sits in torch.no_grad() from the time it was used for inference only, so the probe layers are never trained.
Source: https://github.com/Lightning-AI/pytorch-lightning/issues/19517
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["probe_wide", "probe_narrow"]
NEEDS_TRAINING = False
FIT_RAISES = False


class ScanGrader(keras.Model):
    def __init__(self, grades, **kwargs):
        super().__init__(**kwargs)
        self.probe_wide = layers.Dense(16, activation="relu", name="probe_wide")
        self.probe_narrow = layers.Dense(6, name="probe_narrow")
        self.norm = layers.LayerNormalization(name="echo_norm")
        self.grade = layers.Dense(grades, name="grade")

    def embed(self, scan):
        with torch.no_grad():  # BLAME
            return self.probe_narrow(self.probe_wide(scan))

    def call(self, scan, training=False):
        echo = self.norm(self.embed(scan))
        return self.grade(torch.nn.functional.gelu(echo))


def build():
    keras.utils.set_random_seed(550)
    model = ScanGrader(3, name="scan_grader")
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    rng = np.random.default_rng(550)
    x = rng.normal(size=(64, 14)).astype("float32")
    y = np.digitize(x[:, 0] + x[:, 1], [-0.6, 0.6]).astype("int32")
    model(x[:2])
    return model, x, y
