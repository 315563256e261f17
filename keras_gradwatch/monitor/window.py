"""The window: what all records so far say of each weight, in memory that does not grow."""

import collections
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_gradwatch.record import Record
from keras_gradwatch.weights import Weight

WINDOW = 32
"""Number of records that are kept whole (without their histogram)."""


_LOST = 2.0**-24
"""An update of this share of a float32 weight, or less, is lost or nearly lost when it is added."""


def _stands_still(record: Record, before: Record | None) -> np.ndarray:
    """The weight has a gradient and is where it was at the record before."""
    if before is None or not _is_like(before, record) or record.skipped:
        return np.zeros(len(record.weights), bool)
    # The step stands still too while gradients accumulate, and only some batches end in an update.
    # A single element near 0 may move where all others stand still.
    with np.errstate(invalid="ignore"):
        change = np.abs(record["weight_norm"] - before["weight_norm"])
        is_same = (record.step > before.step) & (change <= 2 * _LOST * before["weight_norm"])
    has_gradient = (record["norm"] > 0) & np.isfinite(record["norm"])
    return is_same & (record["update_ratio"] < _LOST) & has_gradient


_CONDITIONS = {
    "missing": lambda record, before: record.missing,
    "zero": lambda record, before: record["norm"] == 0,
    "non-finite": lambda record, before: (record["nonfinite"] > 0) & (not record.skipped),
    "still": _stands_still,
}

_COLUMNS = (
    {"samples": int, "alive": int, "started": bool, "largest update": float}
    | dict.fromkeys(_CONDITIONS, int)
    | dict.fromkeys((f"{condition} since" for condition in _CONDITIONS), int)
)


def _is_like(record: Record, other: Record) -> bool:
    return record.weights is other.weights or record.weights == other.weights


def _position(record: Record) -> tuple[int, int]:
    return record.epoch, record.batch


