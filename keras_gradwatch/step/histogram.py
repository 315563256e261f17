"""One fixed grid for all histograms: powers of two, for each sign.

A fixed grid makes the histograms of all steps and weights comparable, and a vanishing gradient
stays visible: TensorBoard bins all steps together on a linear axis, where it would be one spike at
zero. An element finds its bucket by the exponent bits of its float32 form, without a logarithm.
"""

from typing import Any

import numpy as np

from keras_gradwatch.statistics import flush_subnormal

SMALLEST = -48  # 2**-48 = 3.6e-15: what is smaller falls into the first bucket.
LARGEST = 16  # 2**16 = 65536: what is larger falls into the last one.
OCTAVES = LARGEST - SMALLEST
BUCKETS = 2 * OCTAVES + 1
"""Negative octaves from large to small, exact zero, positive octaves from small to large."""

_ZERO = OCTAVES
_EXPONENT_BIAS = 127
_SHOWN_OCTAVES = 6
_POWERS = 2.0 ** np.arange(SMALLEST, LARGEST + 1)
_LOGARITHMS = np.log10(_POWERS)


def count(exponents: np.ndarray) -> np.ndarray:
    """Joins the counts of exponents to the buckets of the grid.

    Args:
        exponents: How often each sign and exponent occurs, integers `[weights, 2, 256]`.

    Returns:
        Integer array `[weights, BUCKETS]`. NaN and Inf are in no bucket: they are counted by
        the statistic `nonfinite`.
    """
    first, last = SMALLEST + _EXPONENT_BIAS, LARGEST - 1 + _EXPONENT_BIAS
    smallest = exponents[:, :, 1 : first + 1].sum(axis=2, keepdims=True)
    largest = exponents[:, :, last:-1].sum(axis=2, keepdims=True)
    octaves = np.concatenate([smallest, exponents[:, :, first + 1 : last], largest], axis=2)
    zeros = exponents[:, :, :1].sum(axis=1)
    return np.concatenate([octaves[:, 1, ::-1], zeros, octaves[:, 0]], axis=1)


def define(gradient: Any) -> np.ndarray:
    """Counts the elements of one array by comparing with every edge, in NumPy.

    Args:
        gradient: Array of any shape.

    Returns:
        Integer array `[BUCKETS]`.
    """
    values = flush_subnormal(gradient).ravel()
    values = values[np.isfinite(values)].astype("float64")
    inner = 2.0 ** np.arange(SMALLEST + 1, LARGEST)
    edges = np.concatenate([[np.nextafter(0, 1)], inner, [np.inf]])
    positive = np.histogram(values[values > 0], edges)[0]
    negative = np.histogram(-values[values < 0], edges)[0]
    return np.concatenate([negative[::-1], [np.count_nonzero(values == 0)], positive])


def value_table(counts: np.ndarray) -> np.ndarray:
    """Returns TensorBoard's `[k, 3]` table (left, right, count) of the values themselves.

    Args:
        counts: Counts on the grid. Octaves far below the largest filled one become one bucket a
            sign: TensorBoard draws thirty equal bins, and they all lie within one of these.
    """
    negative, positive = counts[_ZERO - 1 :: -1], counts[_ZERO + 1 :]
    filled = np.flatnonzero(negative + positive)
    top = filled[-1] + 1 if filled.size else 1
    low = max(top - _SHOWN_OCTAVES, 1)
    edges = np.append(0.0, _POWERS[low : top + 1])
    buckets = len(edges) - 1
    table = np.zeros((2 * buckets + 1, 3), "float32")
    table[:buckets, 0], table[:buckets, 1] = -edges[:0:-1], -edges[-2::-1]
    table[buckets + 1 :, 0], table[buckets + 1 :, 1] = edges[:-1], edges[1:]
    table[:buckets, 2] = _joined(negative, low, top)[::-1]
    table[buckets, 2] = counts[_ZERO]
    table[buckets + 1 :, 2] = _joined(positive, low, top)
    filled = np.flatnonzero(table[:, 2])
    return table[filled[0] : filled[-1] + 1] if filled.size else table[:0]


def magnitude_tables(counts: np.ndarray) -> list[np.ndarray]:
    """Returns for each weight the `[k, 3]` table of log10 of the absolute values, without zeros.

    Args:
        counts: Counts on the grid, `[weights, BUCKETS]`. The smallest values of a weight, one in a
            hundred, are in one bucket.
    """
    octaves = counts[:, _ZERO - 1 :: -1] + counts[:, _ZERO + 1 :]
    share = np.cumsum(octaves, axis=1)
    is_filled = octaves > 0
    first, top = is_filled.argmax(axis=1), OCTAVES - is_filled[:, ::-1].argmax(axis=1)
    few = (share < share[:, -1:] / 100).sum(axis=1)
    last = np.maximum(few - 1, first)  # The last octave of the smallest values.
    tables = np.empty((*octaves.shape, 3), "<f4")
    tables[..., 0], tables[..., 1] = _LOGARITHMS[:-1], _LOGARITHMS[1:]
    tables[..., 2] = octaves
    weights = np.arange(len(counts))
    tables[weights, last, 0] = _LOGARITHMS[first]
    tables[weights, last, 2] = share[weights, last]
    ends = np.where(is_filled.any(axis=1), top, last).tolist()
    return [table[i:end] for table, i, end in zip(tables, last.tolist(), ends, strict=True)]


def _joined(octaves, low, top):
    """The octaves up to `top`, the first `low` of them as one."""
    joined = octaves[low - 1 : top].copy()
    joined[0] = octaves[:low].sum()
    return joined
