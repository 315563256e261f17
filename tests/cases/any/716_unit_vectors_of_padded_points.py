"""Healthy: padded points give exactly zero vectors; the unit-vector layer replaces their norm before the root (double where), no NaN."""
import keras
import numpy as np
from keras import layers, ops

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


class UnitVectors(layers.Layer):
    """x / |x|, and 0 where x is 0."""

    def call(self, x):
        squared = ops.sum(ops.square(x), axis=-1, keepdims=True)
        present = squared > 0.0
        safe = ops.where(present, squared, ops.ones_like(squared))
        return ops.where(present, x / ops.sqrt(safe), ops.zeros_like(x))


def build():
    keras.utils.set_random_seed(716)
    points = keras.Input((9, 3), name="points")
    h = layers.Dense(8, use_bias=False, name="lift")(points)
    h = UnitVectors(name="unit")(h)
    h = layers.Dense(12, activation="tanh", use_bias=False, name="pattern")(h)
    h = layers.Lambda(lambda t: ops.sum(t, axis=1), output_shape=(12,), name="cloud")(h)
    model = keras.Model(points, layers.Dense(3, activation="softmax", name="shape")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(716)
    y = rng.integers(0, 3, 64)
    x = rng.normal(size=(64, 9, 3)) + np.eye(3)[y][:, None]
    x[np.arange(9)[None] >= rng.integers(4, 9, 64)[:, None]] = 0.0
    return model, x.astype("float32"), y.astype("int32")
