"""What the gradients of a model are all together: a few curves, however many weights there are."""

import numpy as np

from keras_gradwatch.record import Records

TOTALS = (
    "gradient_norm",
    "smallest_layer_norm",
    "zero_fraction",
    "dead_fraction",
    "update_ratio",
    "ill_weights",
)
"""Norm of all gradients; norm of the layer that has least; share of all elements that are 0; mean
share of dead channels; median update ratio; number of weights whose gradient is missing, zero or
not finite."""


def totals(records: Records, layer_norms: np.ndarray) -> np.ndarray:
    """Returns the numbers of `TOTALS`, an array `[records, totals]`; NaN where there is none.

    Args:
        records: The records.
        layer_norms: Norm of the gradients of each layer, `[records, layers]`; NaN where all of
            them are missing.
    """
    statistics, present = records.statistics, ~records.missing
    norm = statistics["norm"]
    sizes = np.where(present, [weight.size for weight in records.weights], 0)
    is_ill = records.missing | (norm == 0) | (statistics["nonfinite"] > 0)
    columns = [
        np.sqrt(np.where(present, np.square(norm), 0).sum(1)),
        np.fmin.reduce(layer_norms, axis=1),
        _mean(statistics["zero_fraction"], sizes),
        _mean(statistics["dead_fraction"], present),
        _median(np.where(statistics["weight_norm"] != 0, statistics["update_ratio"], np.nan)),
        is_ill.sum(1),
    ]
    return np.stack(columns, axis=1)


def _mean(values, shares):
    with np.errstate(invalid="ignore"):  # 0 / 0 where all gradients are missing.
        return np.where(shares > 0, values * shares, 0).sum(1) / shares.sum(1)


def _median(values):
    """The median of the numbers of each row, the lower one of two; NaN where there are none."""
    ordered = np.sort(values, axis=1)  # NaN comes last.
    counts = np.isfinite(values).sum(1, keepdims=True)
    return np.take_along_axis(ordered, np.maximum(counts - 1, 0) // 2, axis=1)[:, 0]
