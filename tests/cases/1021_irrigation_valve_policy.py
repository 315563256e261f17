"""Healthy: the advantage stands behind a stop_gradient, as it must for a policy gradient; the value head learns from its own term and the policy head from the log-probabilities.
Source: https://github.com/keras-team/keras-io/issues/194
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FIT_RAISES = False


class ValveAgent(keras.Model):
    def __init__(self, valves, **kwargs):
        super().__init__(**kwargs)
        self.valves = valves
        self.soil = layers.Dense(20, activation="tanh", name="soil_dense")
        self.policy = layers.Dense(valves, name="valve_logits")
        self.value = layers.Dense(1, name="yield_value")
        self.tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.tracker]

    def call(self, field, training=False):
        h = self.soil(field)
        return self.policy(h), self.value(h)

    def train_step(self, data):
        field, played = data
        opened = tf.cast(played[:, 0], tf.int32)
        returns = played[:, 1]
        with tf.GradientTape() as tape:
            logits, value = self(field, training=True)
            value = tf.squeeze(value, axis=-1)
            chosen = tf.reduce_sum(tf.one_hot(opened, self.valves) * tf.nn.log_softmax(logits), axis=-1)
            advantage = tf.stop_gradient(returns - value)
            policy_term = -tf.reduce_mean(chosen * advantage)
            value_term = tf.reduce_mean(tf.square(returns - value))
            total = 0.2 * policy_term + value_term
        variables = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(total, variables), variables))
        self.tracker.update_state(total)
        return {"loss": self.tracker.result()}


def build():
    keras.utils.set_random_seed(31)
    rng = np.random.default_rng(31)
    model = ValveAgent(3, name="valve_agent")
    x = rng.normal(size=(64, 4)).astype("float32")
    opened = rng.integers(0, 3, size=64)
    gain = 1.0 + 0.8 * x[:, 0] + np.where(opened == 1, 0.5, -0.2)
    y = np.stack([opened, gain], axis=1).astype("float32")
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(5e-3))
    return model, x, y
