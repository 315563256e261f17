"""Advantage actor-critic: only the advantage should be detached, but the bracket closes after the product, so the actor learns nothing."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["policy_logits"]
NEEDS_TRAINING = False


class ActorCritic(keras.Model):
    def __init__(self, actions, **kwargs):
        super().__init__(**kwargs)
        self.trunk = layers.Dense(16, activation="tanh", name="trunk")
        self.actor = layers.Dense(actions, name="policy_logits")
        self.critic = layers.Dense(1, name="critic")

    def call(self, state):
        h = self.trunk(state)
        return self.actor(h), self.critic(h)[:, 0]

    def train_step(self, data):
        state, (action, ret) = data
        with tf.GradientTape() as tape:
            logits, value = self(state, training=True)
            log_prob = -tf.nn.sparse_softmax_cross_entropy_with_logits(action, logits)
            advantage = ret - value
            actor_loss = -tf.reduce_mean(tf.stop_gradient(log_prob * advantage))  # BLAME
            critic_loss = tf.reduce_mean(tf.square(advantage))
            loss = actor_loss + 0.5 * critic_loss
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            [(g, v) for g, v in zip(grads, self.trainable_variables) if g is not None]
        )
        return {"actor_loss": actor_loss, "critic_loss": critic_loss}


def build():
    keras.utils.set_random_seed(609)
    model = ActorCritic(3)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    rng = np.random.default_rng(609)
    x = rng.normal(size=(64, 4)).astype("float32")
    return model, x, (rng.integers(0, 3, 64), rng.normal(size=64).astype("float32"))
