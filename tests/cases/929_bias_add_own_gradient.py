"""Dense layer whose affine step has an own gradient (wanted to quantise dy later).

Source: https://github.com/tensorflow/tensorflow/issues/31945
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "wrong-derivative"
ALSO = ("shape-contract",)
SYMPTOM = "raises"
RAISES = "shape"
WEIGHTS = ["q_dense/bias"]
NEEDS_TRAINING = False
FIT_RAISES = True


@tf.custom_gradient
def affine(x, kernel, bias):
    y = tf.matmul(x, kernel) + bias

    def grad(dy):
        dx = tf.matmul(dy, kernel, transpose_b=True)
        dk = tf.matmul(x, dy, transpose_a=True)
        db = dy  # BLAME
        return dx, dk, db

    return y, grad


class QDense(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units), initializer="he_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x):
        k = tf.convert_to_tensor(self.kernel)
        b = tf.convert_to_tensor(self.bias)
        return affine(x, k, b)

    def compute_output_shape(self, shape):
        return (shape[0], self.units)


def build():
    keras.utils.set_random_seed(291)
    rng = np.random.default_rng(291)
    model = keras.Sequential(
        [
            keras.Input((11,)),
            layers.Dense(20, activation="relu", name="d1"),
            QDense(12, name="q_dense"),
            layers.ReLU(),
            layers.Dense(1, name="out"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mae")
    x = rng.normal(size=(64, 11)).astype("float32")
    return model, x, x[:, :1] * 2.0
