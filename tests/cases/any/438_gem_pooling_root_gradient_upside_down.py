"""Generalised mean pooling with a hand-written gradient for the root (to avoid nan at 0). Works, but fine-tuning below it goes wrong.

Source: https://github.com/keras-team/keras/issues/21105
"""
import keras
import numpy as np
from keras import layers, ops

CODE = "wrong-derivative"
SYMPTOM = "wrong"
WEIGHTS = ["conv_1", "conv_2"]
NEEDS_TRAINING = False


@ops.custom_gradient
def cube(x):
    def grad(*args, upstream=None):
        if upstream is None:
            (upstream,) = args
        return upstream * 3.0 * ops.square(x)

    return x * x * x, grad


@ops.custom_gradient
def cube_root(x):
    y = ops.power(x + 1e-6, 1.0 / 3.0)

    def grad(*args, upstream=None):
        if upstream is None:
            (upstream,) = args
        return upstream * ops.square(y) / 3.0  # BLAME

    return y, grad


class GeM(layers.Layer):
    def call(self, x):
        return cube_root(ops.mean(cube(ops.relu(x)), axis=(1, 2)))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


def build():
    keras.utils.set_random_seed(808)
    image = keras.Input((10, 10, 2))
    h = layers.Conv2D(6, 3, activation="tanh", name="conv_1")(image)
    h = layers.Conv2D(8, 3, name="conv_2")(h)
    h = GeM(name="gem")(h)
    model = keras.Model(image, layers.Dense(3, activation="softmax", name="place")(h))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    rng = np.random.default_rng(808)
    return model, rng.normal(size=(64, 10, 10, 2)).astype("float32"), rng.integers(0, 3, 64)
