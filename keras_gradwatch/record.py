"""The record: everything that was measured on one sampled step, in plain NumPy."""

import dataclasses
import functools
from collections.abc import Sequence

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
        if not 0 < self.loss < np.inf:
            return float("nan")
        with np.errstate(invalid="ignore", over="ignore"):
            removed = self["norm"] * self["update_ratio"] * self["weight_norm"]
            return float(removed[~np.isnan(removed)].sum() / self.loss)

    def layer_norms(self) -> dict[str, float]:
        """Returns the L2 norm of each layer's gradients, in the order of the model."""
        squares: dict[str, float] = {}
        for i, weight in enumerate(self.weights):
            if not self.missing[i]:
                squares[weight.layer] = squares.get(weight.layer, 0.0) + self["norm"][i] ** 2
        return {layer: float(np.sqrt(square)) for layer, square in squares.items()}
