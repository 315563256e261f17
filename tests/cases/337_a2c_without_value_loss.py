"""Advantage actor-critic on logged episodes: the advantage is detached, as it should be, but no value loss is added.

Source: https://github.com/tensorflow/tensorflow/issues/48547
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
ALSO = ["stop-gradient", "unused"]
SYMPTOM = "none"
WEIGHTS = ["critic_hidden", "value"]
NEEDS_TRAINING = False


def trunk_with_two_heads(observations, actions):
    state = keras.Input((observations,), name="state")
    shared = layers.Dense(24, activation="tanh", name="shared")(state)
    a = layers.Dense(16, activation="tanh", name="actor_hidden")(shared)
    c = layers.Dense(16, activation="tanh", name="critic_hidden")(shared)
    logits = layers.Dense(actions, name="policy")(a)
    value = layers.Dense(1, name="value")(c)
    return keras.Model(state, [logits, value], name="actor_critic")


class A2C(keras.Model):
    def __init__(self, observations, actions, entropy_weight=0.01, **kwargs):
        super().__init__(**kwargs)
        self.net = trunk_with_two_heads(observations, actions)
        self.entropy_weight = entropy_weight
        self.actions = actions

    def call(self, states):
        return self.net(states)

    def train_step(self, rollout):
        states, taken, returns = rollout["states"], rollout["actions"], rollout["returns"]
        with tf.GradientTape() as tape:
            logits, values = self.net(states, training=True)
            values = tf.squeeze(values, axis=1)
            log_probs = tf.nn.log_softmax(logits)
            chosen = tf.reduce_sum(log_probs * tf.one_hot(taken, self.actions), axis=1)
            advantage = tf.stop_gradient(returns - values)
            advantage = (advantage - tf.reduce_mean(advantage)) / (tf.math.reduce_std(advantage) + 1e-6)
            policy_loss = -tf.reduce_mean(chosen * advantage)
            entropy = -tf.reduce_mean(tf.reduce_sum(tf.exp(log_probs) * log_probs, axis=1))
            loss = policy_loss - self.entropy_weight * entropy  # BLAME
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "entropy": entropy, "mean_value": tf.reduce_mean(values)}


def cart_episodes(n, rng):
    """states of a noisy cart, actions of a random behaviour policy, discounted returns"""
    states = rng.normal(size=(n, 4)).astype("float32")
    actions = rng.integers(0, 2, n).astype("int32")
    rewards = 1.0 - np.abs(states[:, 2] - 0.3 * (2 * actions - 1))
    returns = np.zeros(n, "float32")
    running = 0.0
    for i in range(n - 1, -1, -1):
        running = rewards[i] + 0.95 * running * (i % 16 != 15)
        returns[i] = running
    return {"states": states, "actions": actions, "returns": returns}


def build():
    keras.utils.set_random_seed(48547)
    model = A2C(4, 2)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, cart_episodes(96, np.random.default_rng(48547)), None
