"""A value network's (N, 1) output meets (N,) rewards in a helper of the train_step."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


def td_error(value, reward, discount=0.9):
    goal = reward / (1.0 - discount)
    return tf.square(goal - value)  # BLAME


class Critic(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.mlp = keras.Sequential([layers.Dense(8, activation="elu"), layers.Dense(1)])

    def call(self, state):
        return self.mlp(state)

    def train_step(self, data):
        state, reward = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(td_error(self(state, training=True), reward))
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"td": loss}


def build():
    keras.utils.set_random_seed(290)
    rng = np.random.default_rng(290)
    x = rng.normal(size=(64, 3)).astype("float32")
    model = Critic()
    model.compile(optimizer="adam")
    return model, x, rng.random(64).astype("float32")
