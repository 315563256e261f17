"""The data of the detection benchmark: small, real, and shipped with scikit-learn."""

import functools

import numpy as np
from sklearn import datasets


@functools.cache
def _load(name):
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return x[order].astype("float32"), y[order]


def _standard(x):
    return (x - x.mean(0)) / (x.std(0) + 1e-3)


def digits():
    """Handwritten digits as 64 numbers from 0 to 1, and their class."""
    x, y = _load("digits")
    return x / 16, y


def raw_digits():
    """The same with pixels from 0 to 255, as images come from a file."""
    x, y = _load("digits")
    return x * 255 / 16, y


def images():
    """Handwritten digits as images `(8, 8, 1)`."""
    x, y = digits()
    return x.reshape(-1, 8, 8, 1), y


def raw_images():
    """The images with pixels from 0 to 255."""
    x, y = raw_digits()
    return x.reshape(-1, 8, 8, 1), y


def rows():
    """Handwritten digits as sequences of eight rows."""
    x, y = digits()
    return x.reshape(-1, 8, 8), y


def pixels():
    """Handwritten digits as sequences of 64 pixels."""
    x, y = digits()
    return x.reshape(-1, 64, 1), y


def tokens():
    """Handwritten digits as 64 tokens: the place of a pixel together with its gray value."""
    x, y = _load("digits")
    return (x + 17 * np.arange(64)).astype("int32"), y


def cancer():
    """Thirty standardized measurements of cells, and whether they are benign."""
    x, y = _load("breast_cancer")
    return _standard(x), y


def raw_cancer():
    """The same with the measurements as they are, up to 4,000."""
    return _load("breast_cancer")


def wine():
    """Thirteen standardized measurements of wines, and their grower; each one four times."""
    x, y = _load("wine")
    return np.tile(_standard(x), (4, 1)), np.tile(y, 4)


def raw_wine():
    """The same with the measurements as they are, up to 1,700."""
    x, y = _load("wine")
    return np.tile(x, (4, 1)), np.tile(y, 4)


def diabetes():
    """Ten standardized measurements, and the standardized progression of the illness."""
    x, y = _load("diabetes")
    return _standard(x), _standard(y.astype("float32"))[:, None]


def raw_diabetes():
    """The same with the progression as it is, from 25 to 346."""
    x, y = _load("diabetes")
    return _standard(x), y.astype("float32")[:, None]


def autoencoding():
    """Handwritten digits as input and target."""
    x, _ = digits()
    return x, x


def denoising():
    """Images with noise, and without."""
    x, _ = images()
    noise = np.random.default_rng(1).normal(0, 0.3, x.shape)
    return (x + noise).astype("float32"), x


def pairs():
    """Pairs of handwritten digits, and whether the two are of one class."""
    x, y = digits()
    rng = np.random.default_rng(1)
    other = np.array(
        [rng.choice(np.flatnonzero((y == c) if rng.random() < 0.5 else (y != c))) for c in y]
    )
    return (x, x[other]), (y == y[other]).astype("float32")[:, None]


def digits_and_parity():
    """Handwritten digits with two targets: their class, and whether they are odd."""
    x, y = digits()
    return x, {"kind": y, "odd": (y % 2).astype("float32")[:, None]}


def rare():
    """Whether a digit is a nine, the positive class kept in one of ten cases only."""
    x, y = digits()
    keep = (y != 9) | (np.random.default_rng(1).random(len(y)) < 0.4)
    return x[keep], (y[keep] == 9).astype("float32")[:, None]
