"""The limiter's custom gradient returns only its own slope and forgets to multiply it with the gradient that comes from above, so the layers before it get a wrong gradient that ignores the loss.
Source: https://github.com/tensorflow/tensorflow/issues/34549
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["accelerometer_conv", "shaft_dense"]
NEEDS_TRAINING = False
FIT_RAISES = False


@tf.custom_gradient
def limit(signal):
    level = signal / (1.0 + tf.abs(signal))

    def backward(upstream):
        slope = 1.0 / tf.square(1.0 + tf.abs(signal))
        return slope  # BLAME

    return level, backward


class Limiter(layers.Layer):
    def call(self, signal):
        return limit(signal)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(22)
    rng = np.random.default_rng(22)
    trace = keras.Input((32, 2), name="trace")
    h = layers.Conv1D(6, 5, strides=2, activation="tanh", name="accelerometer_conv")(trace)
    h = layers.GlobalAveragePooling1D(name="trace_mean")(h)
    h = layers.Dense(10, name="shaft_dense")(h)
    h = Limiter(name="limiter")(h)
    out = layers.Dense(1, name="wear")(h)
    model = keras.Model(trace, out, name="vibration")
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    x = rng.normal(size=(48, 32, 2)).astype("float32")
    x[:, :, 0] += rng.normal(size=(48, 1))
    y = x[:, :, 0].mean(1, keepdims=True).astype("float32")
    return model, x, y
