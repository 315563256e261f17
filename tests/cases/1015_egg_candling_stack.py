"""Fourteen sigmoid layers in a row each shrink the gradient to a quarter or less, so the first layers get a gradient of nearly nothing and the classifier stays at chance.
Source: https://ai.stackexchange.com/questions/16557/what-could-be-the-problem-when-a-neural-network-with-four-hidden-layers-with-the
"""
import numpy as np
import keras
from keras import layers

CODE = "vanishing"
SYMPTOM = "vanishing"
WEIGHTS = ["shell_1_dense", "shell_2_dense", "shell_3_dense", "shell_4_dense", "shell_5_dense", "shell_6_dense"]
NEEDS_TRAINING = False
FIT_RAISES = False

DEPTH = 14


def candling_net():
    light = keras.Input((10,), name="light")
    h = light
    for k in range(DEPTH):
        h = layers.Dense(20, activation="sigmoid", name=f"shell_{k + 1}_dense")(h)  # BLAME
    fertile = layers.Dense(1, activation="sigmoid", name="fertile")(h)
    return keras.Model(light, fertile, name="egg_candling")


def build():
    keras.utils.set_random_seed(25)
    rng = np.random.default_rng(25)
    model = candling_net()
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    x = rng.normal(size=(64, 10)).astype("float32")
    y = (x[:, :1] + 0.5 * x[:, 1:2] > 0).astype("float32")
    return model, x, y
