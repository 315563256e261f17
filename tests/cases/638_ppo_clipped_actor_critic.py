"""Healthy: a PPO update; clipped ratio, detached and normalised advantage, entropy bonus, value loss, all on a shared trunk."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class PPO(keras.Model):
    def __init__(self, n_actions, **kwargs):
        super().__init__(**kwargs)
        self.trunk = layers.Dense(16, activation="tanh", name="trunk")
        self.policy = layers.Dense(n_actions, name="policy")
        self.value = layers.Dense(1, name="value")

    def call(self, state):
        h = self.trunk(state)
        return self.policy(h), tf.squeeze(self.value(h), -1)

    def train_step(self, data):
        state, y = data
        action, old_log_prob, ret = y["action"], y["old_log_prob"], y["return"]
        with tf.GradientTape() as tape:
            logits, value = self(state, training=True)
            log_p = tf.nn.log_softmax(logits)
            log_prob = tf.gather(log_p, action, batch_dims=1)
            advantage = tf.stop_gradient(ret - value)
            advantage = (advantage - tf.reduce_mean(advantage)) / (tf.math.reduce_std(advantage) + 1e-6)
            ratio = tf.exp(log_prob - old_log_prob)
            surrogate = tf.minimum(ratio * advantage, tf.clip_by_value(ratio, 0.8, 1.2) * advantage)
            entropy = -tf.reduce_sum(tf.exp(log_p) * log_p, axis=-1)
            loss = tf.reduce_mean(-surrogate - 0.01 * entropy + 0.5 * tf.square(ret - value))
        grads = tape.gradient(loss, self.trainable_variables)
        grads, norm = tf.clip_by_global_norm(grads, 0.5)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "grad_norm": norm}


def build():
    keras.utils.set_random_seed(638)
    rng = np.random.default_rng(638)
    state = rng.normal(size=(64, 4)).astype("float32")
    model = PPO(3)
    model.compile(optimizer=keras.optimizers.Adam(3e-4))
    action = rng.integers(0, 3, 64).astype("int32")
    log_p = tf.nn.log_softmax(model(state)[0]).numpy()
    old = log_p[np.arange(64), action] + rng.normal(size=64, scale=0.15)
    y = {
        "action": action,
        "old_log_prob": old.astype("float32"),
        "return": rng.normal(size=64, loc=0.5).astype("float32"),
    }
    return model, state, y
