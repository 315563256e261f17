"""DQN regression: targets come from a frozen copy of the network.

Source: https://github.com/keras-team/keras-io/issues/406
"""
import numpy as np
import keras
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def q_net(name):
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(32, activation="relu", name=f"{name}_h1"),
            layers.Dense(32, activation="relu", name=f"{name}_h2"),
            layers.Dense(4, name=f"{name}_q"),
        ],
        name=name,
    )


class DQN(keras.Model):
    def __init__(self, gamma=0.9, **kwargs):
        super().__init__(**kwargs)
        self.gamma = gamma
        self.online = q_net("online")
        self.frozen_copy = q_net("frozen_copy")
        self.frozen_copy.trainable = False
        self.frozen_copy.set_weights(self.online.get_weights())

    def call(self, inputs):
        state, next_state = inputs
        q = self.online(state)
        nxt = ops.stop_gradient(ops.max(self.frozen_copy(next_state), axis=-1, keepdims=True))
        return ops.concatenate([q, nxt], axis=-1)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        q, nxt = y_pred[:, :4], y_pred[:, 4:]
        action, reward = ops.cast(y[:, 0], "int32"), y[:, 1:2]
        q_a = ops.sum(q * ops.one_hot(action, 4), axis=-1, keepdims=True)
        td = reward + self.gamma * nxt - q_a
        return ops.mean(ops.where(ops.abs(td) < 1.0, 0.5 * ops.square(td), ops.abs(td) - 0.5))


def build():
    keras.utils.set_random_seed(1010)
    rng = np.random.default_rng(1010)
    s = rng.normal(size=(96, 6)).astype("float32")
    s2 = (s + 0.1 * rng.normal(size=s.shape)).astype("float32")
    y = np.stack([rng.integers(0, 4, 96), s[:, 0]], 1).astype("float32")
    model = DQN()
    model([s[:2], s2[:2]])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, [s, s2], y
