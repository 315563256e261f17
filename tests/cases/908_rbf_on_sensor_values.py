"""RBF network for three raw sensor readings (temperature, pressure, humidity).

Source: https://github.com/tensorflow/tensorflow/issues/50584
"""
import numpy as np
import tensorflow as tf
import keras
from keras.layers import Dense, Input, Layer

CODE = "saturated"
ALSO = ("dead-activation",)
SYMPTOM = "zero"
WEIGHTS = ["rbf/mu"]
NEEDS_TRAINING = False


class RBFLayer(Layer):
    def __init__(self, units, gamma, **kwargs):
        super(RBFLayer, self).__init__(**kwargs)
        self.units = units
        self.gamma = float(gamma)

    def build(self, input_shape):
        self.mu = self.add_weight(
            name="mu",
            shape=(int(input_shape[1]), self.units),
            initializer=keras.initializers.RandomUniform(-1.0, 1.0),
            trainable=True,
        )
        super(RBFLayer, self).build(input_shape)

    def call(self, inputs):
        diff = tf.expand_dims(inputs, -1) - self.mu
        l2 = tf.reduce_sum(tf.pow(diff, 2), axis=1)
        res = tf.exp(-1 * self.gamma * l2)  # BLAME
        return res

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units)


def build():
    keras.utils.set_random_seed(81)
    rng = np.random.default_rng(81)
    t = rng.uniform(15, 30, (64, 1))
    p = rng.uniform(980, 1030, (64, 1))
    hum = rng.uniform(30, 80, (64, 1))
    X = np.concatenate([t, p, hum], axis=1).astype("float32")
    Y = (0.1 * t + 0.02 * hum).astype("float32")
    inp = Input((3,))
    x = RBFLayer(10, 0.5, name="rbf")(inp)
    x = Dense(1, name="dense")(x)
    model = keras.Model(inp, x)
    model.compile(loss="mean_squared_error", optimizer="rmsprop")
    return model, X, Y
