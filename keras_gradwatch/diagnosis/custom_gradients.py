"""The places in a traced graph where a user's own function computes a gradient."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf
from tensorflow.python.framework import ops


@dataclasses.dataclass(frozen=True)
class CustomGradient:
    """One call of a function that brings its own backward pass.

    Args:
        op: The operation in the graph that carries it.
        function: The user's backward function.
        results: What the forward pass computes.
        inputs: What it computes them from: tensors, and handles of the variables it reads.
        backward: Gives the gradients of `inputs` for the gradients of `results`.
    """

    op: tf.Operation
    function: Callable
    results: tuple
    inputs: tuple
    backward: Callable

    def groups(self) -> list[tuple]:
        """For each input the tensors that hold its value: itself, or all reads of a variable."""
        return [_reads(t) if t.dtype == tf.resource else (t,) for t in self.inputs]


def custom_gradients(graph: tf.Graph) -> Iterator[CustomGradient]:
    """Yields each call of a `tf.custom_gradient`, and each op with a registered gradient."""
    for op in graph.get_operations():
        function = _gradient_function(op)
        if function is None:
            continue
        decorated = _closure(function).get("tape_grad_fn")
        yield _registered(op, function) if decorated is None else _decorated(op, decorated)


def _gradient_function(op: tf.Operation) -> Callable | None:
    try:
        name = op.get_attr("_gradient_op_type").decode()
    except ValueError:
        name = op.type
    try:
        return ops.gradient_registry.lookup(name)
    except LookupError:
        return None


def _registered(op: tf.Operation, function: Callable) -> CustomGradient:
    def backward(*passed):
        returned = function(op, *passed)
        return list(returned) if isinstance(returned, (list, tuple)) else [returned]

    return CustomGradient(op, function, tuple(op.outputs), tuple(op.inputs), backward)


def _decorated(op: tf.Operation, tape_gradient: Callable) -> CustomGradient:
    cells = _closure(tape_gradient)
    count, variables = cells["flat_result_len"], cells["variables"]
    arguments = op.inputs[count : len(op.inputs) - len(variables)]
    handles = (op.graph.capture(variable.handle) for variable in variables)
    return CustomGradient(
        op,
        cells["grad_fn"],
        tuple(op.inputs[:count]),
        (*arguments, *handles),
        lambda *passed: tape_gradient(*passed)[count:],
    )


def _closure(function: Any) -> dict[str, Any]:
    cells = (cell.cell_contents for cell in function.__closure__ or ())
    return dict(zip(function.__code__.co_freevars, cells, strict=True))


def _reads(handle: tf.Tensor) -> tuple:
    return tuple(op.outputs[0] for op in handle.consumers() if op.type == "ReadVariableOp")
