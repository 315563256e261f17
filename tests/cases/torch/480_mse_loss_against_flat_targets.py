"""A torch train_step calls F.mse_loss with predictions (batch, 1) and targets (batch,): torch broadcasts, and the model learns the mean.

Source: https://github.com/Photon-AI-Research/NeuralSolvers/issues/20
"""
import keras
import numpy as np
import torch
import torch.nn.functional as F
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


class BatteryLife(keras.Model):
    """Cycles that a cell has left, from its charging curve."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.norm = layers.LayerNormalization(name="norm")
        self.hidden = layers.Dense(16, activation="relu", name="hidden")
        self.cycles = layers.Dense(1, name="cycles")
        self.loss_mean = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_mean]

    def call(self, curve):
        return self.cycles(self.hidden(self.norm(curve)))

    def train_step(self, data):
        x, y = data
        self.zero_grad()
        prediction = self(x, training=True)
        loss = F.mse_loss(prediction, y.to(prediction.dtype))  # BLAME
        loss.backward()
        variables = self.trainable_weights
        gradients = [v.value.grad for v in variables]
        with torch.no_grad():
            self.optimizer.apply(gradients, variables)
        self.loss_mean.update_state(loss.detach())
        return {"loss": self.loss_mean.result()}


def build():
    keras.utils.set_random_seed(666)
    rng = np.random.default_rng(666)
    x = rng.normal(size=(64, 10)).astype("float32")
    y = (1.0 + x[:, 0] - 0.5 * x[:, 3] + 0.1 * rng.normal(size=64)).astype("float32")
    model = BatteryLife()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    return model, x, y
