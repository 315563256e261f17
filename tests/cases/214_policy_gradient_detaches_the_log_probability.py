"""An actor-critic step detaches the log-probability where the advantage was meant."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["policy"]
NEEDS_TRAINING = False


class ActorCritic(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.body = layers.Dense(8, activation="tanh", name="body")
        self.policy = layers.Dense(3, name="policy")
        self.value = layers.Dense(1, name="value")

    def call(self, state):
        h = self.body(state)
        return self.policy(h), self.value(h)[:, 0]

    def losses_of(self, state, action, gain):
        logits, value = self(state, training=True)
        log_probability = ops.sum(ops.one_hot(action, 3) * ops.log_softmax(logits), axis=-1)
        advantage = gain - value
        actor = -ops.mean(ops.stop_gradient(log_probability) * advantage)  # BLAME
        return actor, ops.mean(ops.square(advantage))

    def train_step(self, data):
        state, outcome = data
        with tf.GradientTape() as tape:
            actor, critic = self.losses_of(state, outcome["action"], outcome["gain"])
            loss = actor + 0.5 * critic
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(214)
    rng = np.random.default_rng(214)
    x = rng.normal(size=(64, 4)).astype("float32")
    y = {"action": rng.integers(0, 3, 64), "gain": rng.normal(size=64).astype("float32")}
    model = ActorCritic()
    model.compile(optimizer="adam")
    return model, x, y
