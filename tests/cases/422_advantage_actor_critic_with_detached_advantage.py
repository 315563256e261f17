"""Healthy: advantage actor-critic with an entropy bonus; the advantage is detached in the policy term only.

Source: https://github.com/keras-team/keras-io/issues/194
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class A2C(keras.Model):
    def __init__(self, n_actions, **kwargs):
        super().__init__(**kwargs)
        self.n_actions = n_actions
        self.trunk = layers.Dense(32, activation="tanh", name="trunk")
        self.pi = layers.Dense(n_actions, name="pi")
        self.v = layers.Dense(1, name="v")

    def call(self, obs):
        h = self.trunk(obs)
        return self.pi(h), self.v(h)

    def train_step(self, data):
        obs, batch = data
        with tf.GradientTape() as tape:
            logits, value = self(obs, training=True)
            log_pi = tf.nn.log_softmax(logits)
            pi = tf.nn.softmax(logits)
            advantage = batch["returns"] - value[:, 0]
            logp = tf.gather(log_pi, batch["actions"], batch_dims=1)
            actor = -tf.reduce_mean(logp * tf.stop_gradient(advantage))
            critic = tf.reduce_mean(tf.square(advantage))
            entropy = -tf.reduce_mean(tf.reduce_sum(pi * log_pi, axis=-1))
            loss = actor + 0.5 * critic - 0.01 * entropy
        grads = tape.gradient(loss, self.trainable_variables)
        grads, _ = tf.clip_by_global_norm(grads, 0.5)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"actor": actor, "critic": critic, "entropy": entropy}


def build():
    keras.utils.set_random_seed(754)
    rng = np.random.default_rng(754)
    x = rng.normal(size=(64, 6)).astype("float32")
    model = A2C(4)
    model(x[:2])
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3))
    y = {
        "actions": rng.integers(0, 4, 64).astype("int32"),
        "returns": (x[:, 0] + rng.normal(size=64)).astype("float32"),
    }
    return model, x, y
