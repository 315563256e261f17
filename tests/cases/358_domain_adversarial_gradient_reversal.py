"""Healthy: domain-adversarial training; the reversal layer returns minus lambda times the gradient, on purpose.

Source: https://github.com/keras-team/keras/issues/3119
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False
FD = False  # the reversed gradient is, by design, not the derivative of the identity


class GradientReversal(layers.Layer):
    """Ganin & Lempitsky: identity forward, -strength * gradient backward"""

    def __init__(self, strength=0.3, **kwargs):
        super().__init__(**kwargs)
        self.strength = strength

    def call(self, x):
        @tf.custom_gradient
        def reverse(value):
            def grad(upstream):
                return -self.strength * upstream

            return tf.identity(value), grad

        return reverse(x)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "strength": self.strength}


def dann(steps, channels, classes):
    signal = keras.Input((steps, channels), name="vibration")
    h = layers.Conv1D(12, 5, strides=2, activation="elu", name="feature_1")(signal)
    h = layers.Conv1D(16, 3, activation="elu", name="feature_2")(h)
    h = layers.GlobalAveragePooling1D(name="feature_pool")(h)
    fault = layers.Dense(16, activation="elu", name="fault_hidden")(h)
    fault = layers.Dense(classes, activation="softmax", name="fault")(fault)
    d = GradientReversal(name="reversal")(h)
    d = layers.Dense(16, activation="elu", name="machine_hidden")(d)
    machine = layers.Dense(1, activation="sigmoid", name="machine")(d)
    return keras.Model(signal, {"fault": fault, "machine": machine}, name="dann")


def build():
    keras.utils.set_random_seed(3119)
    model = dann(40, 2, 3)
    model.compile(
        optimizer=keras.optimizers.Adam(5e-3),
        loss={"fault": "sparse_categorical_crossentropy", "machine": "binary_crossentropy"},
        loss_weights={"fault": 1.0, "machine": 0.5},
    )
    rng = np.random.default_rng(3119)
    fault, machine = rng.integers(0, 3, 128), rng.integers(0, 2, 128)
    t = np.arange(40)[None, :, None]
    wave = np.sin(t * (0.3 + 0.5 * fault[:, None, None]) + rng.uniform(0, 6, (128, 1, 2)))
    x = (1.0 + 0.3 * machine[:, None, None]) * wave + 0.1 * rng.normal(size=(128, 40, 2))
    y = {"fault": fault.astype("int32"), "machine": machine.astype("float32")[:, None]}
    return model, x.astype("float32"), y
