"""A hand-written dense layer divides its kernel gradient by the batch size, which the loss has done already."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["manual/kernel"]
NEEDS_TRAINING = False


@tf.custom_gradient
def linear(x, kernel):
    def backward(dy):
        rows = tf.cast(tf.shape(x)[0], x.dtype)
        dx = tf.matmul(dy, kernel, transpose_b=True)
        dk = tf.matmul(x, dy, transpose_a=True) / rows  # BLAME
        return dx, dk

    return tf.matmul(x, kernel), backward


class ManualDense(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))

    def call(self, x):
        return linear(x, tf.convert_to_tensor(self.kernel))


def build():
    keras.utils.set_random_seed(251)
    rows = keras.Input((6,))
    h = layers.Activation("softsign")(ManualDense(5, name="manual")(rows))
    model = keras.Model(rows, layers.Dense(1, name="yield")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(251)
    x = rng.normal(size=(64, 6)).astype("float32")
    return model, x, x[:, 2:3]
