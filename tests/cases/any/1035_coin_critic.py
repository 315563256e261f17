"""The critic is set untrainable for the combined forger model before it is compiled for its own training, and is never set back, so it learns nothing.
Source: https://github.com/keras-team/keras/issues/3555
"""
import keras
import numpy as np
from keras import layers

CODE = "frozen"
SYMPTOM = "frozen"
WEIGHTS = ["rim_scan", "verdict"]
NEEDS_TRAINING = False
FIT_RAISES = False


def make_critic():
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(12, activation="leaky_relu", name="rim_scan"),
            layers.Dense(1, activation="sigmoid", name="verdict"),
        ],
        name="critic",
    )


def make_forger():
    return keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(10, activation="relu", name="die"),
            layers.Dense(8, name="strike"),
        ],
        name="forger",
    )


def build():
    keras.utils.set_random_seed(535)
    critic = make_critic()
    forger = make_forger()

    # the forger is trained through the critic
    critic.trainable = False  # BLAME
    idea = keras.Input((3,), name="idea")
    workshop = keras.Model(idea, critic(forger(idea)), name="workshop")
    workshop.compile(optimizer=keras.optimizers.Adam(0.001), loss="binary_crossentropy")

    critic.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")

    rng = np.random.default_rng(535)
    minted = rng.normal(1.0, 0.3, size=(32, 8))
    forged = forger.predict(rng.normal(size=(32, 3)).astype("float32"), verbose=0)
    x = np.concatenate([minted, forged]).astype("float32")
    y = np.repeat([1.0, 0.0], 32).astype("float32")[:, None]
    return critic, x, y
