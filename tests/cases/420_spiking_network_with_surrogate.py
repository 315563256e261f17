"""Healthy: leaky integrate-and-fire neurons; the step function has a surrogate gradient on purpose.

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


@tf.custom_gradient
def spike(v):
    def grad(dy):
        return dy / tf.square(1.0 + 2.0 * tf.abs(v))

    return tf.cast(v > 0.0, v.dtype), grad


class LIF(layers.Layer):
    def __init__(self, decay=0.8, threshold=0.5, **kwargs):
        super().__init__(**kwargs)
        self.decay, self.threshold = decay, threshold

    def call(self, current):
        v = tf.zeros_like(current[:, 0])
        out = []
        for t in range(current.shape[1]):
            v = self.decay * v + current[:, t]
            s = spike(v - self.threshold)
            v = v - s * self.threshold
            out.append(s)
        return tf.stack(out, axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape


def build():
    keras.utils.set_random_seed(752)
    events = keras.Input((10, 12), name="events")
    h = layers.Dense(24, name="syn_1")(events)
    h = LIF(name="lif_1")(h)
    h = layers.Dense(16, name="syn_2")(h)
    h = LIF(name="lif_2")(h)
    rate = layers.GlobalAveragePooling1D(name="rate")(h)
    model = keras.Model(events, layers.Dense(3, activation="softmax", name="gesture")(rate))
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(752)
    y = rng.integers(0, 3, 64)
    x = rng.poisson(0.6, (64, 10, 12)) + np.eye(3, 12)[y][:, None]
    return model, x.astype("float32"), y
