"""A learned filter bank feeds its phase, atan2(imaginary, real), to a classifier; in zero-padded clips both are 0 and the gradient is 0/0."""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["real_bank", "imag_bank"]
NEEDS_TRAINING = False


class MagnitudeAndPhase(layers.Layer):
    def call(self, real, imag):
        power = ops.log1p(ops.square(real) + ops.square(imag))
        phase = ops.arctan2(imag, real)  # BLAME
        return ops.concatenate([power, ops.cos(phase), ops.sin(phase)], axis=-1)


def build():
    keras.utils.set_random_seed(628)
    clip = keras.Input((64, 1))
    real = layers.Conv1D(5, 8, strides=4, use_bias=False, name="real_bank")(clip)
    imag = layers.Conv1D(5, 8, strides=4, use_bias=False, name="imag_bank")(clip)
    h = MagnitudeAndPhase(name="polar")(real, imag)
    h = layers.Conv1D(8, 3, activation="relu", name="conv")(h)
    h = layers.GlobalMaxPooling1D()(h)
    model = keras.Model(clip, layers.Dense(3, activation="softmax", name="word")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(628)
    x = rng.normal(size=(64, 64, 1)).astype("float32")
    for i, length in enumerate(rng.integers(24, 60, 64)):
        x[i, length:] = 0.0
    return model, x, rng.integers(0, 3, 64)
