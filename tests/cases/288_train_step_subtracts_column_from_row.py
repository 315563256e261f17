"""A custom train_step subtracts flat targets (N,) from a column of predictions (N, 1)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


class Regressor(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(8, activation="swish", name="hidden")
        self.out = layers.Dense(1, name="out")

    def call(self, x):
        return self.out(self.hidden(x))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            residual = self(x, training=True) - y  # BLAME
            loss = tf.reduce_mean(tf.abs(residual))
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(288)
    rng = np.random.default_rng(288)
    x = rng.normal(size=(64, 4)).astype("float32")
    model = Regressor()
    model.compile(optimizer="adam")
    return model, x, x.sum(-1)
