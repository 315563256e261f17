"""The scale of each grape lives in a variable that a Lambda layer closes over, so Keras does not know it and never trains it.
Source: https://github.com/keras-team/keras/issues/4608
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = ["grape_scale"]
NEEDS_TRAINING = False
FIT_RAISES = False


def build():
    keras.utils.set_random_seed(529)
    grape_scale = keras.Variable(np.full((7,), 0.5, "float32"), name="grape_scale")

    def weigh(must):
        return ops.multiply(must, grape_scale)

    must = keras.Input((7,), name="must")
    scaled = layers.Lambda(weigh, output_shape=(7,), name="weigh")(must)  # BLAME
    h = layers.Dense(10, activation="relu", name="barrel")(scaled)
    score = layers.Dense(1, name="score")(h)
    model = keras.Model(must, score)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mae")
    rng = np.random.default_rng(529)
    x = rng.uniform(0, 1, size=(60, 7)).astype("float32")
    y = (x @ np.linspace(-1, 2, 7)[:, None] + 0.3).astype("float32")
    return model, x, y
