"""Healthy: a mixed-precision auto-encoder whose decoder uses the encoder kernel transposed; sqrt(0) is guarded on both sides of where()."""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def safe_sqrt(x):
    positive = x > 0
    return tf.where(positive, tf.sqrt(tf.where(positive, x, tf.ones_like(x))), tf.zeros_like(x))


class TiedDecoder(layers.Layer):
    def __init__(self, encoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder

    def build(self, input_shape):
        self.shift = self.add_weight(name="shift", shape=(self.encoder.kernel.shape[0],), initializer="zeros")

    def call(self, code):
        return tf.matmul(code, tf.cast(self.encoder.kernel, code.dtype), transpose_b=True) + tf.cast(
            self.shift, code.dtype
        )


def root_error(y_true, y_pred):
    y_true = tf.cast(y_true, tf.float32)
    return tf.reduce_mean(tf.abs(safe_sqrt(y_true) - y_pred), axis=-1)


def build():
    keras.utils.set_random_seed(628)
    policy = keras.mixed_precision.DTypePolicy("mixed_bfloat16")
    counts = keras.Input((14,))
    h = layers.Lambda(safe_sqrt, output_shape=(14,), dtype="float32", name="variance_stabilise")(counts)
    encoder = layers.Dense(6, activation="tanh", dtype=policy, name="tied")
    code = encoder(h)
    back = TiedDecoder(encoder, dtype=policy, name="untie")(code)
    back = layers.Activation("linear", dtype="float32", name="as_float")(back)
    model = keras.Model(counts, back)
    model.compile(optimizer="adam", loss=root_error)
    rng = np.random.default_rng(628)
    x = rng.poisson(1.5, (64, 14)).astype("float32")
    return model, x, x
