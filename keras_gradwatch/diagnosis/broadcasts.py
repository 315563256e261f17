"""Targets that broadcast against predictions, found in the shapes of a recorded step.

A target of shape `(batch,)` that meets a prediction of shape `(batch, 1)`, or the other
way round, gives `(batch, batch)`: every row is compared with the target of every row, and
no error is raised.
"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Graph, Operation


def meetings(
    graph: Graph, losses: Iterable[int], data: Iterable[int], weights: Iterable[int]
) -> list[Operation]:
    """Returns the operations in which something made of data alone meets something of weights.

    Args:
        graph: A recorded training step.
        losses: Numbers of the losses.
        data: Numbers of the values that make up the batch.
        weights: Numbers of the trainable weights.
    """
    needed = graph.before(losses)
    of_data, of_weights = _made_of(graph, data), _made_of(graph, weights)
    found = []
    for op in graph.operations:
        if len(op.inputs) != 2 or needed.isdisjoint(op.outputs):
            continue
        fixed = [value for value in op.inputs if value not in of_weights]
        if len(fixed) == 1 and fixed[0] in of_data:
            found.append(op)
    return found


def crossings(graph: Graph, met: Iterable[Operation]) -> Iterator[Operation]:
    """Yields the operations in which rows of a batch meet all other rows by accident.

    A pairwise loss does the same on purpose: it adds the axis itself, or joins the result with
    values of shape `(batch, batch)` from elsewhere.

    Args:
        graph: A recorded training step.
        met: What `meetings` returned.
    """
    for op in met:
        if _crosses(graph, op) and not _on_purpose(graph, op):
            yield op


def collapses(graph: Graph, met: Iterable[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """Yields the operations that sum over the batch what is then compared with each row of it.

    A sum without its axis gives one number for all rows, and the loss subtracts it from the target
    of every row. Each comes with the operation that compares.

    Args:
        graph: A recorded training step.
        met: What `meetings` returned.
    """
    for op in met:
        shapes = [shape_of(graph, value) for value in op.inputs]
        if op.kind != kinds.SUM or shapes.count(()) != 1:
            continue
        rows = max(shapes)
        reduced = graph.made_by.get(op.inputs[shapes.index(())])
        while reduced is not None and reduced.kind == kinds.COPY:
            reduced = graph.made_by.get(reduced.inputs[0])
        if reduced is not None and reduced.kind == kinds.REDUCE:
            before = shape_of(graph, reduced.inputs[0])
            if before and before[0] == rows[0] > 1:
                yield reduced, op


def _made_of(graph: Graph, values: Iterable[int]) -> set[int]:
    """All values whose content depends on some of `values`."""
    reached = set(values)
    for op in graph.operations:
        if not reached.isdisjoint(op.inputs):
            reached.update(op.outputs)
    return reached


def _crosses(graph: Graph, op: Operation) -> bool:
    """Whether the operands have different ranks and the batch is stretched along itself."""
    shapes = [shape_of(graph, value) for value in op.inputs]
    low, high = sorted(shapes, key=len)
    result = compared_shape(graph, op)
    if not low or result is None:
        return False
    same_batch = len(low) < len(high) and low[0] == high[0] > 1
    both_grow = math.prod(result) > max(math.prod(low), math.prod(high))
    return same_batch and both_grow and len(result) == len(high)


def compared_shape(graph: Graph, op: Operation) -> tuple[int, ...] | None:
    """Returns the shape in which an operation brings its two operands together.

    It is that of its result, or, for a loss that sums up in the same call, the one to which the
    operands broadcast; `None` where they do not.
    """
    made = shape_of(graph, op.outputs[0])
    if made or op.kind in kinds.PRODUCTS:
        return made
    try:
        return np.broadcast_shapes(*(shape_of(graph, value) for value in op.inputs))
    except ValueError:
        return None


def _on_purpose(graph: Graph, op: Operation) -> bool:
    column = max(op.inputs, key=lambda value: len(shape_of(graph, value)))
    result = op.outputs[0]
    return _has_new_axis(graph, column) or any(
        _joins(graph, result, user) for user in graph.read_by.get(result, ())
    )


def _has_new_axis(graph: Graph, value: int) -> bool:
    op = graph.made_by.get(value)
    while op is not None and op.kind == kinds.COPY:
        op = graph.made_by.get(op.inputs[0])
    if op is None or op.kind != kinds.RESHAPE:
        return False
    return len(shape_of(graph, op.inputs[0])) < len(shape_of(graph, op.outputs[0]))


def _joins(graph: Graph, result: int, user: Operation) -> bool:
    """Whether `user` combines the result with an equally large value from elsewhere."""
    shape = shape_of(graph, result)
    others = [value for value in user.inputs if value != result and shape_of(graph, value) == shape]
    return any(result not in graph.before([other]) for other in others)


def shape_of(graph: Graph, value: int) -> tuple[int, ...]:
    """Returns the shape of a floating-point value, `()` for all others."""
    array = graph.value_of(value)
    return () if array is None else array.shape
