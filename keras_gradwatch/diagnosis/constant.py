"""An operation that makes the same of every row: what comes in does not matter.

A mean over a single element is that element, and what is left of it is 0; a normalization over a
single unit gives its bias. The ways of the gradient through it cancel out, and no factor is zero.
"""

from collections.abc import Iterable

import numpy as np

from keras_gradwatch.diagnosis.verdict import Blame
from keras_gradwatch.diagnosis.walk import Walk
from keras_gradwatch.recording.graph import Graph, Operation


def zero(walk: Walk) -> Blame:
    """Says which operation makes a constant of what a weight has a part in.

    Args:
        walk: The way of a weight whose gradient is zero, with no operation on it that makes it so.
    """
    for operation in walk.operations:
        gradient = walk.gradient(operation.outputs)
        arrives = gradient is not None and np.any(gradient)
        if arrives and is_made_by(walk.graph, operation, walk.inputs(operation)):
            return named(operation)
    return Blame("unknown")


def is_made_by(graph: Graph, operation: Operation, inputs: Iterable[int]) -> bool:
    """Returns whether an operation makes the same of every row of inputs that differ.

    Args:
        graph: The step.
        operation: The operation.
        inputs: Those of its inputs that matter.
    """
    made = [graph.value_of(value) for value in operation.outputs]
    read = [graph.value_of(value) for value in inputs]
    rows = {_rows(array) for array in made} | {_rows(array) for array in read if _rows(array) > 1}
    if len(rows) != 1 or min(rows) < 2:
        return False
    return not any(map(_varies, made)) and any(map(_varies, read))


def named(operation: Operation) -> Blame:
    """Returns the blame of an operation that makes the same of every row.

    Args:
        operation: The operation.
    """
    because = f"{operation.spoken} gives the same for every row, whatever comes in"
    fix = "look at what it is taken over: of a single element, a mean leaves nothing"
    return Blame("zero-derivative", operation, because=because, fix=fix)


def _rows(array) -> int:
    return len(array) if array is not None and array.ndim else 0


def _varies(array) -> bool:
    """Whether a value differs from row to row."""
    return _rows(array) > 1 and bool(np.any(array != array[:1]))
