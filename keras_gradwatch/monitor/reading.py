"""Reads an observation off the device and makes it a record."""

import time
from typing import Any

import keras
import numpy as np

from keras_gradwatch.backends import backend
from keras_gradwatch.record import Record
from keras_gradwatch.step import histogram
from keras_gradwatch.step.gradients import MEASURED
from keras_gradwatch.step.observation import Observation, Trace
from keras_gradwatch.weights import describe

_NO_CHANNELS = np.zeros(0, bool)


class Reading:
    """How the outputs of one observed step become the columns of its records.

    Args:
        trace: The observed step.
        paths: Unique path of each variable by `id`, in the order of the model.
        chosen: Function of a variable that says whether it is watched.
    """

    def __init__(self, trace: Trace, paths: dict[int, str], chosen):
        places = _places(trace, chosen)
        order = {identity: i for i, identity in enumerate(paths)}
        kept = sorted(places, key=lambda identity: order.get(identity, len(order)))
        self._places = [places[identity] for identity in kept]
        self.weights = tuple(
            describe(variable, paths.get(id(variable), variable.path), optimizer)
            for variable, optimizer, _ in self._places
        )
        self._rows = np.array([row for _, _, row in self._places], int)
        self._missing = self._rows < 0
        self._sizes = np.array([weight.size for weight in self.weights], "int64")
        self._ends = _channel_ends(trace)
        self._loss_scaled = any(
            hasattr(optimizer, "dynamic_scale") for _, optimizer, _ in self._places
        )

    def record(self, observation: Observation, epoch: int, batch: int) -> Record:
        """Waits for the device and returns what was measured.

        Args:
            observation: The outputs of the observed step.
            epoch: Epoch, from 0.
            batch: Batch within the epoch, from 0.

        Returns:
            The `Record`.
        """
        arrays = {name: backend().to_numpy(tensor) for name, tensor in observation.measured.items()}
        statistics = self._statistics(arrays)
        loss = _loss(observation.logs)
        return Record(
            step=int(observation.step),
            epoch=epoch,
            batch=batch,
            wall_time=time.time(),
            weights=self.weights,
            statistics=statistics,
            missing=self._missing,
            alive=self._alive(arrays),
            histogram=self._histogram(arrays, statistics["nonfinite"]),
            loss=float("nan") if loss is None else loss,
            has_loss=loss is not None,
            learning_rate=self._learning_rate(arrays),
            skipped=self._loss_scaled and bool(np.nansum(statistics["nonfinite"])),
        )

    def _statistics(self, arrays):
        measured = arrays.get("statistics", np.full((len(MEASURED), 1), np.nan))
        columns = dict(zip(MEASURED, measured.astype("float64"), strict=True))
        columns = {name: self._in_order(column, np.nan) for name, column in columns.items()}
        # The size is rounded as the count is, so that a gradient of zeros only has all of them.
        columns["zero_fraction"] = columns.pop("zeros") / np.maximum(self._sizes, 1).astype(
            "float32"
        )
        columns["update_ratio"] = _ratio(columns.pop("update_norm"), columns["weight_norm"])
        shares = arrays.get("penalty_share", np.zeros(measured.shape[1])).astype("float64")
        columns["penalty_share"] = self._in_order(shares, np.nan)
        return columns

    def _learning_rate(self, arrays):
        rates = arrays.get("learning_rate", np.full(max(1, len(self._rows)), np.nan))
        return self._in_order(rates.astype("float64"), np.nan)

    def _in_order(self, rows, filler):
        """Rows of the outputs in the order of the model, `filler` where a gradient is missing."""
        missing = self._missing.reshape(-1, *[1] * (rows.ndim - 1))
        return np.where(missing, filler, rows[np.where(self._missing, 0, self._rows)])

    def _alive(self, arrays):
        flags = np.split(arrays.get("alive", _NO_CHANNELS).astype(bool), self._ends)
        return tuple(_NO_CHANNELS if row < 0 else flags[row] for row in self._rows)

    def _histogram(self, arrays, nonfinite):
        """Counts; what is in no bucket and is finite is a zero that was never stored."""
        if "histogram" not in arrays:
            return None
        counts = self._in_order(arrays["histogram"].astype("int64"), 0)
        unseen = self._sizes - counts.sum(axis=1) - np.nan_to_num(nonfinite).astype("int64")
        counts[:, histogram.OCTAVES] += np.where(self._missing, 0, unseen)
        return counts


def _ratio(update, weight):
    """The update beside the weight; NaN where the weight was 0, and anything is large beside it."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight == 0, np.nan, update / weight)


def _places(trace, chosen):
    """For each watched variable its optimizer and its row in the outputs, -1 where missing.

    A variable that several calls of `apply` were given keeps the last gradient it got.
    """
    places: dict[int, tuple[Any, Any, int]] = {}
    for (optimizer, variables), missing in zip(trace.applications, trace.missing, strict=True):
        for position in missing:
            if chosen(variables[position]):
                places.setdefault(id(variables[position]), (variables[position], optimizer, -1))
    row = 0
    for group in trace.groups:
        optimizer, variables = trace.applications[group.application]
        for position in group.positions:
            places[id(variables[position])] = (variables[position], optimizer, row)
            row += 1
    return places


def _channel_ends(trace):
    """Where the channels of one row of the outputs end and those of the next begin."""
    variables = [trace.applications[g.application][1][p] for g in trace.groups for p in g.positions]
    return np.cumsum([v.shape[-1] if v.shape else 1 for v in variables], dtype=int)[:-1]


def _loss(logs) -> float | None:
    loss = logs.get("loss") if isinstance(logs, dict) else None
    return None if loss is None else float(keras.ops.convert_to_numpy(loss))
