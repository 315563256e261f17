"""Regression with a weight per row which comes in the second column of y.

Source: https://github.com/tensorflow/tensorflow/issues/41528
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
NEEDS_TRAINING = False


class WeightedRegressor(keras.Model):
    def __init__(self, width=24):
        super().__init__()
        self.d1 = layers.Dense(width, activation="relu", name="d1")
        self.d2 = layers.Dense(width, activation="relu", name="d2")
        self.out = layers.Dense(1, name="out")
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, x):
        return self.out(self.d2(self.d1(x)))

    def train_step(self, data):
        x, yw = data
        y, w = yw[:, 0:1], yw[:, 1:2]
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            err = tf.square(y_pred - y)
            per_row = tf.reduce_mean(err, axis=-1)
            loss = tf.reduce_mean(w * per_row)  # BLAME
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {m.name: m.result() for m in self.metrics}


def build():
    keras.utils.set_random_seed(271)
    rng = np.random.default_rng(271)
    x = rng.normal(size=(64, 7)).astype("float32")
    y = x[:, 0] - x[:, 1] ** 2
    w = rng.uniform(0.2, 1.0, 64)
    model = WeightedRegressor()
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, np.stack([y, w], axis=1).astype("float32")
