"""A dueling Q-network returns the centred advantages and forgets to add the state value: the value stream never learns."""
import keras
import numpy as np
from keras import layers, ops

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["value_hidden", "value_out"]
NEEDS_TRAINING = False


class DuelingQ(keras.Model):
    def __init__(self, actions, **kwargs):
        super().__init__(**kwargs)
        self.actions = actions
        self.torso = layers.Dense(24, activation="relu", name="torso")
        self.value_hidden = layers.Dense(12, activation="relu", name="value_hidden")
        self.value_out = layers.Dense(1, name="value_out")
        self.advantage_hidden = layers.Dense(12, activation="relu", name="advantage_hidden")
        self.advantage_out = layers.Dense(actions, name="advantage_out")

    def call(self, state):
        h = self.torso(state)
        value = self.value_out(self.value_hidden(h))
        advantage = self.advantage_out(self.advantage_hidden(h))
        q = advantage - ops.mean(advantage, axis=-1, keepdims=True)  # BLAME
        return q


def taken_action_error(y_true, q):
    """y_true: action in the first column, bootstrapped return in the second."""
    action = ops.one_hot(ops.cast(y_true[:, 0], "int32"), q.shape[-1])
    chosen = ops.sum(q * action, axis=-1)
    return ops.square(chosen - y_true[:, 1])


def build():
    keras.utils.set_random_seed(722)
    rng = np.random.default_rng(722)
    x = rng.normal(size=(64, 6)).astype("float32")
    action = rng.integers(0, 4, 64)
    target = 3.0 + x[np.arange(64), action]
    model = DuelingQ(4)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=taken_action_error)
    return model, x, np.stack([action, target], axis=1).astype("float32")
