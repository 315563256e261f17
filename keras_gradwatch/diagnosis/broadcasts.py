"""Targets that broadcast against predictions, found in the shapes of a recorded step.

A target of shape `(batch,)` that meets a prediction of shape `(batch, 1)`, or the other
way round, gives `(batch, batch)`: every row is compared with the target of every row, and
no error is raised.
"""

import math
from collections.abc import Iterable, Iterator

from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.graph import Graph, Operation


def crossings(
    graph: Graph, losses: Iterable[int], data: Iterable[int], weights: Iterable[int]
) -> Iterator[Operation]:
    """Yields the operations in which rows of a batch meet all other rows by accident.

    One side is made of data alone and the other depends on weights. A pairwise loss does
    the same on purpose: it adds the axis itself, or joins the result with values of shape
    `(batch, batch)` from elsewhere.

    Args:
        graph: A recorded training step.
        losses: Numbers of the losses.
        data: Numbers of the values that make up the batch.
        weights: Numbers of the trainable weights.
    """
    needed = graph.before(losses)
    of_data, of_weights = _made_of(graph, data), _made_of(graph, weights)
    for op in graph.operations:
        if len(op.inputs) != 2 or needed.isdisjoint(op.outputs):
            continue
        fixed = [value for value in op.inputs if value not in of_weights]
        meet = len(fixed) == 1 and fixed[0] in of_data
        if meet and _crosses(graph, op) and not _on_purpose(graph, op):
            yield op


def _made_of(graph: Graph, values: Iterable[int]) -> set[int]:
    """All values whose content depends on some of `values`."""
    reached = set(values)
    for op in graph.operations:
        if op.kind != kinds.FORGETS and not reached.isdisjoint(op.inputs):
            reached.update(op.outputs)
    return reached


def _crosses(graph: Graph, op: Operation) -> bool:
    """Whether the operands have different ranks and the batch is stretched along itself."""
    shapes = [_shape(graph, value) for value in (*op.inputs, *op.outputs)]
    if len(shapes) != 3 or () in shapes:
        return False
    low, high = sorted(shapes[:2], key=len)
    same_batch = len(low) < len(high) and low[0] == high[0] > 1
    both_grow = math.prod(shapes[2]) > max(math.prod(low), math.prod(high))
    return same_batch and both_grow and len(shapes[2]) == len(high)


def _on_purpose(graph: Graph, op: Operation) -> bool:
    column = max(op.inputs, key=lambda value: len(_shape(graph, value)))
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
    return len(_shape(graph, op.inputs[0])) < len(_shape(graph, op.outputs[0]))


def _joins(graph: Graph, result: int, user: Operation) -> bool:
    """Whether `user` combines the result with an equally large value from elsewhere."""
    shape = _shape(graph, result)
    others = [value for value in user.inputs if value != result and _shape(graph, value) == shape]
    return any(result not in graph.before([other]) for other in others)


def _shape(graph: Graph, value: int) -> tuple[int, ...]:
    """The shape of a floating-point value, `()` for all others."""
    array = graph.value_of(value)
    return () if array is None else array.shape
