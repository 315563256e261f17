"""Times `diagnose` beside the first plain step of `fit`, compiling included.

KERAS_BACKEND=tensorflow python -m benchmarks.diagnosis.cost [MODEL ...]
"""

import argparse
import time

import keras
import numpy as np
from keras import layers

from keras_gradwatch import diagnose

RANDOM = np.random.default_rng(0)


def resnet50():
    """ResNet50 for images of 64 x 64."""
    model = keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=10)
    return model, RANDOM.random((16, 64, 64, 3), "float32"), RANDOM.integers(0, 10, 16)


def gru():
    """A GRU of 120 time steps."""
    model = keras.Sequential([keras.Input((120, 8)), layers.GRU(32), layers.Dense(10)])
    return model, RANDOM.random((16, 120, 8), "float32"), RANDOM.integers(0, 10, 16)


def deep():
    """A hundred dense layers."""
    hidden = [layers.Dense(16, activation="relu") for _ in range(100)]
    model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(10)])
    return model, RANDOM.random((16, 8), "float32"), RANDOM.integers(0, 10, 16)


def cut():
    """A hundred dense layers below a step function."""
    hidden = [layers.Dense(16, activation="relu") for _ in range(100)]
    step = layers.Lambda(lambda x: keras.ops.cast(x > 0, "float32"))
    model = keras.Sequential([keras.Input((8,)), *hidden, step, layers.Dense(10)])
    return model, RANDOM.random((16, 8), "float32"), RANDOM.integers(0, 10, 16)


MODELS = {build.__name__: build for build in (resnet50, gru, deep, cut)}


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis.cost")
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(MODELS))
    print("| model | backend | first plain step | diagnose | ratio |\n|---|---|---|---|---|")
    for name in parser.parse_args().models or MODELS:
        plain = _seconds(MODELS[name], lambda model, x, y: model.train_on_batch(x, y))
        ours = _seconds(MODELS[name], diagnose)
        row = f"{plain:.1f} s | {ours:.1f} s | {ours / plain:.2f}"
        print(f"| {name} | {keras.backend.backend()} | {row} |", flush=True)


def _seconds(build, task):
    model, x, y = build()
    from_logits = model.layers[-1].activation is not keras.activations.softmax
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    model.compile("adam", loss)
    began = time.perf_counter()
    task(model, x, y)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
