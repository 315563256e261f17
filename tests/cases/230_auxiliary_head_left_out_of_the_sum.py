"""A train_step computes an auxiliary loss and forgets to add it."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
SYMPTOM = "none"
WEIGHTS = ["aux_head"]
NEEDS_TRAINING = False


class TwoHeaded(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.body = layers.Dense(8, activation="tanh", name="body")
        self.main_head = layers.Dense(1, name="main_head")
        self.aux_head = layers.Dense(2, name="aux_head")

    def call(self, x):
        h = self.body(x)
        return self.main_head(h), self.aux_head(h)

    def train_step(self, data):
        x, (main, aux) = data
        with tf.GradientTape() as tape:
            main_out, aux_out = self(x, training=True)
            main_loss = tf.reduce_mean(tf.square(main - main_out))
            aux_loss = tf.reduce_mean(tf.square(aux - aux_out))
            loss = 0.5 * main_loss  # BLAME
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"loss": loss, "aux": aux_loss}


def build():
    keras.utils.set_random_seed(230)
    rng = np.random.default_rng(230)
    x = rng.normal(size=(64, 5)).astype("float32")
    model = TwoHeaded()
    model.compile(optimizer="adam")
    return model, x, (x[:, :1], x[:, 1:3])
