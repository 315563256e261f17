"""The LSTM over a long series uses relu instead of tanh, so its state can grow without bound from step to step and loss and gradients are enormous.
Source: https://github.com/keras-team/keras/issues/2194
"""
import numpy as np
import keras
from keras import layers

CODE = "exploding"
SYMPTOM = "exploding"
WEIGHTS = ["firn_lstm", "mass_balance"]
NEEDS_TRAINING = False
FIT_RAISES = False


def glacier_net(days):
    series = keras.Input((days, 4), name="weather")
    h = layers.LSTM(
        48,
        activation="relu",  # BLAME
        recurrent_initializer="he_normal",
        name="firn_lstm",
    )(series)
    out = layers.Dense(1, name="mass_balance")(h)
    return keras.Model(series, out, name="glacier_net")


def build():
    keras.utils.set_random_seed(37)
    rng = np.random.default_rng(37)
    days = 90
    model = glacier_net(days)
    model.compile(optimizer=keras.optimizers.SGD(0.005), loss="mse")
    x = rng.normal(size=(32, days, 4), loc=1.0).astype("float32")
    y = (x[:, :, 0].mean(1, keepdims=True) * 3).astype("float32")
    return model, x, y
