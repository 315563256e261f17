"""The colour branch of a fruit grader lives in a plain Python helper object, so Keras never sees its layers and the optimizer skips them.

Source: https://github.com/keras-team/keras/issues/16797
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "untracked"
SYMPTOM = "untracked"
WEIGHTS = ["colour_hidden", "colour_out"]
NEEDS_TRAINING = False


class ColourBranch:
    """Statistics of the three channels, then two dense layers."""

    def __init__(self, hidden, out):
        self.hidden = layers.Dense(hidden, activation="relu", name="colour_hidden")
        self.out = layers.Dense(out, name="colour_out")
        self.hidden.build((None, 6))
        self.out.build((None, hidden))

    def __call__(self, pictures):
        mean = ops.mean(pictures, axis=(1, 2))
        spread = ops.std(pictures, axis=(1, 2))
        return self.out(self.hidden(ops.concatenate([mean, spread], axis=-1)))


class FruitGrader(keras.Model):
    def __init__(self, grades, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(6, 3, strides=2, activation="relu", name="texture_conv")
        self.pool = layers.GlobalAveragePooling2D(name="texture_pool")
        self.colour = ColourBranch(8, 6)  # BLAME
        self.grade = layers.Dense(grades, activation="softmax", name="grade")

    def call(self, pictures, training=None):
        texture = self.pool(self.conv(pictures))
        colour = self.colour(pictures)
        return self.grade(ops.concatenate([texture, colour], axis=-1))


def build():
    keras.utils.set_random_seed(606)
    rng = np.random.default_rng(606)
    y = rng.integers(0, 3, 64)
    x = rng.uniform(0.0, 0.4, size=(64, 8, 8, 3))
    x[np.arange(64), :, :, y] += 0.5
    x = x.astype("float32")
    model = FruitGrader(3)
    model(x[:2])
    model.compile(
        optimizer=keras.optimizers.Adam(5e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model, x, y
