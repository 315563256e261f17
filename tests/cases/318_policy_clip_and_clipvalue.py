"""Healthy: a clipped policy objective (PPO) trained with clipvalue; part of the ratios sit in the flat part."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def ppo_loss(y_true, logits):
    action, old, advantage = (y_true[:, i] for i in range(3))
    chosen = ops.one_hot(ops.cast(action, "int32"), 3)
    log_probability = ops.sum(chosen * ops.log_softmax(logits), axis=-1)
    ratio = ops.exp(log_probability - old)
    clipped = ops.clip(ratio, 0.8, 1.2)
    return -ops.minimum(ratio * advantage, clipped * advantage)


def build():
    keras.utils.set_random_seed(318)
    state = keras.Input((4,))
    h = layers.Dense(16, activation="tanh", name="policy_body")(state)
    model = keras.Model(state, layers.Dense(3, name="policy")(h))
    model.compile(optimizer=keras.optimizers.Adam(1e-3, clipvalue=0.5), loss=ppo_loss)
    rng = np.random.default_rng(318)
    old = np.log(np.full(64, 1 / 3)) + 0.2 * rng.normal(size=64)
    y = np.stack([rng.integers(0, 3, 64), old, rng.normal(size=64)], axis=-1)
    return model, rng.normal(size=(64, 4)).astype("float32"), y.astype("float32")
