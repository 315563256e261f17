"""Healthy: NT-Xent loss on two views, the diagonal of the similarity matrix is masked out with -1e9.

Source: https://github.com/tensorflow/tensorflow/issues/30199
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def nt_xent(a, b, temperature):
    z = ops.normalize(ops.concatenate([a, b], axis=0), axis=-1)
    logits = ops.matmul(z, ops.transpose(z)) / temperature
    n = ops.shape(a)[0]
    logits = logits - 1e9 * ops.eye(2 * n)
    partner = ops.concatenate([ops.arange(n) + n, ops.arange(n)], axis=0)
    return ops.mean(keras.losses.sparse_categorical_crossentropy(partner, logits, from_logits=True))


class SimCLR(keras.Model):
    def __init__(self, temperature=0.3, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature
        self.encoder = layers.Dense(24, activation="relu", name="encoder")
        self.projection = layers.Dense(8, name="projection")

    def call(self, views):
        a, b = views
        return self.projection(self.encoder(a)), self.projection(self.encoder(b))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return nt_xent(y_pred[0], y_pred[1], self.temperature)


def build():
    keras.utils.set_random_seed(852)
    rng = np.random.default_rng(852)
    base = rng.normal(size=(64, 10))
    x = [(base + 0.3 * rng.normal(size=base.shape)).astype("float32") for _ in range(2)]
    model = SimCLR()
    model([x[0][:2], x[1][:2]])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, np.zeros((64, 1), "float32")
