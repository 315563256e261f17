"""What share of a training's time the watch takes, from the times of its batches."""

import collections
import time

import numpy as np

REMEMBERED = 200
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
        self._read_seconds, self._read_samples = 0.0, 0
        self._medians_of: tuple[int, tuple[float, ...]] = 0, ()

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

    def read(self, seconds: float, samples: int) -> None:
        """Notes how long the thread of the watch has worked on some samples.

        Args:
            seconds: Its processor time.
            samples: Their number.
        """
        self._read_seconds += seconds
        self._read_samples += samples

    @property
    def sampled(self) -> int:
        """Number of sampled batches that have ended."""
        return self._counts[True]

    @property
    def elapsed(self) -> float:
        """Seconds that the batches have taken, each as long as the median of its kind.

        What is traced and compiled once is left out.
        """
        plain, sampled = self._medians()
        return plain * self._counts[False] + sampled * self._counts[True]

    @property
    def cost(self) -> float | None:
        """Seconds that a sample costs: its batch takes longer, and the thread of the watch works.

        `None` where too few batches of each kind have run.
        """
        if not self._is_known:
            return None
        plain, sampled = self._medians()
        return max(sampled - plain, 0.0) + self._read_seconds / max(self._read_samples, 1)

    @property
    def share(self) -> float | None:
        """The time that sampled batches take longer, over all time of the training.

        `None` where too few batches of each kind have run, such as with `every=1`. The median
        leaves out the first batches, which take long once.
        """
        if not self._is_known:
            return None
        plain, sampled = self._medians()
        return max(sampled - plain, 0.0) * self._counts[True] / self.elapsed

    @property
    def _is_known(self):
        return min(map(len, self._times.values())) >= LEAST

    def _medians(self):
        """The medians of both kinds, taken anew after each sample."""
        if self._medians_of[0] != self.sampled or not self._medians_of[1]:
            medians = tuple(float(np.median(self._times[kind])) for kind in (False, True))
            self._medians_of = self.sampled, medians
        return self._medians_of[1]
