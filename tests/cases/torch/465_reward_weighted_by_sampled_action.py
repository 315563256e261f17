"""Bandit policy in torch: the loss is minus the reward of a sampled arm. The baseline learns, the policy does not.

Source: own, after a common kind of question (no single thread)
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["policy_hidden", "policy_logits"]
NEEDS_TRAINING = False


def play(logits, rewards):
    arm = torch.multinomial(torch.softmax(logits, dim=-1), 1)  # BLAME
    return rewards.gather(1, arm)[:, 0]


class Bandit(keras.Model):
    def __init__(self, arms, **kwargs):
        super().__init__(**kwargs)
        self.policy_hidden = layers.Dense(16, activation="tanh", name="policy_hidden")
        self.policy_logits = layers.Dense(arms, name="policy_logits")
        self.base_hidden = layers.Dense(16, activation="tanh", name="base_hidden")
        self.base = layers.Dense(1, name="base")

    def call(self, context):
        return {
            "logits": self.policy_logits(self.policy_hidden(context)),
            "baseline": self.base(self.base_hidden(context)),
        }

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        y = torch.as_tensor(y)
        reward = play(y_pred["logits"], y)
        advantage = reward - y_pred["baseline"][:, 0].detach()
        fit = (reward.detach() - y_pred["baseline"][:, 0]) ** 2
        return -advantage.mean() + 0.5 * fit.mean()


def build():
    keras.utils.set_random_seed(910)
    rng = np.random.default_rng(910)
    x = rng.normal(size=(64, 6)).astype("float32")
    model = Bandit(4)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    rewards = x @ rng.normal(size=(6, 4)) + 0.1 * rng.normal(size=(64, 4))
    return model, x, rewards.astype("float32")
