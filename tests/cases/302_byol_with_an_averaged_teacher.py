"""Healthy: BYOL: a predictor learns the output of a teacher that is a moving average of the student."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def projector(name):
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="gelu"), layers.Dense(5)], name=name
    )


class Byol(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.student, self.teacher = projector("student"), projector("teacher")
        self.teacher.set_weights(self.student.get_weights())
        self.teacher.trainable = False
        self.predictor = layers.Dense(5, name="predictor")

    def call(self, x):
        return self.predictor(self.student(x))

    def train_step(self, data):
        one, two = data
        goal = ops.stop_gradient(ops.normalize(self.teacher(two), axis=-1))
        with tf.GradientTape() as tape:
            guess = ops.normalize(self(one, training=True), axis=-1)
            loss = 2.0 - 2.0 * ops.mean(ops.sum(guess * goal, axis=-1))
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        for slow, fast in zip(self.teacher.weights, self.student.weights, strict=True):
            slow.assign(0.99 * slow + 0.01 * fast)
        return {"loss": loss}


def build():
    keras.utils.set_random_seed(302)
    rng = np.random.default_rng(302)
    x = rng.normal(size=(64, 6)).astype("float32")
    model = Byol()
    model.compile(optimizer="adam")
    return model, x, x + 0.1 * rng.normal(size=x.shape).astype("float32")
