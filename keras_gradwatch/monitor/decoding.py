"""Reads a sample off the device and makes it a record."""

import time

import keras
import numpy as np

from keras_gradwatch.backends import backend
from keras_gradwatch.record import Record
from keras_gradwatch.step import histogram
from keras_gradwatch.step.gradients import MEASURED
from keras_gradwatch.step.sample import Sample

_NO_CHANNELS = np.zeros(0, bool)


def decode(sample: Sample) -> Record:
    """Waits for the device and returns what was measured.

    Args:
        sample: The sample.

    Returns:
        The `Record`.
    """
    layout = sample.layout
    arrays = {name: backend().to_numpy(tensor) for name, tensor in sample.measured.items()}
    statistics = _statistics(arrays, layout)
    loss = _loss(sample.logs)
    return Record(
        step=int(sample.step),
        epoch=sample.epoch,
        batch=sample.batch,
        wall_time=time.time(),
        weights=layout.weights,
        statistics=statistics,
        missing=layout.missing,
        alive=_alive(arrays, layout),
        histogram=_histogram(arrays, layout, statistics["nonfinite"]),
        loss=float("nan") if loss is None else loss,
        has_loss=loss is not None,
        learning_rate=_learning_rate(arrays, layout),
        skipped=layout.is_loss_scaled and bool(np.nansum(statistics["nonfinite"])),
    )


def _statistics(arrays, layout):
    measured = arrays.get("statistics", np.full((len(MEASURED), 1), np.nan))
    columns = dict(zip(MEASURED, measured.astype("float64"), strict=True))
    columns = {name: _in_order(column, layout, np.nan) for name, column in columns.items()}
    # The size is rounded as the count is, so that a gradient of zeros only has all of them.
    sizes = np.maximum(layout.sizes, 1).astype("float32")
    columns["zero_fraction"] = columns.pop("zeros") / sizes
    columns["update_ratio"] = _ratio(columns.pop("update_norm"), columns["weight_norm"])
    shares = arrays.get("penalty_share", np.zeros(measured.shape[1])).astype("float64")
    columns["penalty_share"] = _in_order(shares, layout, np.nan)
    return columns


def _learning_rate(arrays, layout):
    rates = arrays.get("learning_rate", np.full(max(1, len(layout.rows)), np.nan))
    return _in_order(rates.astype("float64"), layout, np.nan)


def _in_order(rows, layout, filler):
    """Rows of the outputs in the order of the model, `filler` where a gradient is missing."""
    missing = layout.missing.reshape(-1, *[1] * (rows.ndim - 1))
    return np.where(missing, filler, rows[np.where(layout.missing, 0, layout.rows)])


def _alive(arrays, layout):
    flags = np.split(arrays.get("alive", _NO_CHANNELS).astype(bool), layout.channel_ends)
    return tuple(_NO_CHANNELS if row < 0 else flags[row] for row in layout.rows)


def _histogram(arrays, layout, nonfinite):
    """Counts; what is in no bucket and is finite is a zero that was never stored."""
    if "histogram" not in arrays:
        return None
    counts = _in_order(arrays["histogram"].astype("int64"), layout, 0)
    unseen = layout.sizes - counts.sum(axis=1) - np.nan_to_num(nonfinite).astype("int64")
    counts[:, histogram.OCTAVES] += np.where(layout.missing, 0, unseen)
    return counts


def _ratio(update, weight):
    """The update beside the weight; NaN where the weight was 0, and anything is large beside it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight == 0, np.nan, update / weight)


def _loss(logs) -> float | None:
    loss = logs.get("loss") if isinstance(logs, dict) else None
    return None if loss is None else float(keras.ops.convert_to_numpy(loss))
