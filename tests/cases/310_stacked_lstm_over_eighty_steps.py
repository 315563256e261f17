"""Healthy: three stacked LSTMs read eighty steps; the early gradients are smaller, as they should be."""

import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(310)
    series = keras.Input((80, 2))
    h = layers.LSTM(8, return_sequences=True, name="lstm_1")(series)
    h = layers.LSTM(8, return_sequences=True, name="lstm_2")(h)
    h = layers.LSTM(8, name="lstm_3")(h)
    model = keras.Model(series, layers.Dense(1, name="level")(h))
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(310)
    x = rng.normal(size=(64, 80, 2)).astype("float32")
    return model, x, x[:, -10:, :1].mean(axis=1)
