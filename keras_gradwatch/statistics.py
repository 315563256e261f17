"""The statistics of a gradient: their names, and in NumPy their definition.

Each backend computes them in the compiled step, in its `measure.py`. What is here is the slow,
obvious form of the same numbers; the tests compare each backend with it.
"""

from typing import Any

import numpy as np

NAMES = ("norm", "mean", "std", "max_abs", "zeros", "dead_fraction", "nonfinite")
"""The statistics of a gradient alone, in the order of the rows of `measure`.

Zeros are counted, not the others: where there is none, float32 holds that of any gradient.
"""


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
            "zeros": np.count_nonzero(values == 0),
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
