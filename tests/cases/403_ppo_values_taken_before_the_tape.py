"""PPO update in one train_step: policy loss and value loss are added up, but the critic does not change from epoch to epoch.

Source: https://github.com/keras-team/keras-io/issues/406
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
ALSO = ("stop-gradient", "unused")
SYMPTOM = "none"
WEIGHTS = ["critic_hidden", "critic_value"]
NEEDS_TRAINING = False


class PPOAgent(keras.Model):
    def __init__(self, n_actions, clip=0.2, **kwargs):
        super().__init__(**kwargs)
        self.n_actions, self.clip = n_actions, clip
        self.actor_hidden = layers.Dense(24, activation="tanh", name="actor_hidden")
        self.actor_logits = layers.Dense(n_actions, name="actor_logits")
        self.critic_hidden = layers.Dense(24, activation="tanh", name="critic_hidden")
        self.critic_value = layers.Dense(1, name="critic_value")

    def policy(self, obs):
        return tf.nn.log_softmax(self.actor_logits(self.actor_hidden(obs)))

    def value(self, obs):
        return self.critic_value(self.critic_hidden(obs))[:, 0]

    def call(self, obs):
        return self.policy(obs), self.value(obs)

    def train_step(self, data):
        obs, batch = data
        values = self.value(obs)  # BLAME
        advantage = batch["returns"] - tf.stop_gradient(values)
        advantage = (advantage - tf.reduce_mean(advantage)) / (tf.math.reduce_std(advantage) + 1e-6)
        with tf.GradientTape() as tape:
            chosen = tf.one_hot(batch["actions"], self.n_actions)
            logp = tf.reduce_sum(self.policy(obs) * chosen, axis=-1)
            ratio = tf.exp(logp - batch["old_logp"])
            clipped = tf.clip_by_value(ratio, 1 - self.clip, 1 + self.clip)
            policy_loss = -tf.reduce_mean(tf.minimum(ratio * advantage, clipped * advantage))
            value_loss = tf.reduce_mean(tf.square(batch["returns"] - values))
            loss = policy_loss + 0.5 * value_loss
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            [(g, v) for g, v in zip(grads, self.trainable_variables) if g is not None]
        )
        return {"policy_loss": policy_loss, "value_loss": value_loss}


def build():
    keras.utils.set_random_seed(703)
    rng = np.random.default_rng(703)
    agent = PPOAgent(3)
    x = rng.normal(size=(64, 5)).astype("float32")
    agent(x[:2])
    agent.compile(optimizer=keras.optimizers.Adam(3e-4))
    y = {
        "actions": rng.integers(0, 3, 64).astype("int32"),
        "returns": rng.normal(2.0, 1.0, 64).astype("float32"),
        "old_logp": np.full(64, np.log(1 / 3), "float32"),
    }
    return agent, x, y
