"""Healthy: per-row weights (N, 1) and per-class weights (C,) broadcast in a train_step's loss as they should."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Weighted(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(12, activation="relu", name="hidden")
        self.out = layers.Dense(4, name="out")
        self.class_weight = np.array([1.0, 2.0, 1.0, 0.5], "float32")

    def call(self, x):
        return self.out(self.hidden(x))

    def train_step(self, data):
        x, (y, trust) = data
        with tf.GradientTape() as tape:
            error = tf.square(self(x, training=True) - y) * self.class_weight
            loss = tf.reduce_mean(error * trust)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(327)
    rng = np.random.default_rng(327)
    x = rng.normal(size=(64, 6)).astype("float32")
    model = Weighted()
    model.compile(optimizer="adam")
    return model, x, (x[:, :4], rng.random((64, 1)).astype("float32"))
