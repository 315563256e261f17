"""Targets that broadcast against predictions, found in the shapes of a traced graph.

A target of shape `(batch,)` that meets a prediction of shape `(batch, 1)`, or the other
way round, gives `(batch, batch)`: every row is compared with the target of every row, and
no error is raised.
"""

from collections.abc import Iterable, Iterator

import tensorflow as tf

_DATA, _WEIGHTS = 1, 2
# What these ops make of a value says nothing about its content.
_FORGETS = ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike")
_PASSES_ON = ("Cast", "Identity", "Neg")


def crossings(
    graph: tf.Graph, losses: Iterable, data: set[str], weights: set[str]
) -> Iterator[tf.Operation]:
    """Yields the operations in which rows of a batch meet all other rows by accident.

    One side is made of data alone and the other depends on weights. A pairwise loss does
    the same on purpose: it adds the axis itself, or joins the result with values of shape
    `(batch, batch)` from elsewhere.

    Args:
        graph: The graph of a training step.
        losses: The loss tensors.
        data: Names of the operations that bring in the batch.
        weights: Names of the operations that read a trainable weight.
    """
    needed: set[str] = set().union(*(_ancestors(loss) for loss in losses))
    origins = _origins(graph, data, weights)
    for op in graph.get_operations():
        if op.name not in needed or not _crosses(op):
            continue
        sides = sorted(origins[t.op.name] for t in op.inputs)
        if sides[0] == _DATA and sides[1] & _WEIGHTS and not _on_purpose(op):
            yield op


def _origins(graph: tf.Graph, data: set[str], weights: set[str]) -> dict[str, int]:
    """For each operation whether it depends on data, on weights, or on both."""
    origins: dict[str, int] = {}
    for op in graph.get_operations():
        kinds = _DATA * (op.name in data) | _WEIGHTS * (op.name in weights)
        for tensor in op.inputs if op.type not in _FORGETS else ():
            kinds |= origins.get(tensor.op.name, 0)
        origins[op.name] = kinds
    return origins


def _crosses(op: tf.Operation) -> bool:
    """Whether the operands have different ranks and the batch is stretched along itself."""
    if len(op.inputs) != 2 or any(t.shape.rank in (None, 0) for t in op.inputs):
        return False
    low, high = sorted((t.shape.as_list() for t in op.inputs), key=len)
    shift, rows = len(high) - len(low), low[0]
    if not shift or rows is None or rows < 2 or high[0] != rows or high[shift] != 1:
        return False
    result = op.outputs[0].shape
    return result.rank == len(high) and result[shift] == rows


def _on_purpose(op: tf.Operation) -> bool:
    column = max(op.inputs, key=lambda t: t.shape.rank)
    return _adds_axis(column) or any(_joins(op, user) for user in op.outputs[0].consumers())


def _adds_axis(tensor: tf.Tensor) -> bool:
    while tensor.op.type in _PASSES_ON:
        tensor = tensor.op.inputs[0]
    if tensor.op.type not in ("ExpandDims", "Reshape", "StridedSlice"):
        return False
    before = tensor.op.inputs[0].shape.rank
    return before is not None and before < tensor.shape.rank


def _joins(op: tf.Operation, user: tf.Operation) -> bool:
    """Whether `user` combines the result with an equally large value from elsewhere."""
    result = op.outputs[0]
    others = [t for t in user.inputs if t.op.name != op.name and t.shape == result.shape]
    return any(op.name not in _ancestors(other) for other in others)


def _ancestors(tensor: tf.Tensor) -> set[str]:
    """The names of all operations that a tensor is made by."""
    found: set[str] = set()
    stack = [tensor.op]
    while stack:
        op = stack.pop()
        if op.name not in found:
            found.add(op.name)
            stack += [t.op for t in op.inputs]
    return found
