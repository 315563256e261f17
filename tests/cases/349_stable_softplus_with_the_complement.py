"""A Weibull survival model uses a 'stable' log(1 + exp(x)) whose hand-written derivative is 1 - sigmoid(x).

The documented recipe has e = exp(x); with the overflow-safe e = exp(-x) the expression must be turned round as well.

Source: https://isolution.pro/ru/q/so69655791/kak-sozdat-sloj-keras-s-nastraivaemym-gradientom-v-tf2-0
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["covariates", "time_scale"]
NEEDS_TRAINING = False


@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(-tf.abs(x))
    value = tf.maximum(x, 0.0) + tf.math.log1p(e)

    def grad(dy):
        e = tf.exp(-tf.clip_by_value(x, -30.0, 30.0))
        return dy * (1.0 - 1.0 / (1.0 + e))  # BLAME

    return value, grad


class Positive(layers.Layer):
    """maps a real number to a positive parameter of the distribution"""

    def __init__(self, floor=0.05, **kwargs):
        super().__init__(**kwargs)
        self.floor = floor

    def call(self, x):
        return self.floor + log1pexp(x)

    def compute_output_shape(self, input_shape):
        return input_shape


def weibull_nll(y_true, y_pred):
    """y_true: (time, observed); y_pred: the time scale; shape 1.5 was estimated on the whole registry"""
    time, observed = y_true[:, 0], y_true[:, 1]
    k, scale = 1.5, y_pred[:, 0]
    z = time / scale
    log_hazard = tf.math.log(k / scale) + (k - 1.0) * tf.math.log(z + 1e-6)
    return tf.pow(z + 1e-6, k) - observed * log_hazard


def build():
    keras.utils.set_random_seed(115)
    patient = keras.Input((7,), name="patient")
    h = layers.Dense(12, activation="tanh", name="covariates")(patient)
    raw = layers.Dense(1, bias_initializer=keras.initializers.Constant(1.5), name="time_scale")(h)
    model = keras.Model(patient, Positive(name="years")(raw))
    model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=weibull_nll)
    rng = np.random.default_rng(115)
    x = rng.normal(size=(96, 7)).astype("float32")
    scale = np.exp(0.4 * x[:, 0] - 0.3 * x[:, 1] + 0.7)
    time = scale * rng.weibull(1.5, 96)
    censor = rng.uniform(0.5, 6.0, 96)
    y = np.stack([np.minimum(time, censor), time <= censor], axis=1).astype("float32")
    return model, x, y
