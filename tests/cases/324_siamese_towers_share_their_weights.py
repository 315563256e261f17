"""Healthy: a siamese network; one tower is called twice and both calls add to its gradient."""

import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def contrastive(y_true, distance):
    near = y_true * ops.square(distance)
    far = (1.0 - y_true) * ops.square(ops.maximum(1.0 - distance, 0.0))
    return ops.mean(near + far, axis=-1)


class Distance(layers.Layer):
    def call(self, left, right):
        return ops.sqrt(ops.sum(ops.square(left - right), axis=-1, keepdims=True) + 1e-6)


def build():
    keras.utils.set_random_seed(324)
    tower = keras.Sequential(
        [layers.Dense(8, activation="relu"), layers.Dense(3, use_bias=False)], name="tower"
    )
    left, right = keras.Input((5,)), keras.Input((5,))
    model = keras.Model([left, right], Distance(name="distance")(tower(left), tower(right)))
    model.compile(optimizer="adam", loss=contrastive)
    rng = np.random.default_rng(324)
    x = [rng.normal(size=(64, 5)).astype("float32") for _ in range(2)]
    return model, x, rng.integers(0, 2, (64, 1)).astype("float32")
