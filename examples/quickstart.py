"""A custom convolutional layer that does not learn, the reason, and the repair.

Run 1 trains it with a step function as its activation: the watch says what is wrong and stops.
Run 2 trains the repaired layer: gradients go to TensorBoard and to a CSV log.
"""

import argparse
import pathlib

import keras
import pandas as pd
from keras import layers, ops
from sklearn.datasets import load_digits

from keras_gradwatch import GradientWatch


def step(x):
    return ops.cast(x > 0, "float32")


class CustomConv2D(layers.Layer):
    """A convolution with a custom activation."""

    def __init__(self, filters, activation, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.activation = activation

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(3, 3, input_shape[-1], self.filters))
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        return self.activation(ops.conv(x, self.kernel, padding="same") + self.bias)


def build(activation):
    """Returns a small classifier of 8 x 8 digits, compiled."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            CustomConv2D(16, activation, name="custom_conv2d"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", name="classes"),
        ],
        name="digits",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def main(directory, epochs):
    keras.utils.set_random_seed(1)
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8, 1).astype("float32") / 16

    print("Run 1: a step function as activation")
    model = build(step)
    model.fit(images, digits, epochs=epochs, callbacks=[GradientWatch(stop_on="missing")])

    print("\nRun 2: relu instead")
    model = build(ops.relu)
    watch = GradientWatch(directory, csv=directory / "gradients.csv")
    model.fit(images, digits, epochs=epochs, callbacks=[watch])

    print("\nThe layers at the last sampled batch")
    print(watch.layers().to_string(float_format="{:.3g}".format))
    log = pd.read_csv(directory / "gradients.csv")
    print(f"\n{len(log)} rows in {directory / 'gradients.csv'}")
    print(f"Look at the gradients: tensorboard --logdir {directory}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--directory", type=pathlib.Path, default=pathlib.Path("logs/quickstart"))
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.epochs)
