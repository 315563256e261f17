"""The layer joins the mean and the spread of a core, so it makes twice as many columns as its compute_output_shape declares.
Source: https://github.com/keras-team/keras/issues/4654
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "shape-contract"
SYMPTOM = "shape"
WEIGHTS = ["age_hidden"]
NEEDS_TRAINING = False
FIT_RAISES = True


class CoreMoments(layers.Layer):
    """Summarises the slices of a peat core over depth."""

    def call(self, slices):
        middle = ops.mean(slices, axis=1)
        spread = ops.std(slices, axis=1)
        return ops.concatenate([middle, spread], axis=-1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])  # BLAME


def build():
    keras.utils.set_random_seed(538)
    core = keras.Input((20, 3), name="core")
    h = layers.Conv1D(6, 3, activation="relu", name="slices")(core)
    h = CoreMoments(name="core_moments")(h)
    h = layers.Dense(8, activation="relu", name="age_hidden")(h)
    age = layers.Dense(1, name="age")(h)
    model = keras.Model(core, age)
    model.compile(optimizer="adam", loss="mse")
    rng = np.random.default_rng(538)
    x = rng.normal(size=(32, 20, 3)).astype("float32")
    y = (x.std(1)[:, :1] + x.mean(1)[:, 1:2]).astype("float32")
    return model, x, y
