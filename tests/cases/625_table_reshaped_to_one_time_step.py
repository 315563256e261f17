"""A table is reshaped to (rows, 1, features) for an LSTM: with one time step the recurrent kernels only ever see the zero initial state."""
import keras
import numpy as np
from keras import layers

CODE = "zero-signal"
SYMPTOM = "zero"
WEIGHTS = ["first_lstm/lstm_cell/recurrent_kernel", "second_lstm/lstm_cell/recurrent_kernel"]
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(625)
    rng = np.random.default_rng(625)
    table = rng.normal(size=(64, 9)).astype("float32")
    x = table.reshape(64, 1, 9)  # BLAME
    model = keras.Sequential(
        [
            keras.Input((1, 9)),
            layers.LSTM(8, return_sequences=True, name="first_lstm"),
            layers.LSTM(6, name="second_lstm"),
            layers.Dense(1, name="price"),
        ]
    )
    model.compile(optimizer="adam", loss="mse")
    return model, x, table[:, :2].sum(1, keepdims=True)
