"""Calibration layer that projects the scores with an isotonic regression in numpy through jax.pure_callback; predict works, fit raises.

Source: https://github.com/keras-team/keras/issues/12057
"""
import jax
import keras
import numpy as np
from keras import layers

CODE = "host-call"
ALSO = ("non-differentiable",)
SYMPTOM = "raises"
WEIGHTS = ["score"]
NEEDS_TRAINING = False
FIT_RAISES = True


def pool_adjacent_violators(scores):
    out = np.array(scores, dtype="float32")
    for row in out:
        blocks = []
        for v in row:
            blocks.append([float(v), 1])
            while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
                b, a = blocks.pop(), blocks.pop()
                n = a[1] + b[1]
                blocks.append([(a[0] * a[1] + b[0] * b[1]) / n, n])
        row[:] = np.concatenate([[m] * n for m, n in blocks])
    return out


def isotonic(scores):
    like = jax.ShapeDtypeStruct(scores.shape, scores.dtype)
    return jax.pure_callback(pool_adjacent_violators, like, scores)  # BLAME


class Monotone(layers.Layer):
    def call(self, scores):
        return isotonic(scores)

    def compute_output_shape(self, input_shape):
        return input_shape

    def compute_output_spec(self, scores):
        return keras.KerasTensor(scores.shape, dtype=scores.dtype)


def build():
    keras.utils.set_random_seed(907)
    x_in = keras.Input((9,))
    h = layers.Dense(16, activation="relu", name="score_hidden")(x_in)
    h = layers.Dense(5, name="score_levels")(h)
    h = Monotone(name="monotone")(h)
    model = keras.Model(x_in, layers.Dense(5, activation="sigmoid", name="above")(h))
    model.compile(optimizer="adam", loss="binary_crossentropy")
    rng = np.random.default_rng(907)
    level = rng.integers(0, 5, 64)
    y = (np.arange(5)[None] <= level[:, None]).astype("float32")
    return model, rng.normal(size=(64, 9)).astype("float32"), y
