"""Healthy: a torch.nn.GRU inside a Keras model; a custom train_step reads the series in chunks and detaches the state between them."""
import keras
import numpy as np
import torch
import torch.nn.functional as F
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # truncated on purpose


class ChunkedReader(keras.Model):
    def __init__(self, units, chunk=5, **kwargs):
        super().__init__(**kwargs)
        self.chunk = chunk
        self.lift = layers.Dense(units, activation="tanh", name="lift")
        self.reader = layers.TorchModuleWrapper(torch.nn.GRU(units, units, batch_first=True), name="reader")
        self.emit = layers.Dense(1, name="emit")

    def step(self, x, state=None):
        h, state = self.reader(self.lift(x), state)
        return self.emit(h), state

    def call(self, x):
        return self.step(x)[0]

    def train_step(self, data):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.zero_grad()
        state, total = None, 0.0
        starts = range(0, x.shape[1], self.chunk)
        for s in starts:
            guess, state = self.step(x[:, s : s + self.chunk], state)
            loss = F.smooth_l1_loss(guess, y[:, s : s + self.chunk]) / len(starts)
            loss.backward()
            state = state.detach()
            total = total + loss.detach()
        weights = self.trainable_weights
        with torch.no_grad():
            self.optimizer.apply([w.value.grad for w in weights], weights)
        return {"error": total}


def build():
    keras.utils.set_random_seed(772)
    rng = np.random.default_rng(772)
    x = rng.normal(size=(64, 15, 2)).astype("float32")
    y = (0.3 * np.cumsum(x[..., :1], axis=1)).astype("float32")
    model = ChunkedReader(10)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(2e-3))
    return model, x, y
