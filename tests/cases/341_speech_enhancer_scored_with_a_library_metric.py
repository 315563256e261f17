"""A speech enhancer is trained on a perceptual distance that a signal library computes, wrapped in tf.numpy_function.

Source: https://github.com/keras-team/keras/issues/12057
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "host-call"
ALSO = ["non-differentiable"]
SYMPTOM = "none"
WEIGHTS = ["enc", "mask_rnn", "dec"]
NEEDS_TRAINING = False
FIT_RAISES = True

FRAME = 16


def bark_bands(wave):
    """log energy in eight bands of overlapping frames, as the listening-test tool does it"""
    frames = np.lib.stride_tricks.sliding_window_view(wave, FRAME, axis=-1)[..., :: FRAME // 2, :]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME))) ** 2
    return np.log1p(power[..., 1:].reshape(power.shape[:-1] + (8, -1)).sum(-1))


def perceptual_distance(clean, enhanced):
    gap = bark_bands(clean[..., 0]) - bark_bands(enhanced[..., 0])
    louder = np.where(gap < 0, 1.5, 1.0)
    return np.mean(louder * gap**2, axis=(1, 2)).astype("float32")


def perceptual_loss(y_true, y_pred):
    score = tf.numpy_function(perceptual_distance, [y_true, y_pred], tf.float32)  # BLAME
    score.set_shape((None,))
    return tf.reduce_mean(score)


def enhancer(samples):
    noisy = keras.Input((samples, 1), name="noisy")
    h = layers.Conv1D(12, 8, strides=4, padding="same", activation="relu", name="enc")(noisy)
    mask = layers.GRU(12, return_sequences=True, activation="tanh", name="mask_rnn")(h)
    h = layers.Multiply(name="masked")([h, layers.Activation("sigmoid")(mask)])
    wave = layers.Conv1DTranspose(1, 8, strides=4, padding="same", name="dec")(h)
    return keras.Model(noisy, wave, name="enhancer")


def build():
    keras.utils.set_random_seed(12057)
    model = enhancer(64)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=perceptual_loss)
    rng = np.random.default_rng(12057)
    t = np.arange(64)[None, :, None]
    clean = np.sin(t * rng.uniform(0.1, 1.2, (64, 1, 1))) * rng.uniform(0.3, 1.0, (64, 1, 1))
    noisy = clean + rng.normal(scale=0.3, size=clean.shape)
    return model, noisy.astype("float32"), clean.astype("float32")
