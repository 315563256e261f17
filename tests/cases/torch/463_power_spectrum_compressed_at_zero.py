"""Spectrogram front end with a learnt window and magnitude compression; silent frames turn the window into nan.

Source: https://github.com/keras-team/keras/issues/13203
"""
import keras
import numpy as np
import torch
from keras import layers

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["window"]
NEEDS_TRAINING = False


def compressed_power(spectrum):
    power = spectrum.real**2 + spectrum.imag**2
    return power**0.3  # BLAME


class Spectrogram(layers.Layer):
    def __init__(self, frame, **kwargs):
        super().__init__(**kwargs)
        self.frame = frame

    def build(self, input_shape):
        hann = keras.initializers.Constant(np.hanning(self.frame + 2)[1:-1].astype("float32"))
        self.window = self.add_weight(name="window", shape=(self.frame,), initializer=hann)

    def call(self, wave):
        frames = wave.reshape(wave.shape[0], -1, self.frame)
        spectrum = torch.fft.rfft(frames * self.window.value, dim=-1)
        return compressed_power(spectrum)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[1] // self.frame, self.frame // 2 + 1)

    def compute_output_spec(self, wave):
        return keras.KerasTensor(self.compute_output_shape(wave.shape), dtype=wave.dtype)


def build():
    keras.utils.set_random_seed(906)
    wave = keras.Input((128,), name="wave")
    h = Spectrogram(16, name="spectrogram")(wave)
    h = layers.Conv1D(8, 3, activation="relu", name="conv")(h)
    h = layers.GlobalMaxPooling1D()(h)
    model = keras.Model(wave, layers.Dense(3, activation="softmax", name="command")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(906)
    x = rng.normal(size=(64, 128)).astype("float32")
    x[::4, 96:] = 0.0
    return model, x, rng.integers(0, 3, 64)
