"""A siamese signature verifier takes the square root of a sum of squares; some pairs hold the same picture twice, and their gradient is NaN.

Source: https://github.com/keras-team/keras/issues/9097
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "non-finite"
SYMPTOM = "nan"
WEIGHTS = ["strokes", "embedding"]
NEEDS_TRAINING = False


class EuclideanDistance(layers.Layer):
    def call(self, pair):
        left, right = pair
        squared = ops.sum(ops.square(left - right), axis=-1, keepdims=True)
        return ops.sqrt(squared)  # BLAME

    def compute_output_shape(self, shapes):
        return (*shapes[0][:-1], 1)


def tower():
    picture = keras.Input((10, 10, 1))
    h = layers.Conv2D(6, 3, strides=2, activation="relu", name="strokes")(picture)
    h = layers.Flatten()(h)
    return keras.Model(picture, layers.Dense(8, activation="tanh", name="embedding")(h), name="tower")


def build():
    keras.utils.set_random_seed(603)
    shared = tower()
    left = keras.Input((10, 10, 1), name="left")
    right = keras.Input((10, 10, 1), name="right")
    distance = EuclideanDistance(name="distance")([shared(left), shared(right)])
    same_writer = layers.Dense(1, name="same_writer")(distance)
    model = keras.Model([left, right], same_writer)
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )

    rng = np.random.default_rng(603)
    writers = rng.normal(size=(8, 10, 10, 1))
    a, b = rng.integers(0, 8, 64), rng.integers(0, 8, 64)
    a[::2] = b[::2]
    x_left = writers[a] + 0.1 * rng.normal(size=(64, 10, 10, 1))
    x_right = writers[b] + 0.1 * rng.normal(size=(64, 10, 10, 1))
    x_right[::8] = x_left[::8]  # the reference signature paired with itself
    same = (a == b).astype("float32")[:, None]
    return model, [x_left.astype("float32"), x_right.astype("float32")], same
