"""A one-unit head with softmax always outputs 1; with mse its gradient is exactly 0."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "zero-derivative"
SYMPTOM = "zero"
WEIGHTS = ["tower", "churn"]
NEEDS_TRAINING = False
ALSO = ("saturated", "zero-signal")


class Churn(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.tower = layers.Dense(7, activation="tanh", name="tower")
        self.churn = layers.Dense(1, name="churn")

    def call(self, x):
        logits = self.churn(self.tower(x))
        return tf.nn.softmax(logits)  # BLAME


def build():
    keras.utils.set_random_seed(242)
    model = Churn()
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(242)
    x = rng.normal(size=(64, 5)).astype("float32")
    return model, x, (x[:, :1] > 0).astype("float32")
