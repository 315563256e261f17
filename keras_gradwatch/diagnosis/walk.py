"""The way of the gradient from a loss back to one value."""

import functools
from collections.abc import Callable, Iterable

import numpy as np

from keras_gradwatch.recording.graph import Backward, Graph, Operation


class Walk:
    """The operations and values between a weight and the loss of one backward pass.

    What costs time is worked out when it is first asked for: most weights are healthy.

    Args:
        graph: The step.
        backward: The loss, its weights and the gradients.
        weight: Number of the weight's value.
    """

    def __init__(self, graph: Graph, backward: Backward, weight: int):
        self.graph = graph
        self.backward = backward
        self.weight = weight

    @functools.cached_property
    def reached(self) -> set[int]:
        """All values that depend on the weight."""
        return self.graph.after([self.weight])

    @functools.cached_property
    def needed(self) -> set[int]:
        """All values that the loss depends on."""
        return self.graph.needed(self.backward)

    @property
    def is_connected(self) -> bool:
        """Whether the loss depends on the weight at all."""
        return self.weight in self.needed

    @functools.cached_property
    def readers(self) -> list[Operation]:
        """All operations that read something that depends on the weight, in order."""
        read_by = self.graph.read_by
        found = {o.index: o for value in self.reached for o in read_by.get(value, ())}
        return [found[index] for index in sorted(found)]

    @functools.cached_property
    def operations(self) -> list[Operation]:
        """The operations between the weight and the loss, in the order of execution."""
        return [
            operation
            for operation in self.readers
            if any(v in self.needed for v in operation.outputs) and self.graph.makes(operation)
        ]

    def frontier(self, is_alive: Callable[[np.ndarray | None], bool]) -> list[Operation]:
        """The operations whose output has a living gradient and whose input has none.

        Args:
            is_alive: Says whether a gradient lives.
        """
        dead, found = {self.weight}, []
        for operation in self.operations:
            if not any(v in dead for v in operation.inputs):
                continue
            if any(is_alive(self.backward.gradient_of(v)) for v in operation.outputs):
                found.append(operation)
            else:
                dead.update(operation.outputs)
        return found

    def inputs(self, operation: Operation) -> list[int]:
        """The inputs of an operation that depend on the weight."""
        return [v for v in operation.inputs if v in self.reached]

    def put_in(self, value: int, gradient: np.ndarray) -> Backward | None:
        """The backward pass of a gradient that is put in at a value.

        Args:
            value: Number of the value.
            gradient: The gradient, of its shape.

        Returns:
            The pass, `None` where the framework cannot go back from there.
        """
        try:
            return self.backward.put_in(value, gradient)
        except Exception:  # Of whatever kind: nothing is said of this value then.
            return None

    def gradient(self, values: Iterable[int]) -> np.ndarray | None:
        """The gradients at some values, flat and joined, `None` where no value has one."""
        found = [self.backward.gradient_of(value) for value in values]
        arrays = [np.ravel(gradient) for gradient in found if gradient is not None]
        return np.concatenate(arrays) if arrays else None


def norm(gradient) -> float | None:
    """L2 norm in float64, `None` for no gradient."""
    return None if gradient is None else float(np.linalg.norm(np.asarray(gradient, "float64")))


def value_range(array) -> dict[str, float]:
    """The smallest and the largest element, as evidence."""
    if array is None or not array.size:
        return {}
    return {"smallest": float(np.min(array)), "largest": float(np.max(array))}
