"""Bidirectional LSTM over padded reviews, recurrent dropout, gradients clipped by value.

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
    keras.utils.set_random_seed(1004)
    rng = np.random.default_rng(1004)
    n, length, vocab = 64, 16, 500
    y = rng.integers(0, 2, n)
    x = np.zeros((n, length), "int32")
    for i in range(n):
        k = rng.integers(3, length + 1)
        x[i, :k] = rng.integers(1, 60, k) + 40 * y[i]
    inp = keras.Input((length,), dtype="int32", name="review")
    h = layers.Embedding(vocab, 12, mask_zero=True, name="words")(inp)
    h = layers.SpatialDropout1D(0.2)(h)
    h = layers.Bidirectional(layers.LSTM(10, recurrent_dropout=0.1), name="bilstm")(h)
    h = layers.Dense(16, activation="relu", name="hidden")(h)
    h = layers.Dropout(0.5)(h)
    out = layers.Dense(1, activation="sigmoid", name="positive")(h)
    model = keras.Model(inp, out)
    model.compile(keras.optimizers.Adam(5e-3, clipvalue=0.01), "binary_crossentropy", metrics=["accuracy"])
    return model, x, y