class Window:
    """What has been measured so far: a window of records, and how long each condition has lasted.

    A rule gets a window and reads from it. Everything is by weight, in the order of
    `window.weights`; a weight that was not in the latest record keeps what is known of it.

    Example:

    ```python
    def quiet(window):
        for i in np.flatnonzero(window.streak("zero") >= 5):
            yield Finding("zero", weights=(window.weights[i].path,), message="It is zero.")
    ```
    """

    def __init__(self) -> None:
        self.records: collections.deque[Record] = collections.deque(maxlen=WINDOW)
        self._first: Record | None = None
        self.count = 0
        self.skipped = 0
        self._first_loss = float("nan")
        self.largest_reach = 0.0
        self._place: dict[str, int] = {}
        self._columns: dict[str, np.ndarray] = {}
        self._last_alive: dict[str, np.ndarray] = {}
        self._rows = np.zeros(0, int)
        self._of_weights: dict[Any, Any] = {}
        self._comparable: list[Record] = []
        self._windows: dict[tuple[str, int], np.ndarray] = {}

    def add(self, record: Record) -> None:
        """Adds the next record.

        Args:
            record: The record; its histogram is not kept.
        """
        before = self.records[-1] if self.records else None
        self.records.append(dataclasses.replace(record, histogram=None))
        self._first = self._first or self.records[0]
        self.count += 1
        if np.isnan(self._first_loss) or (before and _position(record) <= _position(before)):
            self._first_loss = record.loss if np.isfinite(record.loss) else float("nan")
            self.largest_reach = 0.0
        self.largest_reach = max(self.largest_reach, np.nan_to_num(record.reach, posinf=np.inf))
        self.skipped = self.skipped + 1 if record.skipped else 0
        self._windows.clear()
        self._comparable = [r for r in self.records if _is_like(r, record) and not r.skipped]
        if before is None or before.weights is not record.weights:
            self._rows = self._rows_of(record.weights)
            self._of_weights.clear()
        for name, holds in _CONDITIONS.items():
            self._extend(name, np.asarray(holds(record, before)), record.step)
        is_alive = (record["norm"] > 0) & (record["nonfinite"] == 0)
        self._columns["samples"][self._rows] += ~record.missing
        self._columns["alive"][self._rows] += is_alive
        self._remember_update(record)
        self._remember_channels(record)

    @property
    def first(self) -> Record:
        """The record that was added first."""
        return self._first or self.latest

    @property
    def latest(self) -> Record:
        """The record that was added last."""
        return self.records[-1]

    @property
    def weights(self) -> tuple[Weight, ...]:
        """The weights of the latest record."""
        return self.latest.weights

    @property
    def loss_was_lost(self) -> bool:
        """Whether a loss is reported, and is NaN or Inf now."""
        return self.latest.has_loss and not np.isfinite(self.latest.loss)

    @property
    def progress(self) -> float:
        """By how much the loss has come down in this `fit`, as a share of its first value.

        `fit` reports a mean over the epoch so far, so that this lags behind. Negative where the
        loss has gone up, `-inf` where it was lost to NaN or Inf, NaN where it is not known.
        """
        if self.loss_was_lost:
            return -np.inf
        first, latest = self._first_loss, self.latest.loss
        if not np.isfinite(first) or np.isnan(latest):
            return float("nan")
        return (first - latest) / max(abs(first), 1e-30)

    def streak(self, condition: str) -> np.ndarray:
        """Returns for each weight for how many records, up to the latest, a condition has held.

        Args:
            condition: `"missing"`, `"zero"` (the whole gradient is exactly 0), `"non-finite"`, or
                `"still"` (the weight has a gradient and does not move).
        """
        return self._columns[condition][self._rows]

    def since(self, condition: str) -> np.ndarray:
        """Returns for each weight the step at which the streak of a condition began."""
        return self._columns[f"{condition} since"][self._rows]

    def samples(self) -> np.ndarray:
        """Returns for each weight in how many records it had a gradient, zero or not."""
        return self._columns["samples"][self._rows]

    def alive(self) -> np.ndarray:
        """Returns for each weight in how many records it had a finite gradient that is not 0."""
        return self._columns["alive"][self._rows]

    def largest_update(self) -> np.ndarray:
        """Returns for each weight the largest update ratio so far.

        0 for a weight that started at zero: anything is large beside it.
        """
        return self._columns["largest update"][self._rows]

    def last_alive(self, weight: Weight) -> np.ndarray:
        """Returns for each output channel of a weight its last sample with a gradient.

        Args:
            weight: A weight of the latest record.

        Returns:
            Integers `[channels]`: the number of the sample of this weight, from 1, in which the
            channel last had a gradient that is not 0; 0 where it never had one.
        """
        return self._last_alive.get(weight.path, np.zeros(0, int))

    def recent(self, statistic: str, count: int = WINDOW) -> np.ndarray:
        """Returns a statistic over the latest records.

        Args:
            statistic: Name in `record.STATISTICS`.
            count: Number of records, at most.

        Returns:
            Array `[records, weights]`, oldest record first, which is not to be written to. Records
            of before a change of the weights, and steps that a loss scale skipped, are left out.
        """
        key = statistic, count
        if key not in self._windows:
            rows = [record[statistic] for record in self._comparable[-count:]]
            window = np.array(rows).reshape(len(rows), len(self.weights))
            window.flags.writeable = False
            self._windows[key] = window
        return self._windows[key]

    def reaches(self, count: int = WINDOW) -> np.ndarray:
        """Returns `Record.reach` of each record of `recent`, oldest first.

        Args:
            count: Number of records, at most.
        """
        return np.array([record.reach for record in self._comparable[-count:]], float)

    def of_weights(self, describe: Callable[[tuple[Weight, ...]], Any]) -> Any:
        """Returns what a function says of the weights; it is asked once, until they change.

        Args:
            describe: Function of the weights of the latest record.
        """
        if describe not in self._of_weights:
            self._of_weights[describe] = describe(self.weights)
        return self._of_weights[describe]

    def _rows_of(self, weights):
        """The places of the weights in the columns, new ones at the end."""
        for weight in weights:
            self._place.setdefault(weight.path, len(self._place))
        for name in _COLUMNS:
            column = self._columns.get(name, np.zeros(0, _COLUMNS[name]))
            self._columns[name] = np.pad(column, (0, len(self._place) - len(column)))
        return np.array([self._place[weight.path] for weight in weights], int)

    def _extend(self, name, holds, step):
        """Lengthens the streaks of a condition where it holds and ends the others."""
        streaks, since = self._columns[name], self._columns[f"{name} since"]
        begins = holds & (streaks[self._rows] == 0)
        since[self._rows[begins]] = step
        streaks[self._rows] = np.where(holds, streaks[self._rows] + 1, 0)

    def _remember_update(self, record):
        """Notes the largest update ratio of each weight that did not start at zero."""
        largest, started = self._columns["largest update"], self._columns["started"]
        is_first = self._columns["samples"][self._rows] == 1
        started[self._rows] |= is_first & (record["weight_norm"] > 0)
        ratio = np.where(started[self._rows], np.nan_to_num(record["update_ratio"]), 0.0)
        largest[self._rows] = np.maximum(largest[self._rows], ratio)

    def _remember_channels(self, record):
        """Notes when each channel was alive; a layer that never lost one costs nothing."""
        if not self._last_alive and not (record["dead_fraction"] > 0).any():
            return
        samples = self.samples()
        for i, weight in enumerate(record.weights):
            if record["dead_fraction"][i] > 0 or weight.path in self._last_alive:
                alive = record.alive[i]
                if weight.path not in self._last_alive:
                    self._last_alive[weight.path] = np.full(len(alive), samples[i] - 1)
                if len(alive):
                    self._last_alive[weight.path][alive] = samples[i]
