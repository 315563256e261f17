"""The window: what all records so far say of each weight, in memory that does not grow."""

import collections
import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_gradwatch.record import Record, Records
from keras_gradwatch.weights import Weight

WINDOW = 32
"""Number of records that are kept whole (without their histogram)."""


ROUNDING = 2.0**-24
"""Share below which a number is lost, or nearly, in the rounding of float32 when it is added to
another: an update to its weight."""


def _stands_still(records: Records, before: Record | None) -> np.ndarray:
    """The weight has a gradient and is where it was at the record before."""
    sizes, steps = records.statistics["weight_norm"], np.array(records.step)
    size = np.full(len(records.weights), np.nan)
    if before is not None and _is_like(before, records):
        size = before["weight_norm"]
    earlier = np.concatenate([size[None], sizes[:-1]])
    is_later = np.diff(steps, prepend=before.step if before else steps[0]) > 0
    # The step stands still too while gradients accumulate, and only some batches end in an update.
    # A single element near 0 may move where all others stand still.
    with np.errstate(invalid="ignore"):
        is_same = is_later[:, None] & (np.abs(sizes - earlier) <= 2 * ROUNDING * earlier)
    norm, skipped = records.statistics["norm"], np.array(records.skipped)[:, None]
    has_gradient = (norm > 0) & np.isfinite(norm)
    return is_same & (records.statistics["update_ratio"] < ROUNDING) & has_gradient & ~skipped


_CONDITIONS = {
    "missing": lambda records, before: records.missing,
    "zero": lambda records, before: records.statistics["norm"] == 0,
    "non-finite": lambda records, before: (
        (records.statistics["nonfinite"] > 0) & ~np.array(records.skipped)[:, None]
    ),
    "still": _stands_still,
}

_COLUMNS = (
    {"samples": int, "alive": int, "started": bool, "largest update": float}
    | dict.fromkeys(_CONDITIONS, int)
    | dict.fromkeys((f"{condition} since" for condition in _CONDITIONS), int)
)


def _is_like(record: Any, other: Any) -> bool:
    return record.weights is other.weights or record.weights == other.weights


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
        self._was_negative = False
        self._place: dict[str, int] = {}
        self._columns: dict[str, np.ndarray] = {}
        self._last_alive: dict[str, np.ndarray] = {}
        self._rows = np.zeros(0, int)
        self._of_weights: dict[Any, Any] = {}
        self._reaches: collections.deque[float] = collections.deque(maxlen=WINDOW)
        self._is_comparable: list[bool] = []
        self._windows: dict[tuple[str, int], np.ndarray] = {}

    def add(self, record: Record) -> None:
        """Adds the next record.

        Args:
            record: The record; its histogram is not kept.
        """
        self._add(Records.of(record), [dataclasses.replace(record, histogram=None)])

    def add_all(self, records: Records) -> None:
        """Adds the next records, in one pass over all of them.

        Args:
            records: The records; their histograms are not kept.
        """
        if len(records):
            records = dataclasses.replace(records, histogram=[None] * len(records))
            self._first = self._first or records[0]
            self._add(records, records[-WINDOW:])

    def _add(self, records, latest):
        before = self.records[-1] if self.records else None
        self.records.extend(latest)
        self._reaches.extend(records.reach)
        self._first = self._first or self.records[0]
        self.count += len(records)
        self._follow_loss(records, before)
        self._windows.clear()
        self._is_comparable = [_is_like(r, records) and not r.skipped for r in self.records]
        if before is None or before.weights is not records.weights:
            self._rows = self._rows_of(records.weights)
            self._of_weights.clear()
        for name, holds in _CONDITIONS.items():
            self._extend(name, holds(records, before), np.array(records.step))
        self._remember_update(records)
        self._remember_channels(records)
        is_alive = (records.statistics["norm"] > 0) & (records.statistics["nonfinite"] == 0)
        self._columns["samples"][self._rows] += (~records.missing).sum(axis=0)
        self._columns["alive"][self._rows] += is_alive.sum(axis=0)

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
            records = list(itertools.compress(self.records, self._is_comparable))
            rows = [record[statistic] for record in records[-count:]]
            window = np.array(rows).reshape(len(rows), len(self.weights))
            window.flags.writeable = False
            self._windows[key] = window
        return self._windows[key]

    def reaches(self, count: int = WINDOW) -> np.ndarray:
        """Returns `Record.reach` of each record of `recent`, oldest first.

        Args:
            count: Number of records, at most.
        """
        reaches = list(itertools.compress(self._reaches, self._is_comparable))
        return np.array(reaches[-count:], float)

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

    def _follow_loss(self, records, before):
        """Notes the first loss of a `fit`, what steps could remove of it, and the skips."""
        position = (before.epoch, before.batch) if before else None
        reaches = np.nan_to_num(records.reach, posinf=np.inf).tolist()
        here = zip(records.epoch, records.batch, strict=True)
        for now, loss, reach, skipped in zip(
            here, records.loss, reaches, records.skipped, strict=True
        ):
            if np.isnan(self._first_loss) or (position is not None and now <= position):
                self._first_loss = loss if np.isfinite(loss) else float("nan")
                self.largest_reach = 0.0
            # Of a loss that was negative 0 is no end of the way, and nothing is a share of it.
            self._was_negative = self._was_negative or loss < 0
            self.largest_reach = 0.0 if self._was_negative else max(self.largest_reach, reach)
            self.skipped = self.skipped + 1 if skipped else 0
            position = now

    def _extend(self, name, holds, steps):
        """Lengthens the streaks of a condition, where it holds to the last, and ends the others."""
        streaks, since = self._columns[name], self._columns[f"{name} since"]
        broken = ~holds
        length = np.where(broken.any(axis=0), broken[::-1].argmax(axis=0), len(holds))
        goes_on = (length == len(holds)) & (streaks[self._rows] > 0)
        begins = (length > 0) & ~goes_on
        since[self._rows[begins]] = steps[len(holds) - length[begins]]
        streaks[self._rows] = np.where(goes_on, streaks[self._rows] + length, length)

    def _remember_update(self, records):
        """Notes the largest update ratio of each weight that did not start at zero."""
        largest, started = self._columns["largest update"], self._columns["started"]
        present = ~records.missing
        sizes, ratios = records.statistics["weight_norm"], records.statistics["update_ratio"]
        first_size = sizes[present.argmax(axis=0), range(len(records.weights))]
        started[self._rows] |= (self.samples() == 0) & present.any(axis=0) & (first_size > 0)
        ratio = np.where(started[self._rows], np.nan_to_num(ratios), 0.0).max(axis=0)
        largest[self._rows] = np.maximum(largest[self._rows], ratio)

    def _remember_channels(self, records):
        """Notes when each channel was alive; a layer that never lost one costs nothing."""
        is_dead = (records.statistics["dead_fraction"] > 0).any(axis=0)
        for i, weight in enumerate(records.weights):
            if is_dead[i] or weight.path in self._last_alive:
                self._remember_channels_of(i, weight.path, records)

    def _remember_channels_of(self, i, path, records):
        present = (~records.missing[:, i]).nonzero()[0]
        if not len(present):
            return
        before = self.samples()[i]
        alive = np.stack([records.alive[k][i] for k in present])
        last = self._last_alive.setdefault(path, np.full(alive.shape[1], before))
        latest = before + len(present) - alive[::-1].argmax(axis=0)
        self._last_alive[path] = np.where(alive.any(axis=0), latest, last)
