"""The statistics of a gradient: each one once in `keras.ops`, and once in NumPy as its definition.

On the device the gradients of equal shape are stacked, so that a model of 2,000 small weights
costs a few dozen operations and not 20,000. `measure` is what JAX runs, where XLA fuses it;
`tensorflow_statistics` and `torch_statistics` do the same on TensorFlow and PyTorch. `define` is
the slow, obvious form of the same numbers; the tests compare each with it.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

NAMES = ("norm", "mean", "std", "max_abs", "zero_fraction", "dead_fraction", "nonfinite")
"""The statistics of a gradient alone, in the order of the rows of `measure`."""


def measure(stacks: list, sizes: list[int]) -> tuple[Any, list]:
    """Computes the statistics of all gradients of a step.

    Args:
        stacks: Float32 tensors `[weights, rows, channels]`, of one gradient an entry.
        sizes: Number of elements of the gradients of each stack; those that are not in it are zero
            (rows of an embedding that the batch did not touch).

    Returns:
        Float32 tensor `[len(NAMES), weights]`, and for each stack a boolean tensor
        `[weights, channels]`: the channel has an element that is not 0.
    """
    parts, alive = zip(*map(_measure, stacks, sizes), strict=True)
    return ops.stack([ops.concatenate([p[name] for p in parts]) for name in NAMES]), list(alive)


def _measure(stack, size):
    """The statistics of a stack, `[weights]` each by name, and which channels are alive."""
    magnitude = ops.abs(stack)
    channel_sums = ops.sum(magnitude, axis=1)
    alive = ops.not_equal(channel_sums, 0)
    zeros = _count(ops.equal(stack, 0)) + (size - _elements(stack))
    nonfinite = _count(ops.logical_not(ops.isfinite(magnitude)))
    # A maximum may lose a NaN, a sum never does.
    total, peak = ops.sum(channel_sums, axis=1), ops.max(magnitude, axis=(1, 2), initial=0)
    max_abs = ops.where(nonfinite > 0, total, peak)
    norm, deviation, mean = _moments(stack, max_abs, nonfinite, size)
    measured = {
        "norm": norm,
        "mean": mean,
        "std": deviation,
        "max_abs": max_abs,
        "zero_fraction": zeros / size,
        "dead_fraction": ops.mean(ops.cast(ops.logical_not(alive), "float32"), axis=1),
        "nonfinite": nonfinite,
    }
    return measured, alive


def sum_of_squares(stack):
    """Sum of the squares of each entry of a float32 stack `[weights, rows, channels]`."""
    if keras.backend.backend() == "tensorflow" and stack.shape[0] == 1:
        import tensorflow as tf

        return 2 * tf.nn.l2_loss(stack)[None]  # Squares and sums in one pass.
    return ops.sum(ops.square(stack), axis=(1, 2))


def _moments(stack, max_abs, nonfinite, size):
    """Norm, deviation and mean of values divided by the largest, so that no square underflows."""
    usable = ops.logical_and(ops.equal(nonfinite, 0), max_abs > 0)
    scale = ops.where(usable, max_abs, ops.ones_like(max_abs))
    scaled = stack / scale[:, None, None]
    mean = ops.sum(scaled, axis=(1, 2)) / size
    spread = sum_of_squares(scaled - mean[:, None, None])
    inside = _elements(stack)
    variance = (spread + (size - inside) * ops.square(mean)) / size
    # Both terms are positive: nothing cancels, and the gradient is not read once more.
    squares = spread + (2 * size - inside) * ops.square(mean)
    norm = ops.where(nonfinite > 0, max_abs, ops.sqrt(squares) * scale)
    return norm, ops.sqrt(variance) * scale, mean * scale


def _count(condition):
    """Number of true elements of each entry, exact in float32 up to 2**24 a channel."""
    return ops.sum(ops.sum(ops.cast(condition, "float32"), axis=1), axis=1)


def _elements(stack):
    """Elements of each entry: a Python number, or a float where the number of rows is not known."""
    rows, channels = ops.shape(stack)[1:]
    return (rows if isinstance(rows, int) else ops.cast(rows, "float32")) * channels


def define(gradient: Any) -> dict[str, Any]:
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


def flush_subnormal(gradient: Any) -> np.ndarray:
    """Returns float32 values in which subnormal numbers are zero, as TensorFlow and XLA compute."""
    values = np.asarray(gradient, "float32")
    return np.where(np.abs(values) < np.finfo("float32").tiny, np.float32(0), values)


def _norm(values):
    peak = np.abs(values).sum() if not np.isfinite(values).all() else np.abs(values).max()
    if peak == 0 or not np.isfinite(peak):
        return peak
    return np.sqrt(np.square(values / peak).sum()) * peak
