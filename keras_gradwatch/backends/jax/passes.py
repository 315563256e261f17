"""The backward passes of a step: from what, for what, and the gradient at every value between."""

import dataclasses
from typing import Any

import numpy as np

from keras_gradwatch.backends.jax.segments import Failure, Node, Segment
from keras_gradwatch.backends.jax.values import Values
from keras_gradwatch.findings import Location
from keras_gradwatch.recording import kinds


@dataclasses.dataclass
class Pass:
    """A forward pass that is differentiated.

    Args:
        weights: Numbers of the values that it is differentiated for.
        sources: Numbers of the same values inside of it.
        lines: The user's lines that asked for the gradient.
        first: Number of its first segment.
        first_operation: Number of its first operation.
        last: Number of the segment after its last one.
        last_operation: Number of the operation after its last one.
        results: Numbers of what it returned.
        reads: What layers have read of weights.
    """

    weights: list[int]
    sources: list[int]
    lines: tuple[Location, ...]
    first: int
    first_operation: int
    last: int = 0
    last_operation: int = 0
    results: list[int] = dataclasses.field(default_factory=list)
    reads: dict[tuple, int] = dataclasses.field(default_factory=dict)

    def weight_of(self, source: int) -> int | None:
        """The weight that a value inside of the pass stands for, `None` where it is no source."""
        is_source = bool(self.sources) and self.sources[0] <= source <= self.sources[-1]
        return self.weights[source - self.sources[0]] if is_source else None

    def lines_within(self, lines: tuple[Location, ...]) -> tuple[Location, ...]:
        """Those of some lines that are inside of the function that is differentiated."""
        return lines[: len(lines) - len(self.lines)]


def walk_back(
    step: Pass, segments: list[Segment], values: Values, cotangents: dict[int, Any]
) -> tuple[dict[int, Any], Failure | None]:
    """Goes back from the results of a pass to its sources.

    Args:
        step: The pass.
        segments: All segments of the step.
        values: Its values.
        cotangents: The gradient at each result.

    Returns:
        The gradient at every value between, and what raised first in JAX's own backward pass.
    """
    gradients, failures = dict(cotangents), []
    inside = segments[step.first : step.last]
    wanted = values.moving | set(step.sources)
    for segment in reversed(inside):
        found, raised = segment.backward(values.arrays, gradients, wanted)
        gradients.update(found)
        failures += raised
    followed = _followed(step, inside) if failures else set()
    real = (f for f in failures if followed.intersection(f.node.inputs))
    for weight, source in zip(step.weights, step.sources, strict=True):
        gradients[weight] = gradients.get(source)
    return gradients, next(real, None)


def _followed(step: Pass, segments: list[Segment]) -> set[int]:
    """The values that JAX differentiates: only there does it raise."""
    followed = set(step.sources)
    for node in (node for segment in segments for node in segment.nodes):
        if followed.intersection(node.inputs) and not _stops(node):
            followed.update(node.outputs)
    return followed


def _stops(node: Node) -> bool:
    return node.operation is not None and node.operation.kind in (kinds.STOP, kinds.HOST)


def or_zeros(gradient: Any, like: Any) -> Any:
    """What JAX returns for a gradient: zeros where there is none."""
    return np.zeros(like.shape, like.dtype) if gradient is None else gradient
