"""Healthy: a torch module inside a Keras model is wrapped and trained, and the own train_step clears, computes, clips and applies the gradients in the right order.
Source: https://github.com/keras-team/keras/issues/18395
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class LoanModel(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.shelf = torch.nn.Sequential(
            torch.nn.Linear(8, 16),
            torch.nn.SiLU(),
            torch.nn.Linear(16, 6),
        )
        self.loans = layers.Dense(1, name="loans")

    def call(self, week, training=False):
        return self.loans(self.shelf(week))

    def train_step(self, data):
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.zero_grad()
        y_pred = self(x, training=True)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([v.value for v in self.trainable_weights], 2.0)
        with torch.no_grad():
            self.optimizer.apply(
                [v.value.grad for v in self.trainable_weights], self.trainable_weights
            )
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss.detach())
            else:
                metric.update_state(y, y_pred.detach())
        return {m.name: m.result() for m in self.metrics}


def build():
    keras.utils.set_random_seed(555)
    model = LoanModel(name="loan_model")
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    rng = np.random.default_rng(555)
    x = rng.normal(size=(64, 8)).astype("float32")
    y = (x[:, :1] * 1.5 + np.cos(2 * x[:, 1:2])).astype("float32")
    model(x[:2])
    return model, x, y
