"""Deep supervision: every stage has a head, the head losses are collected in a list.

Source: https://github.com/d2l-ai/d2l-en/pull/2600
"""
import numpy as np
import torch
import keras
from keras import layers

CODE = "stop-gradient"
ALSO = ("no-loss", "host-call")
SYMPTOM = "zero"
WEIGHTS = ["head_0", "head_1"]
NEEDS_TRAINING = False


class DeepSupervised(keras.Model):
    def __init__(self, classes, depth=3, width=20, aux_weight=0.3, **kwargs):
        super().__init__(**kwargs)
        self.stages = [layers.Dense(width, activation="gelu", name=f"stage_{i}") for i in range(depth)]
        self.heads = [layers.Dense(classes, name=f"head_{i}") for i in range(depth)]
        self.classes = classes
        self.aux_weight = aux_weight

    def call(self, x):
        outs = []
        for stage, head in zip(self.stages, self.heads):
            x = stage(x)
            outs.append(head(x))
        return torch.stack(outs, dim=1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        y = y.long()
        terms = []
        for i in range(len(self.heads)):
            terms.append(torch.nn.functional.cross_entropy(y_pred[:, i], y, label_smoothing=0.05))
        main = terms[-1]
        aux = torch.tensor(terms[:-1], device=main.device).mean()  # BLAME
        return main + self.aux_weight * aux


def build():
    keras.utils.set_random_seed(3006)
    rng = np.random.default_rng(3006)
    y = rng.integers(0, 4, 64)
    x = (rng.normal(size=(64, 12)) + 1.5 * np.eye(4, 12)[y]).astype("float32")
    model = DeepSupervised(4)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(2e-3))
    return model, x, y
