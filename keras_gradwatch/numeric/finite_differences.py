"""The slope of a forward pass along random directions, and what its gradient says of it."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

DIRECTIONS = 5
SHIFT = 1e-3
SEGMENT_POINTS = 32


@dataclasses.dataclass(frozen=True)
class Precision:
    """How exact a comparison is: the type, the relative step and the error that is allowed."""

    dtype: str
    step: float
    tolerance: float


PRECISIONS = (Precision("float64", 1e-6, 1e-2), Precision("float32", 3e-3, 1e-1))


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The slopes of the forward pass along some directions, and what the gradient says.

    Args:
        slopes: One finite difference for each direction.
        gradients: The gradient's own number for each direction.
        precision: With what they were computed.
    """

    slopes: np.ndarray
    gradients: np.ndarray
    precision: Precision

    @property
    def error(self) -> float:
        """The median difference, relative to the larger of the two."""
        size = max(np.sqrt(np.mean(values**2)) for values in (self.slopes, self.gradients))
        return float(np.median(np.abs(self.slopes - self.gradients)) / size) if size else 0.0

    @property
    def is_wrong(self) -> bool:
        finite = np.isfinite(self.slopes).all() and np.isfinite(self.gradients).all()
        return bool(finite and self.gradients.any() and self.error > self.precision.tolerance)


class Probe:
    """The forward and the backward pass of one custom gradient, as functions of NumPy arrays.

    Args:
        values: The value of each input.
        forward: Gives the results for some values.
        backward: Gives the gradient of each input, for some values and gradients from above.
        precision: With what they compute.
    """

    def __init__(
        self, values: Sequence, forward: Callable, backward: Callable, precision: Precision
    ):
        self.precision = precision
        self._random = np.random.default_rng(0)
        self._forward = forward
        self._values = [self._shifted(value) for value in values]
        made = forward(self._values)
        self._passed = [self._random.standard_normal(result.shape) for result in made]
        self._returned = backward(self._values, self._passed)
        self.is_identity = any(np.array_equal(a, b) for a in made for b in self._values)
        self.is_random = not _same(made, forward(self._values))

    def compare(self, index: int) -> Comparison:
        """Compares the gradient of one input with finite differences."""
        directions = [self._direction(index) for _ in range(DIRECTIONS)]
        slopes = np.array([self._slope(index, direction) for direction in directions])
        gradients = np.array([np.sum(self._returned[index] * d) for d in directions])
        return Comparison(slopes, gradients, self.precision)

    def jumps(self, index: int) -> bool:
        """Whether the forward pass jumps near the values of this input.

        What a function without jumps gains along a segment is the integral of its slope.
        """
        direction = self._direction(index)
        for reach in (0.5, 0.05):
            middles = reach * ((2 * np.arange(SEGMENT_POINTS) + 1) / SEGMENT_POINTS - 1)
            slopes = np.array([self._slope(index, direction, at) for at in middles])
            gain = self._value(index, reach * direction) - self._value(index, -reach * direction)
            if np.isfinite(slopes).all() and np.isfinite(gain):
                missed = abs(gain - 2 * reach * slopes.mean())
                return bool(missed > 0.2 * 2 * reach * np.abs(slopes).mean() + 1e-9 * abs(gain))
        return False

    def _direction(self, index: int) -> np.ndarray:
        value = self._values[index]
        return _size(value) * self._random.standard_normal(value.shape)

    def _slope(self, index: int, direction: np.ndarray, at: float = 0.0) -> float:
        step = self.precision.step
        ahead = self._value(index, (at + step) * direction)
        return (ahead - self._value(index, (at - step) * direction)) / (2 * step)

    def _value(self, index: int, offset: np.ndarray) -> float:
        moved = list(self._values)
        moved[index] = moved[index] + offset
        pairs = zip(self._passed, self._forward(moved), strict=True)
        return float(sum(np.sum(passed * result) for passed, result in pairs))

    def _shifted(self, value: np.ndarray) -> np.ndarray:
        value = np.asarray(value, np.float64)
        return value + SHIFT * _size(value) * self._random.standard_normal(value.shape)


def _size(value: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(value)))) or 1.0


def _same(first: Sequence, second: Sequence) -> bool:
    pairs = zip(first, second, strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
