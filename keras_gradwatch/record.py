"""The record: everything that was measured on one sampled step, in plain NumPy."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_gradwatch.weights import Weight

STATISTICS = (
    "norm",
    "mean",
    "std",
    "max_abs",
    "zero_fraction",
    "dead_fraction",
    "nonfinite",
    "weight_norm",
    "update_ratio",
    "penalty_share",
)
COLUMNS = (
    "step",
    "epoch",
    "batch",
    "optimizer",
    "layer",
    "weight",
    "shape",
    "size",
    *STATISTICS,
    "missing",
)


@dataclasses.dataclass(frozen=True)
class Record:
    """One sampled step: the statistics of every weight's gradient.

    They are of the gradient of the loss. What a weight's own regularizer adds to it before the
    optimizer applies it is left out, and has a column of its own.

    Args:
        step: Iteration of the optimizer when it was given the gradients.
        epoch: Epoch, from 0.
        batch: Batch within the epoch, from 0.
        wall_time: Seconds since 1970.
        weights: The weights, in the order of the model.
        statistics: For each name in `STATISTICS` an array `[weights]`. NaN where the
            gradient is missing. `update_ratio`, the L2 norm of the weight's change in this step
            over the L2 norm of the weight before it, is NaN where the weight was 0: a bias
            before its first update. `penalty_share`, the L2 norm of the gradient of the weight's
            own regularizer over that of the whole gradient, is 0 without a regularizer.
        missing: Boolean `[weights]`: the weight got no gradient at all.
        alive: For each weight a boolean array `[channels]`: this output channel (last
            axis) has a gradient element that is not exactly 0. Empty where missing.
        histogram: Counts `[weights, buckets]` on the grid of `histogram.py`, or `None`.
        loss: The loss that `fit` reports at this step, NaN where there is none.
        has_loss: Whether `fit` reports one: only then is NaN the value of the loss.
        learning_rate: Learning rate of each weight's optimizer at this step, `[weights]`; NaN where
            it is not known.
        skipped: The optimizer did not apply this step (a loss scale that overflowed).
    """

    step: int
    epoch: int
    batch: int
    wall_time: float
    weights: tuple[Weight, ...]
    statistics: dict[str, np.ndarray]
    missing: np.ndarray
    alive: Sequence[np.ndarray]
    histogram: np.ndarray | None = None
    loss: float = float("nan")
    has_loss: bool = True
    learning_rate: np.ndarray | float = float("nan")
    skipped: bool = False

    def __getitem__(self, name: str) -> np.ndarray:
        return self.statistics[name]

    @property
    def global_norm(self) -> float:
        """L2 norm of all gradients together."""
        return float(np.sqrt(np.square(self["norm"][~self.missing]).sum()))

    @functools.cached_property
    def reach(self) -> float:
        """Share of the loss that this step can remove at most, to first order; NaN if not known.

        The gradient times the update, which is no more than the product of their norms, over the
        loss. A loss that is not above 0 has no share.
        """
        return float(_reach(self.statistics, np.float64(self.loss)))

    def layer_norms(self) -> dict[str, float]:
        """Returns the L2 norm of each layer's gradients, in the order of the model."""
        squares: dict[str, float] = {}
        for i, weight in enumerate(self.weights):
            if not self.missing[i]:
                squares[weight.layer] = squares.get(weight.layer, 0.0) + self["norm"][i] ** 2
        return {layer: float(np.sqrt(square)) for layer, square in squares.items()}


@dataclasses.dataclass(frozen=True)
class Records(Sequence):
    """Sampled steps in a row that have the same weights: many at once cost little more than one.

    Everything but `weights` has the name that it has in `Record`, and one axis more: a list for
    what is one number of a record, `[records, weights]` for the statistics.
    """

    weights: tuple[Weight, ...]
    statistics: dict[str, np.ndarray]
    missing: np.ndarray
    learning_rate: np.ndarray
    step: list[int]
    epoch: list[int]
    batch: list[int]
    wall_time: list[float]
    loss: list[float]
    has_loss: list[bool]
    skipped: list[bool]
    alive: list[Sequence[np.ndarray]]
    histogram: list[np.ndarray | None]

    @classmethod
    def of(cls, *records: Record) -> "Records":
        """Returns records of the same weights as one object.

        Args:
            *records: The records.
        """
        lists = {name: [getattr(one, name) for one in records] for name in _LISTS}
        rates = [np.broadcast_to(one.learning_rate, len(one.weights)) for one in records]
        return cls(
            weights=records[0].weights,
            statistics={name: np.stack([one[name] for one in records]) for name in STATISTICS},
            missing=np.stack([one.missing for one in records]),
            learning_rate=np.stack(rates),
            **lists,
        )

    def __len__(self) -> int:
        return len(self.step)

    def __getitem__(self, index: Any) -> Any:
        """A record; of a slice its records."""
        kind: Any = Records if isinstance(index, slice) else Record
        return kind(
            weights=self.weights,
            statistics={name: column[index] for name, column in self.statistics.items()},
            missing=self.missing[index],
            learning_rate=self.learning_rate[index],
            **{name: getattr(self, name)[index] for name in _LISTS},
        )

    @functools.cached_property
    def reach(self) -> np.ndarray:
        """`Record.reach` of each record."""
        return _reach(self.statistics, np.array(self.loss, float))


_LISTS = (
    "step",
    "epoch",
    "batch",
    "wall_time",
    "loss",
    "has_loss",
    "skipped",
    "alive",
    "histogram",
)


def _reach(statistics, loss):
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        updates = statistics["update_ratio"] * statistics["weight_norm"]
        share = np.nansum(statistics["norm"] * updates, axis=-1) / loss
        return np.where((loss > 0) & (loss < np.inf), share, np.nan)
