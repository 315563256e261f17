"""Character level classifier: masked embedding, two LSTMs, dropout, clipped gradients.

Source: https://github.com/keras-team/keras/issues/2395
"""
import numpy as np
import keras
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(101)
    rng = np.random.default_rng(101)
    lengths = rng.integers(4, 20, 96)
    x = np.zeros((96, 20), "int32")
    y = rng.integers(0, 2, 96)
    for i, n in enumerate(lengths):
        x[i, :n] = rng.integers(1, 30, n) + (y[i] * 20)
    model = keras.Sequential(
        [
            keras.Input((20,), dtype="int32"),
            layers.Embedding(1000, 16, mask_zero=True, name="chars"),
            layers.LSTM(24, return_sequences=True, dropout=0.2, name="lstm_1"),
            layers.LSTM(16, name="lstm_2"),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid", name="label"),
        ]
    )
    opt = keras.optimizers.Adam(3e-3, clipnorm=0.1)
    model.compile(optimizer=opt, loss="binary_crossentropy", metrics=["accuracy"])
    return model, x, y
