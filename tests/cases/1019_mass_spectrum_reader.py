"""The encoder gives back peak vectors and a summary made by its own dense layer; the model keeps only the peak vectors, so the summary layer's result is dropped and its weights have no gradient.
Source: https://github.com/huggingface/transformers/issues/5427
"""
import numpy as np
import keras
from keras import layers

CODE = "unused"
SYMPTOM = "none"
WEIGHTS = ["summary_dense"]
NEEDS_TRAINING = False
FIT_RAISES = False


class PeakEncoder(layers.Layer):
    """One attention block over the peaks of a spectrum."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.lift = layers.Dense(width, name="peak_lift")
        self.attend = layers.MultiHeadAttention(2, width // 2, name="peak_attention")
        self.norm = layers.LayerNormalization(name="peak_norm")
        self.mix = layers.Dense(width, activation="gelu", name="peak_mix")
        self.summary = layers.Dense(width, activation="tanh", name="summary_dense")

    def call(self, peaks):
        h = self.lift(peaks)
        h = self.norm(h + self.attend(h, h))
        h = h + self.mix(h)
        return h, self.summary(h[:, 0])


def build():
    keras.utils.set_random_seed(29)
    rng = np.random.default_rng(29)
    peaks = keras.Input((9, 2), name="peaks")
    vectors = PeakEncoder(12, name="peak_encoder")(peaks)[0]  # BLAME
    h = layers.Bidirectional(layers.LSTM(6, name="fragment_lstm"), name="fragment_both")(vectors)
    out = layers.Dense(4, activation="softmax", name="compound")(h)
    model = keras.Model(peaks, out, name="mass_spectrum")
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="sparse_categorical_crossentropy")
    y = rng.integers(0, 4, size=48)
    x = rng.normal(size=(48, 9, 2))
    x[:, 0, 0] += y
    return model, x.astype("float32"), y.astype("int32")
