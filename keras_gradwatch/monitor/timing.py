"""What share of a training's time the watch takes, from the times of its batches."""

import collections
import time

import numpy as np

REMEMBERED = 1000
"""Batches of each kind whose times are kept."""

LEAST = 5
"""Batches of each kind that are needed to compare them: the first ones are traced."""


class Timing:
    """Compares the batches that are sampled with the others."""

    def __init__(self) -> None:
        self._times: dict[bool, collections.deque[float]] = {
            kind: collections.deque(maxlen=REMEMBERED) for kind in (False, True)
        }
        self._counts = {False: 0, True: 0}
        self._running: tuple[bool, float] | None = None

    def begin(self, is_sampled: bool) -> None:
        """Notes that a batch begins, and so that the one before has ended.

        Args:
            is_sampled: Whether it is sampled.
        """
        now = time.perf_counter()
        if self._running is not None:
            kind, begun = self._running
            self._times[kind].append(now - begun)
            self._counts[kind] += 1
        self._running = is_sampled, now

    def pause(self) -> None:
        """Notes that what comes until the next batch is no part of one."""
        self._running = None

    @property
    def share(self) -> float | None:
        """The time that sampled batches take longer, over all time of the training.

        `None` where too few batches of each kind have run, such as with `every=1`. The median
        leaves out the first batches, which take long once.
        """
        if min(map(len, self._times.values())) < LEAST:
            return None
        plain, sampled = (float(np.median(self._times[kind])) for kind in (False, True))
        total = plain * self._counts[False] + sampled * self._counts[True]
        return max(sampled - plain, 0.0) * self._counts[True] / total
