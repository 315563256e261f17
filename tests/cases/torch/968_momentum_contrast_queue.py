"""MoCo-like contrast: key encoder under no_grad, a queue of old keys as non-trainable weight.

Source: https://github.com/daniel03c1/masked_wavelet_nerf/issues/10
"""
import numpy as np
import torch
import torch.nn.functional as F
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def encoder(name):
    return keras.Sequential(
        [keras.Input((16,)), layers.Dense(32, activation="relu", name=f"{name}_h"), layers.Dense(8, name=f"{name}_z")],
        name=name,
    )


class MoCo(keras.Model):
    def __init__(self, queue=48, temperature=0.2, **kwargs):
        super().__init__(**kwargs)
        self.query = encoder("query")
        self.key = encoder("key")
        self.key.trainable = False
        self.key.set_weights(self.query.get_weights())
        self.temperature = temperature
        self.queue = self.add_weight(
            name="queue", shape=(queue, 8), initializer=keras.initializers.RandomNormal(seed=3), trainable=False
        )

    def call(self, x):
        a, b = x[:, 0], x[:, 1]
        q = F.normalize(self.query(a), dim=-1)
        with torch.no_grad():
            k = F.normalize(self.key(b), dim=-1)
        return torch.cat([q, k], dim=-1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        q, k = y_pred[:, :8], y_pred[:, 8:].detach()
        old = F.normalize(self.queue.value.detach(), dim=-1)
        logits = torch.cat([(q * k).sum(-1, keepdim=True), q @ old.T], dim=1) / self.temperature
        return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long, device=q.device))


def build():
    keras.utils.set_random_seed(3008)
    rng = np.random.default_rng(3008)
    base = rng.normal(size=(96, 1, 16))
    x = (base + 0.3 * rng.normal(size=(96, 2, 16))).astype("float32")
    model = MoCo()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, np.zeros(96, "float32")
