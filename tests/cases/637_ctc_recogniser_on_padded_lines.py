"""Healthy: a small text-line recogniser, conv + bidirectional GRU + CTC loss on labels padded with 0."""
import keras
import numpy as np
from keras import layers

CODE = "healthy"
SYMPTOM = "healthy"
WEIGHTS = []
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(637)
    line = keras.Input((8, 24, 1), name="line")
    h = layers.Conv2D(6, 3, padding="same", activation="relu", name="stroke_conv")(line)
    h = layers.MaxPooling2D((4, 2))(h)
    h = layers.Permute((2, 1, 3))(h)
    h = layers.Reshape((12, 12))(h)
    h = layers.Bidirectional(layers.GRU(8, return_sequences=True, dropout=0.1), name="reader")(h)
    model = keras.Model(line, layers.Dense(7, name="characters")(h))
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=keras.losses.CTC())
    rng = np.random.default_rng(637)
    x = rng.random((64, 8, 24, 1)).astype("float32")
    y = rng.integers(1, 7, (64, 5))
    for i, n in enumerate(rng.integers(2, 6, 64)):
        y[i, n:] = 0
    return model, x, y.astype("int32")
