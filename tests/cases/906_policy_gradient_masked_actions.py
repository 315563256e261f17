"""Policy gradient with illegal actions masked out and an entropy bonus.

Source: https://github.com/keras-team/tf-keras/issues/664
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["actor_h", "actor_logits"]
NEEDS_TRAINING = False


class Agent(keras.Model):
    def __init__(self, n_actions):
        super().__init__()
        self.actor_h = layers.Dense(32, activation="tanh", name="actor_h")
        self.actor_logits = layers.Dense(n_actions, name="actor_logits")
        self.critic_h = layers.Dense(32, activation="tanh", name="critic_h")
        self.critic_v = layers.Dense(1, name="critic_v")
        self.n_actions = n_actions
        self.ent_coef = 0.01

    def build(self, input_shape):
        obs = input_shape[-1]
        self.actor_h.build((None, obs))
        self.critic_h.build((None, obs))
        self.actor_logits.build((None, 32))
        self.critic_v.build((None, 32))

    def call(self, obs):
        return self.actor_logits(self.actor_h(obs)), self.critic_v(self.critic_h(obs))

    def masked_probs(self, logits, legal):
        logits = tf.where(legal > 0, logits, -1e9 * tf.ones_like(logits))
        return tf.nn.softmax(logits)

    def entropy(self, probs):
        return -tf.reduce_sum(probs * tf.math.log(probs), axis=1)  # BLAME

    def train_step(self, data):
        obs, target = data
        action = tf.cast(target[:, 0], tf.int32)
        ret = target[:, 1:2]
        legal = target[:, 2:]
        with tf.GradientTape() as tape:
            logits, value = self(obs)
            adv = tf.stop_gradient(ret - value)
            probs = self.masked_probs(logits, legal)
            picked = tf.reduce_sum(probs * tf.one_hot(action, self.n_actions), axis=1, keepdims=True)
            pg_loss = -tf.reduce_mean(tf.math.log(picked + 1e-8) * adv)
            v_loss = tf.reduce_mean(tf.square(ret - value))
            loss = pg_loss + 0.5 * v_loss - self.ent_coef * tf.reduce_mean(self.entropy(probs))
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss, "pg_loss": pg_loss, "v_loss": v_loss}


def build():
    keras.utils.set_random_seed(61)
    rng = np.random.default_rng(61)
    obs = rng.normal(size=(64, 6)).astype("float32")
    legal = (rng.random((64, 4)) < 0.7).astype("float32")
    action = rng.integers(0, 4, 64)
    legal[np.arange(64), action] = 1.0
    ret = obs[:, :1] + 0.1 * rng.normal(size=(64, 1))
    target = np.concatenate([action[:, None], ret, legal], axis=1).astype("float32")
    model = Agent(4)
    model.build((None, 6))
    model.compile(optimizer=keras.optimizers.Adam(3e-4))
    return model, obs, target
