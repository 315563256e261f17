"""Healthy: contrastive loss on pairs, some of them identical; the distance is guarded by two tf.where.

Source: https://github.com/keras-team/keras/issues/9097
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class Distance(layers.Layer):
    def call(self, inputs):
        a, b = inputs
        squared = tf.reduce_sum(tf.square(a - b), axis=-1, keepdims=True)
        same = squared <= 1e-12
        root = tf.sqrt(tf.where(same, tf.ones_like(squared), squared))
        return tf.where(same, tf.zeros_like(root), root)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1)


def contrastive(y_true, distance, margin=2.0):
    near = y_true * tf.square(distance)
    far = (1.0 - y_true) * tf.square(tf.maximum(margin - distance, 0.0))
    return tf.reduce_mean(near + far, axis=-1)


def build():
    keras.utils.set_random_seed(756)
    tower = keras.Sequential(
        [keras.Input((10,)), layers.Dense(16, activation="relu"), layers.Dense(4, use_bias=False)], name="tower"
    )
    left, right = keras.Input((10,)), keras.Input((10,))
    d = Distance(name="distance")([tower(left), tower(right)])
    model = keras.Model([left, right], d)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=contrastive)
    rng = np.random.default_rng(756)
    a = rng.normal(size=(64, 10)).astype("float32")
    b = rng.normal(size=(64, 10)).astype("float32")
    y = rng.integers(0, 2, (64, 1)).astype("float32")
    b = np.where(y > 0, a + 0.1 * b, b).astype("float32")
    b[::8] = a[::8]
    y[::8] = 1.0
    return model, [a, b], y
