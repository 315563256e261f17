"""Custom gradients against finite differences, each on its own and in float64 where possible.

A hand-written backward pass is compared with the slope of its own forward pass: at the
values of the batch, along random directions, for a random gradient from above. The values
are shifted by a hair, so that none of them sits exactly on a kink. A gradient that is not
the derivative on purpose is left alone: that of a function with jumps (a straight-through
estimator, a surrogate) and that of an identity (gradient reversal, gradient clipping).
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from keras_gradwatch.diagnosis.custom_gradients import CustomGradient
from keras_gradwatch.diagnosis.excerpt import Excerpt

DIRECTIONS = 5
SHIFT = 1e-3
SEGMENT_POINTS = 32


@dataclasses.dataclass(frozen=True)
class Precision:
    """How exact a comparison is: the type, the relative step and the error that is allowed."""

    dtype: tf.DType
    step: float
    tolerance: float


PRECISIONS = (Precision(tf.float64, 1e-6, 1e-2), Precision(tf.float32, 3e-3, 1e-1))


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
        inputs: For each input the tensors that hold its value.
        results: What the forward pass makes of them.
        passed: The gradients from above, placeholders.
        returned: What the backward pass makes of those, one for each input.
        evaluate: Gives the values of a list of tensors on the batch.
        precision: With what to compute.
    """

    def __init__(
        self,
        inputs: Sequence[tuple],
        results: Sequence,
        passed: Sequence,
        returned: Sequence,
        evaluate: Callable,
        precision: Precision,
    ):
        self.precision = precision
        self._random = np.random.default_rng(0)
        self._inputs, self._results = inputs, results
        flat = [tensor for tensors in inputs for tensor in tensors]
        self._excerpt = Excerpt(flat, passed, [*results, *returned], evaluate, precision.dtype)
        found = dict(zip((t.name for t in flat), self._excerpt.values, strict=True))
        self._values = [self._shifted(found[tensors[0].name]) for tensors in inputs]
        made = self._forward(self._values)
        self._passed = [self._random.standard_normal(result.shape) for result in made]
        feeds = [*self._feeds(self._values), *zip(passed, self._passed, strict=True)]
        self._returned = self._excerpt(returned, feeds)
        self.is_identity = any(np.array_equal(a, b) for a in made for b in self._values)
        self.is_random = not _same(made, self._forward(self._values))

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

    def _forward(self, values: Sequence) -> list[np.ndarray]:
        return self._excerpt(self._results, self._feeds(values))

    def _feeds(self, values: Sequence) -> list[tuple]:
        """A value for each tensor: a variable may be read in several places."""
        pairs = zip(self._inputs, values, strict=True)
        return [(tensor, value) for tensors, value in pairs for tensor in tensors]

    def _shifted(self, value: np.ndarray) -> np.ndarray:
        value = np.asarray(value, np.float64)
        return value + SHIFT * _size(value) * self._random.standard_normal(value.shape)


def _size(value: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(value)))) or 1.0


def _same(first: Sequence, second: Sequence) -> bool:
    pairs = zip(first, second, strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


@dataclasses.dataclass(frozen=True)
class Fault:
    """A custom gradient that is not the derivative of its forward pass.

    Args:
        gradient: The custom gradient.
        inputs: Its inputs whose gradient is wrong.
        op: The operation that makes the wrong value; `None` where the backward pass hands on
            what it was given.
        evidence: The numbers.
    """

    gradient: CustomGradient
    inputs: tuple
    op: tf.Operation | None
    evidence: dict


def fault(gradient: CustomGradient, evaluate: Callable) -> Fault | None:
    """Returns what is wrong with a custom gradient, `None` where nothing is."""
    graph = gradient.op.graph
    known = {op.name for op in graph.get_operations()}
    with graph.as_default():
        passed = [tf.compat.v1.placeholder(t.dtype, t.shape) for t in gradient.results]
        returned = [_dense(value) for value in gradient.backward(*passed)]
    pairs = [
        (tensors, value)
        for tensors, value in zip(gradient.groups(), returned, strict=True)
        if value is not None and tensors and tensors[0].dtype.is_floating
    ]
    made = [op for op in graph.get_operations() if op.name not in known]
    wrong, evidence = _wrong_shapes(pairs)
    if not wrong:
        wrong, evidence = _wrong_slopes(pairs, gradient.results, passed, evaluate)
    if not wrong:
        return None
    right = [value for i, (_, value) in enumerate(pairs) if i not in wrong]
    op = _origin([pairs[i][1] for i in wrong], right, [op for op in made if op.inputs])
    return Fault(gradient, tuple(pairs[i][0][0] for i in wrong), op, evidence)


def _dense(value):
    return tf.convert_to_tensor(value) if isinstance(value, tf.IndexedSlices) else value


def _wrong_shapes(pairs: Sequence) -> tuple[list[int], dict]:
    """The inputs whose gradient has another shape than they have."""
    wrong = [
        i
        for i, (tensors, value) in enumerate(pairs)
        if not value.shape.is_compatible_with(tensors[0].shape)
    ]
    shapes = [(pairs[i][0][0].shape.as_list(), pairs[i][1].shape.as_list()) for i in wrong]
    return wrong, {"value_shape": shapes[0][0], "gradient_shape": shapes[0][1]} if wrong else {}


def _wrong_slopes(
    pairs: Sequence, results: Sequence, passed: Sequence, evaluate: Callable
) -> tuple[list[int], dict]:
    """The inputs whose gradient is not the slope of the forward pass."""
    inputs, returned = zip(*pairs, strict=True) if pairs else ((), ())
    for precision in PRECISIONS if pairs else ():
        try:
            probe = Probe(inputs, results, passed, returned, evaluate, precision)
        except (ValueError, tf.errors.OpError):
            continue  # an op without a kernel for this type, or a value that cannot be fed
        if probe.is_identity or probe.is_random:
            return [], {}
        compared = [probe.compare(i) for i in range(len(pairs))]
        wrong = [i for i, c in enumerate(compared) if c.is_wrong and not probe.jumps(i)]
        worst = max((compared[i] for i in wrong), key=lambda c: c.error, default=None)
        return wrong, _numbers(worst) if worst else {}
    return [], {}


def _numbers(compared: Comparison) -> dict:
    return {
        "finite_differences": [float(f"{v:.6g}") for v in compared.slopes],
        "gradient": [float(f"{v:.6g}") for v in compared.gradients],
        "relative_error": float(f"{compared.error:.3g}"),
        "precision": compared.precision.dtype.name,
    }


def _origin(wrong: Sequence, right: Sequence, made: Sequence) -> tf.Operation | None:
    """The operation of the backward pass that makes the wrong value.

    Where several gradients are wrong it is the last value that they share and that no right
    one uses; otherwise what makes the first of them.
    """
    names = {op.name for op in made}
    shared = set.intersection(*(_ancestors(value, names) for value in wrong))
    blamed = shared.difference(*(_ancestors(value, names) for value in right))
    last = [op for op in made if op.name in (blamed or {wrong[0].op.name})]
    return last[-1] if last else None


def _ancestors(tensor: tf.Tensor, names: set[str]) -> set[str]:
    """The names of the operations, among `names`, that a tensor is made by."""
    found: set[str] = set()
    stack = [tensor.op]
    while stack:
        op = stack.pop()
        if op.name in names and op.name not in found:
            found.add(op.name)
            stack += [t.op for t in op.inputs]
    return found
