"""Reads samples off the device and makes them records, all that have come at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_gradwatch.backends import backend
from keras_gradwatch.record import Records
from keras_gradwatch.step import histogram
from keras_gradwatch.step.gradients import MEASURED
from keras_gradwatch.step.layout import StepLayout
from keras_gradwatch.step.sample import Sample

_NO_CHANNELS = np.zeros(0, bool)


def decode(samples: Sequence[Sample]) -> Records:
    """Waits for the device and returns what was measured.

    Args:
        samples: Samples of one layout.

    Returns:
        The records of them.
    """
    layout, losses = samples[0].layout, [_loss(sample.logs) for sample in samples]
    statistics = _statistics(samples, layout)
    alive = _stacked(samples, "alive", (0,)).astype(bool)
    nonfinite = statistics["nonfinite"]
    return Records(
        weights=layout.weights,
        learning_rate=statistics.pop("learning_rate"),
        statistics=statistics,
        missing=np.broadcast_to(layout.missing, nonfinite.shape),
        step=[int(backend().to_numpy(sample.step)) for sample in samples],
        epoch=[sample.epoch for sample in samples],
        batch=[sample.batch for sample in samples],
        wall_time=[sample.wall_time for sample in samples],
        loss=[float("nan") if loss is None else loss for loss in losses],
        has_loss=[loss is not None for loss in losses],
        skipped=[layout.is_loss_scaled and bool(count) for count in np.nansum(nonfinite, axis=1)],
        alive=[_Channels(one, layout) for one in alive],
        histogram=list(map(_histogram, samples, nonfinite)),
    )


class _Channels(Sequence):
    """For each weight which of its channels are alive, cut out when it is asked for."""

    def __init__(self, alive: np.ndarray, layout: StepLayout):
        self._alive = alive
        self._layout = layout

    def __len__(self) -> int:
        return len(self._layout.rows)

    def __getitem__(self, index: Any) -> Any:
        row, starts = self._layout.rows[index], self._layout.channel_starts
        return _NO_CHANNELS if row < 0 else self._alive[starts[row] : starts[row + 1]]


def _stacked(samples, name, missing_shape, missing=0.0):
    """One output of all samples, `[samples, ...]`."""
    if name not in samples[0].measured:
        return np.full((len(samples), *missing_shape), missing)
    return np.stack([backend().to_numpy(sample.measured[name]) for sample in samples])


def _statistics(samples, layout):
    """For each name in `record.STATISTICS` an array `[samples, weights]`."""
    measured = _stacked(samples, "statistics", (len(MEASURED), 1), np.nan).astype("float64")
    shares = _stacked(samples, "penalty_share", measured.shape[2:]).astype("float64")
    measured = np.concatenate([measured, shares[:, None]], axis=1)
    measured = np.where(layout.missing, np.nan, measured[:, :, layout.indices])
    columns = dict(zip((*MEASURED, "penalty_share"), np.moveaxis(measured, 1, 0), strict=True))
    # The size is rounded as the count is, so that a gradient of zeros only has all of them.
    sizes = np.maximum(layout.sizes, 1).astype("float32")
    columns["zero_fraction"] = columns.pop("zeros") / sizes
    columns["update_ratio"] = _ratio(columns.pop("update_norm"), columns["weight_norm"])
    return columns


def _histogram(sample, nonfinite):
    """Counts; what is in no bucket and is finite is a zero that was never stored."""
    if not sample.with_histogram or "exponents" not in sample.measured:
        return None
    layout = sample.layout
    counts = histogram.count(backend().to_numpy(sample.measured["exponents"]).astype("int64"))
    counts = np.where(layout.missing[:, None], 0, counts[layout.indices])
    unseen = layout.sizes - counts.sum(axis=1) - np.nan_to_num(nonfinite).astype("int64")
    counts[:, histogram.OCTAVES] += np.where(layout.missing, 0, unseen)
    return counts


def _ratio(update, weight):
    """The update beside the weight; NaN where the weight was 0, and anything is large beside it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight == 0, np.nan, update / weight)


def _loss(logs) -> float | None:
    loss = logs.get("loss") if isinstance(logs, dict) else None
    return None if loss is None else float(backend().to_numpy(loss))
