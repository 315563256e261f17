"""Which batches are sampled: one in so many, or as many as a share of the training's time pays."""

from collections.abc import Callable
from typing import Any

from keras_gradwatch.monitor.timing import Timing

AT_FIRST = 10
"""One batch in so many is sampled until it is known what a sample costs."""

ADVANCE = 16
"""So many samples may be taken before their time has come where something looks suspicious."""


class Regular:
    """Samples one batch in so many.

    Args:
        every: The number.
    """

    def __init__(self, every: int):
        self._every = every

    def is_due(self, number: int, steps: int = 1) -> bool:
        """Whether a batch is sampled.

        Args:
            number: Number of the batch within the `fit`, from 0.
            steps: How many batches run in one execution.
        """
        return -number % self._every < steps


class Budgeted:
    """Samples as often as a share of the training's time pays, at most every other batch.

    Long steps pay more samples than short ones. What the first samples cost is paid by what comes
    after them, and so is what is sampled ahead of its time.

    Args:
        budget: The share.
        timing: Returns the `Timing` of the training.
        is_suspicious: Returns whether something has changed that the rules look for.
    """

    def __init__(
        self, budget: float, timing: Callable[[], Timing], is_suspicious: Callable[[], bool]
    ):
        self._budget = budget
        self._timing = timing
        self._is_suspicious = is_suspicious
        self._last = 0

    def is_due(self, number: int, steps: int = 1) -> bool:
        """Whether a batch is sampled: the first one of a `fit` is.

        Args:
            number: Number of the batch within the `fit`, from 0.
            steps: How many batches run in one execution.
        """
        is_due = number == 0 or (number - self._last >= 2 * steps and self._is_paid(number, steps))
        if is_due:
            self._last = number
        return is_due

    def _is_paid(self, number, steps):
        timing = self._timing()
        cost = timing.cost
        if cost is None:
            return -number % AT_FIRST < steps
        left = self._budget * timing.elapsed - cost * timing.sampled
        advance = ADVANCE * cost if self._is_suspicious() else 0.0
        return left + advance >= cost


def sampling(every: int | str, budget: float, pipeline: Any) -> Regular | Budgeted:
    """Returns what says which batches are sampled.

    Args:
        every: As for `GradientWatch`.
        budget: The same.
        pipeline: The `Pipeline`, which knows how long batches take.
    """
    if every == "auto":
        return Budgeted(budget, lambda: pipeline.timing, lambda: pipeline.is_suspicious)
    return Regular(int(every))
