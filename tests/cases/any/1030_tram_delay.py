"""The step size is far too big: after the first steps every ReLU of the hidden layer outputs zero for all stops and never recovers.
Source: https://github.com/keras-team/keras/issues/3425
"""
import keras
import numpy as np
from keras import layers

CODE = "dead-activation"
SYMPTOM = "zero"
WEIGHTS = ["junction", "minutes/kernel"]
NEEDS_TRAINING = True
FIT_RAISES = False


def build():
    keras.utils.set_random_seed(530)
    stops = keras.Input((8,), name="stops")
    h = layers.Dense(24, activation="relu", name="junction")(stops)
    minutes = layers.Dense(1, name="minutes")(h)
    model = keras.Model(stops, minutes)
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.3),  # BLAME
        loss="mse",
    )
    rng = np.random.default_rng(530)
    x = rng.uniform(0.2, 1.0, size=(64, 8)).astype("float32")
    y = (12 + 6 * x[:, :1] + 3 * x[:, 1:2]).astype("float32")
    return model, x, y
