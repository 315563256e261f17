"""The custom train_step opens the GradientTape only around the loss, after the forward pass was made, so the tape saw no operation on the weights and all gradients are None.
Source: https://github.com/keras-team/keras-io/issues/406
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "stop-gradient"
SYMPTOM = "none"
WEIGHTS = ["cadence_dense", "gradient_dense", "watts"]
NEEDS_TRAINING = False
FIT_RAISES = True


class PowerMeter(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Dense(16, activation="relu", name="cadence_dense")
        self.second = layers.Dense(8, activation="relu", name="gradient_dense")
        self.out = layers.Dense(1, name="watts")

    def call(self, ride, training=False):
        return self.out(self.second(self.first(ride)))

    def train_step(self, data):
        ride, watts = data
        estimate = self(ride, training=True)  # BLAME
        easy = tf.reduce_mean(tf.abs(estimate))
        with tf.GradientTape() as tape:
            miss = tf.reduce_mean(tf.square(watts - estimate))
            total = miss + 0.01 * easy
        slopes = tape.gradient(total, self.trainable_variables)
        self.optimizer.apply_gradients(zip(slopes, self.trainable_variables))
        return {"loss": total}


def build():
    keras.utils.set_random_seed(15)
    rng = np.random.default_rng(15)
    model = PowerMeter(name="power_meter")
    x = rng.normal(size=(64, 5)).astype("float32")
    y = (1.2 * x[:, :1] + 0.8 * x[:, 1:2] ** 2).astype("float32")
    model(x[:2])
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model, x, y
