"""Advantage actor-critic: stop_gradient was put around the log-probability instead of the advantage, so the policy gets no gradient.

Source: https://github.com/keras-team/keras-io/issues/194
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["policy_hidden", "policy_logits"]
NEEDS_TRAINING = False

ACTIONS = 3


class ActorCritic(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.policy_hidden = layers.Dense(12, activation="tanh", name="policy_hidden")
        self.policy_logits = layers.Dense(ACTIONS, name="policy_logits")
        self.value_hidden = layers.Dense(12, activation="tanh", name="value_hidden")
        self.value_out = layers.Dense(1, name="value_out")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, state):
        logits = self.policy_logits(self.policy_hidden(state))
        value = self.value_out(self.value_hidden(state))
        return logits, value[:, 0]

    def train_step(self, data):
        state, episode = data
        action = tf.cast(episode[:, 0], tf.int32)
        returns = episode[:, 1]
        with tf.GradientTape() as tape:
            logits, value = self(state, training=True)
            log_prob = tf.reduce_sum(tf.nn.log_softmax(logits) * tf.one_hot(action, ACTIONS), axis=-1)
            advantage = returns - value
            actor_loss = -tf.reduce_mean(tf.stop_gradient(log_prob) * advantage)  # BLAME
            critic_loss = tf.reduce_mean(tf.square(advantage))
            loss = actor_loss + 0.5 * critic_loss
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    @property
    def metrics(self):
        return [self.loss_tracker]


def build():
    keras.utils.set_random_seed(365)
    rng = np.random.default_rng(365)
    model = ActorCritic(name="actor_critic")
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    state = rng.normal(size=(64, 4)).astype("float32")
    action = rng.integers(0, ACTIONS, 64)
    returns = state[:, 0] + 0.5 * action + rng.normal(scale=0.1, size=64)
    episode = np.stack([action, returns], axis=1).astype("float32")
    return model, state, episode
