"""A bird-call spectrogram layer promises samples // hop frames, but a short-time transform without padding returns fewer.

Source: https://github.com/tensorflow/tensorflow/issues/38296
"""
import keras
import numpy as np
import tensorflow as tf
from keras import layers

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = []
LAYER = "log_spectrogram"
NEEDS_TRAINING = False

FRAME = 64
HOP = 16


class LogSpectrogram(layers.Layer):
    """waveform (batch, samples) to log power (batch, frames, bins), with a learned gain for each bin"""

    def __init__(self, frame, hop, **kwargs):
        super().__init__(**kwargs)
        self.frame, self.hop = frame, hop

    def build(self, input_shape):
        self.gain = self.add_weight(name="gain", shape=(self.frame // 2 + 1,), initializer="ones")

    def call(self, waveform):
        spectrum = tf.signal.stft(waveform, frame_length=self.frame, frame_step=self.hop)
        power = tf.math.real(spectrum * tf.math.conj(spectrum))
        return self.gain * tf.math.log(power + 1e-3)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[1] // self.hop, self.frame // 2 + 1)  # BLAME


def build():
    keras.utils.set_random_seed(426)
    waveform = keras.Input((512,), name="waveform")
    h = LogSpectrogram(FRAME, HOP, name="log_spectrogram")(waveform)
    h = layers.LayerNormalization(name="norm")(h)
    h = layers.Conv1D(8, 3, activation="gelu", name="call_conv")(h)
    h = layers.GlobalMaxPooling1D(name="pool")(h)
    species = layers.Dense(3, activation="softmax", name="species")(h)
    model = keras.Model(waveform, species, name="bird_calls")
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(426)
    label = rng.integers(0, 3, 64)
    time = np.arange(512) / 512
    tone = np.sin(2 * np.pi * (30 + 40 * label[:, None]) * time)
    x = tone + rng.normal(scale=0.3, size=(64, 512))
    return model, x.astype("float32"), label
