"""A face-swap colour corrector is trained to match the colour histogram of a target, counted with histogram_fixed_width.

Counting how many pixels fall into a bin has no derivative, so the whole model stays as it is.

Source: https://github.com/deepfakes/faceswap-model/issues/27
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

CODE = "non-differentiable"
SYMPTOM = "none"
WEIGHTS = ["style", "curve", "mixing"]
NEEDS_TRAINING = False
FIT_RAISES = True

BINS = 16


class ToneCurve(layers.Layer):
    """a small learnable curve per colour channel, y = x + sum_k a_k sin(k pi x), and a colour matrix"""

    def __init__(self, harmonics=3, **kwargs):
        super().__init__(**kwargs)
        self.harmonics = harmonics

    def build(self, image_shape, style_shape):
        channels = image_shape[-1]
        self.curve = self.add_weight(name="curve", shape=(style_shape[-1], channels * self.harmonics), initializer="glorot_uniform")
        self.mixing = self.add_weight(name="mixing", shape=(channels, channels), initializer="identity")

    def call(self, image, style):
        a = ops.reshape(ops.matmul(style, self.curve), (-1, 1, 1, 3, self.harmonics))
        waves = ops.stack([ops.sin((k + 1) * np.pi * image) for k in range(self.harmonics)], axis=-1)
        return ops.clip(ops.matmul(image + 0.1 * ops.sum(a * waves, axis=-1), self.mixing), 0.0, 1.0)


def channel_histogram(image):
    """(batch, h, w, 3) -> (3, BINS), the share of pixels per bin"""
    rows = []
    for c in range(3):
        counts = tf.histogram_fixed_width(image[..., c], [0.0, 1.0], nbins=BINS)  # BLAME
        rows.append(tf.cast(counts, tf.float32) / tf.cast(tf.size(image[..., c]), tf.float32))
    return tf.stack(rows)


class HistogramLoss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        wanted, got = channel_histogram(y_true), channel_histogram(y_pred)
        return tf.reduce_sum(tf.square(tf.cumsum(wanted, axis=1) - tf.cumsum(got, axis=1)))


def build():
    keras.utils.set_random_seed(27)
    face = keras.Input((12, 12, 3), name="face")
    h = layers.Conv2D(8, 3, strides=2, activation="relu", name="style_conv")(face)
    style = layers.Dense(6, activation="tanh", name="style_code")(layers.GlobalAveragePooling2D()(h))
    swapped = ToneCurve(name="tone")(face, style)
    model = keras.Model(face, swapped, name="colour_transfer")
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=HistogramLoss(name="histogram"))
    rng = np.random.default_rng(27)
    x = rng.random((64, 12, 12, 3)).astype("float32")
    y = (x ** np.array([0.6, 1.0, 1.7])).astype("float32")
    return model, x, y
