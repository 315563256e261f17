"""One column of an LSTM's input is the unix time in seconds: every gate is exactly 0 or 1 and the LSTM has gradient 0."""
import keras
import numpy as np
from keras import layers

CODE = "saturated"
SYMPTOM = "zero"
WEIGHTS = ["event_lstm"]
NEEDS_TRAINING = False


def build():
    keras.utils.set_random_seed(622)
    events = keras.Input((10, 3), name="events")
    h = layers.LSTM(8, name="event_lstm")(events)  # BLAME
    h = layers.Dense(6, activation="relu", name="hidden")(h)
    model = keras.Model(events, layers.Dense(1, activation="sigmoid", name="churn")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(622)
    when = 1.7e9 + np.cumsum(rng.integers(60, 86400, (64, 10, 1)), axis=1)
    x = np.concatenate([when, rng.normal(size=(64, 10, 2))], axis=-1).astype("float32")
    return model, x, rng.integers(0, 2, (64, 1)).astype("float32")
