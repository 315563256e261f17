"""8 bit fake quantisation of kernels and activations, straight-through.

Source: https://github.com/tensorflow/model-optimization/pull/557
"""
import numpy as np
import tensorflow as tf
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False


@tf.custom_gradient
def round_ste(x):
    return tf.round(x), lambda dy: dy


def fake_quant(x, lo, hi, bits=8):
    step = (hi - lo) / (2**bits - 1)
    x = tf.clip_by_value(x, lo, hi)
    return round_ste((x - lo) / step) * step + lo


class QuantDense(layers.Layer):
    def __init__(self, units, relu=True, **kwargs):
        super().__init__(**kwargs)
        self.units, self.relu = units, relu

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units), initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x):
        k = tf.convert_to_tensor(self.kernel)
        m = tf.stop_gradient(tf.reduce_max(tf.abs(k)))
        y = tf.matmul(x, fake_quant(k, -m, m)) + self.bias
        return fake_quant(tf.nn.relu(y), 0.0, 6.0) if self.relu else y

    def compute_output_shape(self, shape):
        return (shape[0], self.units)


def build():
    keras.utils.set_random_seed(361)
    rng = np.random.default_rng(361)
    inp = keras.Input((10,))
    h = QuantDense(32, name="q1")(inp)
    h = QuantDense(32, name="q2")(h)
    out = QuantDense(3, relu=False, name="q3")(h)
    model = keras.Model(inp, out)
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    y = rng.integers(0, 3, 96)
    x = (rng.normal(size=(96, 10)) + 1.5 * np.eye(3, 10)[y]).astype("float32")
    return model, x, y
