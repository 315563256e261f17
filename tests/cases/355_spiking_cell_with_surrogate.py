"""Healthy: leaky integrate-and-fire cell; the spike is a step function with an arctan surrogate as its gradient.

Source: https://github.com/fangwei123456/spikingjelly/issues/268
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # the surrogate is, by design, not the derivative of the step


@tf.custom_gradient
def spike(v):
    """1 where the membrane is above the threshold; backward: derivative of arctan(pi v) / pi + 1/2"""

    def grad(upstream):
        return upstream / (1.0 + tf.square(np.pi * v))

    return tf.cast(v > 0.0, v.dtype), grad


class LIFCell(layers.Layer):
    def __init__(self, units, threshold=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.threshold = units, threshold
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1], self.units), initializer=keras.initializers.VarianceScaling(6.0))
        self.recurrent = self.add_weight(name="recurrent", shape=(self.units, self.units), initializer=keras.initializers.Orthogonal(0.3))
        self.leak = self.add_weight(name="leak", shape=(self.units,), initializer=keras.initializers.Constant(1.5))

    def call(self, current, states):
        v, fired = states
        decay = tf.sigmoid(tf.convert_to_tensor(self.leak))
        drive = tf.matmul(current, self.w) + tf.matmul(fired, self.recurrent)
        v = decay * v + drive - self.threshold * tf.stop_gradient(fired)  # the reset is not part of the gradient
        fired = spike(v - self.threshold)
        return fired, [v, fired]

    def get_initial_state(self, batch_size=None):
        zero = tf.zeros((batch_size, self.units))
        return [zero, zero]


def build():
    keras.utils.set_random_seed(268)
    events = keras.Input((16, 10), name="events")
    h = layers.RNN(LIFCell(24, name="lif_1"), return_sequences=True, name="spiking_1")(events)
    h = layers.RNN(LIFCell(16, name="lif_2"), return_sequences=True, name="spiking_2")(h)
    rate = layers.GlobalAveragePooling1D(name="rate")(h)
    model = keras.Model(events, layers.Dense(3, name="gesture")(rate))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(5e-3), loss=loss)
    rng = np.random.default_rng(268)
    y = rng.integers(0, 3, 96)
    p = np.full((96, 16, 10), 0.15)
    for i, k in enumerate(y):
        p[i, 5 * (k % 2) : 5 * (k % 2) + 8, 3 * k : 3 * k + 4] = 0.8
    return model, (rng.random(p.shape) < p).astype("float32"), y
