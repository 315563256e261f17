"""The data of these programs: photographs, texts and measurements that scikit-learn ships."""

import functools
import re

import numpy as np
from sklearn import datasets

CE = "sparse_categorical_crossentropy"


@functools.cache
def photo(name="china", side=64):
    """A photograph in gray `(side, side)`, from -1 to 1."""
    image = datasets.load_sample_image(f"{name}.jpg").mean(-1)
    rows = np.linspace(0, image.shape[0] - 1, side).astype(int)
    columns = np.linspace(0, image.shape[1] - 1, side).astype(int)
    return (image[np.ix_(rows, columns)] / 127.5 - 1).astype("float32")


@functools.cache
def patches(side=32, count=600):
    """Patches of two photographs with pixels from 0 to 255, and which of the two it was."""
    rng = np.random.default_rng(0)
    images = [datasets.load_sample_image(f"{name}.jpg") for name in ("china", "flower")]
    y = rng.integers(0, 2, count)
    x = np.empty((count, side, side, 3), "float32")
    for i, kind in enumerate(y):
        top, left = rng.integers(0, 427 - side), rng.integers(0, 640 - side)
        x[i] = images[kind][top : top + side, left : left + side]
    return x, y


@functools.cache
def text():
    """About 15,000 characters of English, in small letters."""
    loaders = ("breast_cancer", "diabetes", "wine", "iris", "digits", "linnerud")
    words = [getattr(datasets, f"load_{name}")().DESCR for name in loaders]
    return re.sub(r"[^a-z .,]+", " ", re.sub(r"\s+", " ", " ".join(words).lower()))


@functools.cache
def characters():
    """The text as numbers from 1 to 29."""
    return np.array([" .,abcdefghijklmnopqrstuvwxyz".index(c) + 1 for c in text()], "int32")


def snippets(length=32, count=1000):
    """Pieces of the text `(count, length)`, and the character after each position."""
    starts = np.random.default_rng(0).integers(0, len(characters()) - length - 1, count)
    index = starts[:, None] + np.arange(length)
    return characters()[index], characters()[index + 1]


def sources(length=48, count=1200):
    """Pieces of the text, and in which third of it each one stands."""
    starts = np.random.default_rng(0).integers(0, len(characters()) - length, count)
    x = characters()[starts[:, None] + np.arange(length)]
    return x, (starts * 3 // len(characters())).astype("int32")


def series(past=48, future=12):
    """Windows of a noisy series with two seasons and a trend, and what comes after each."""
    t = np.arange(1500)
    values = np.sin(t / 6) + 0.5 * np.sin(t / 25) + t / 1500
    values += np.random.default_rng(0).normal(0, 0.1, len(t))
    index = np.arange(len(t) - past - future)[:, None] + np.arange(past + future)
    windows = values[index].astype("float32")
    return windows[:, :past], windows[:, past:]


def digits():
    """Handwritten digits as images `(8, 8, 1)` from 0 to 1, and their class."""
    x, y = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return (x[order] / 16).reshape(-1, 8, 8, 1).astype("float32"), y[order].astype("int32")


def measurements(name):
    """Measurements as they are, and their targets."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return x[order].astype("float32"), y[order]
