"""A denoising loss is written on the two halves of the target, which holds the noisy input as well."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "no-loss"
SYMPTOM = "none"
WEIGHTS = ["denoise"]
NEEDS_TRAINING = False
FIT_RAISES = True


def split(pair):
    return pair[..., :1], pair[..., 1:]


def denoising_loss(y_true, y_pred):
    clean, noisy = split(y_true)
    return tf.reduce_mean(tf.abs(clean - noisy), axis=(1, 2))  # BLAME


def build():
    keras.utils.set_random_seed(232)
    model = keras.Sequential(
        [
            keras.Input((10, 1)),
            layers.Conv1D(4, 3, padding="same", activation="swish", name="denoise_in"),
            layers.Conv1D(1, 3, padding="same", name="denoise_out"),
        ]
    )
    model.compile(optimizer="adam", loss=denoising_loss)
    rng = np.random.default_rng(232)
    clean = np.sin(np.linspace(0, 6, 10))[None, :, None] * rng.random((64, 1, 1))
    noisy = clean + 0.1 * rng.normal(size=clean.shape)
    return model, noisy.astype("float32"), np.concatenate([clean, noisy], -1).astype("float32")
