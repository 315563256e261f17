"""The statistics of a gradient: each one once in `keras.ops`, and once in NumPy as its definition.

On the device the gradients of equal shape are stacked, so that a model of 2,000 small weights
costs a few dozen operations and not 20,000. `define` is the slow, obvious form of the same numbers;
the tests compare the two.
"""

import math
from typing import Any

import numpy as np
from keras import ops


def measure(stack, size: int) -> dict[str, Any]:
    """Computes the statistics of a stack of gradients.

    Args:
        stack: Float32 tensor `[weights, rows, channels]`, one gradient an entry.
        size: Number of elements of each gradient. Those that are not in the stack are zero
            (rows of an embedding that the batch did not touch).

    Returns:
        Tensors `[weights]` named as in `record.STATISTICS`, and `alive`, a boolean
        tensor `[weights, channels]`.
    """
    magnitude = ops.abs(stack)
    finite = ops.isfinite(stack)
    implicit_zeros = size - math.prod(ops.shape(stack)[1:])
    nonfinite = _count(ops.logical_not(finite))
    alive = ops.any(ops.not_equal(stack, 0), axis=1)
    # A maximum may lose a NaN, a sum never does.
    peak = ops.max(magnitude, axis=(1, 2))
    max_abs = ops.where(nonfinite > 0, ops.sum(magnitude, axis=(1, 2)), peak)
    norm, deviation, mean = _moments(stack, max_abs, nonfinite, size, implicit_zeros)
    return {
        "norm": norm,
        "mean": mean,
        "std": deviation,
        "max_abs": max_abs,
        "zero_fraction": (_count(ops.equal(stack, 0)) + implicit_zeros) / size,
        "dead_fraction": ops.mean(ops.cast(ops.logical_not(alive), "float32"), axis=1),
        "nonfinite": nonfinite,
        "alive": alive,
    }


def _moments(stack, max_abs, nonfinite, size, implicit_zeros):
    """Norm, deviation and mean of values divided by the largest, so that no square underflows."""
    usable = ops.logical_and(ops.equal(nonfinite, 0), max_abs > 0)
    scale = ops.where(usable, max_abs, ops.ones_like(max_abs))
    scaled = stack / scale[:, None, None]
    mean = ops.sum(scaled, axis=(1, 2)) / size
    squares = ops.sum(ops.square(scaled), axis=(1, 2))
    spread = ops.sum(ops.square(scaled - mean[:, None, None]), axis=(1, 2))
    variance = (spread + implicit_zeros * ops.square(mean)) / size
    norm = ops.where(nonfinite > 0, max_abs, ops.sqrt(squares) * scale)
    return norm, ops.sqrt(variance) * scale, mean * scale


def _count(condition):
    """Number of true elements of each entry, exact in float32 up to 2**24 a row."""
    rows = ops.sum(ops.cast(condition, "float32"), axis=2)
    return ops.sum(rows, axis=1)


def define(gradient) -> dict[str, Any]:
    """Computes the same statistics of one dense gradient in NumPy, in float64.

    Args:
        gradient: Array of any shape.

    Returns:
        A dictionary with the names that `measure` returns, as Python numbers, and
        `alive`, a boolean array `[channels]`.

    Example:

    ```python
    define(np.array([[3.0, 0.0], [4.0, 0.0]]))["norm"]  # 5.0
    ```
    """
    values = flush_subnormal(gradient).astype("float64")
    by_channel = values.reshape(-1, values.shape[-1] if values.ndim else 1)
    alive = (by_channel != 0).any(axis=0)
    with np.errstate(invalid="ignore"):
        return {
            "norm": _norm(values),
            "mean": values.mean(),
            "std": values.std(),
            "max_abs": np.abs(values).max() if np.isfinite(values).all() else np.abs(values).sum(),
            "zero_fraction": (values == 0).mean(),
            "dead_fraction": 1 - alive.mean(),
            "nonfinite": np.count_nonzero(~np.isfinite(values)),
            "alive": alive,
        }


def flush_subnormal(gradient) -> np.ndarray:
    """Returns float32 values in which subnormal numbers are zero, as TensorFlow and XLA compute."""
    values = np.asarray(gradient, "float32")
    return np.where(np.abs(values) < np.finfo("float32").tiny, np.float32(0), values)


def _norm(values):
    peak = np.abs(values).sum() if not np.isfinite(values).all() else np.abs(values).max()
    if peak == 0 or not np.isfinite(peak):
        return peak
    return np.sqrt(np.square(values / peak).sum()) * peak


def weight_norm(stack):
    """L2 norm of each entry of a float32 stack `[weights, rows, channels]`."""
    return ops.sqrt(ops.sum(ops.square(stack), axis=(1, 2)))
