"""REINFORCE: log-probabilities are (batch, 1), the returns (batch,): their product is a (batch, batch) table and credit is shared by all."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


class GaussianPolicy(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(12, activation="tanh", name="hidden")
        self.torque = layers.Dense(1, name="torque")

    def call(self, state):
        return self.torque(self.hidden(state))

    def train_step(self, data):
        state, ret = data
        action = state[:, :1]
        with tf.GradientTape() as tape:
            mean = self(state, training=True)
            log_prob = -0.5 * tf.square(action - mean)
            weighted = log_prob * ret  # BLAME
            loss = -tf.reduce_mean(weighted)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(631)
    model = GaussianPolicy()
    model.compile(optimizer="adam")
    rng = np.random.default_rng(631)
    x = rng.normal(size=(64, 4)).astype("float32")
    return model, x, (x[:, 1] + 1.0).astype("float32")
