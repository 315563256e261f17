"""DDPG for a small car: the actor reads lidar distances in millimetres, its tanh output sticks at -1 or 1 from the start.

Source: https://github.com/rmst/ddpg/issues/9
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["actor_hidden", "steer"]
NEEDS_TRAINING = False

BEAMS = 9


class Actor(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.actor_hidden = layers.Dense(24, activation="relu", name="actor_hidden")
        self.steer = layers.Dense(2, name="steer")

    def call(self, beams):
        return tf.tanh(self.steer(self.actor_hidden(beams)))  # BLAME


class Critic(keras.Model):
    """Q(s, a); this one was written later and rescales its input"""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.metres = layers.Rescaling(1e-3, name="metres")
        self.q_hidden = layers.Dense(24, activation="relu", name="q_hidden")
        self.q_value = layers.Dense(1, name="q_value")

    def call(self, inputs):
        beams, action = inputs
        return self.q_value(self.q_hidden(tf.concat([self.metres(beams), action], axis=1)))


class DDPG(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.actor, self.critic = Actor(name="actor"), Critic(name="critic")

    def call(self, beams):
        return self.actor(beams)

    def compile(self, actor_optimizer, critic_optimizer):
        super().compile()
        self.actor_optimizer, self.critic_optimizer = actor_optimizer, critic_optimizer

    def train_step(self, batch):
        beams, action, ret = batch["beams"], batch["action"], batch["return"]
        with tf.GradientTape() as tape:
            q = self.critic((beams, action), training=True)
            critic_loss = tf.reduce_mean(tf.square(q[:, 0] - ret))
        v = self.critic.trainable_variables
        self.critic_optimizer.apply_gradients(zip(tape.gradient(critic_loss, v), v))

        with tf.GradientTape() as tape:
            actor_loss = -tf.reduce_mean(self.critic((beams, self.actor(beams, training=True))))
        v = self.actor.trainable_variables
        self.actor_optimizer.apply_gradients(zip(tape.gradient(actor_loss, v), v))
        return {"critic_loss": critic_loss, "actor_loss": actor_loss}


def build():
    keras.utils.set_random_seed(18)
    rng = np.random.default_rng(9)
    beams = rng.uniform(300.0, 8000.0, (96, BEAMS)).astype("float32")
    action = rng.uniform(-1.0, 1.0, (96, 2)).astype("float32")
    wanted = (beams[:, 5:].mean(1) - beams[:, :4].mean(1)) / 4000.0
    ret = 1.0 - (action[:, 0] - wanted) ** 2 + 0.3 * action[:, 1]
    model = DDPG()
    model.critic((beams[:2], model(beams[:2])))
    model.compile(keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-3))
    return model, {"beams": beams, "action": action, "return": ret.astype("float32")}, None
