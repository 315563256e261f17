"""Calls of functions that bring their own backward pass, with `tf.custom_gradient`."""

import contextlib
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from keras_gradwatch.backends.tensorflow.private import (
    custom_gradient,
    gradient_registry,
    wrap_function,
)
from keras_gradwatch.recording import source


@dataclasses.dataclass(frozen=True)
class Call:
    """One call in a step.

    Args:
        function: The user's function; it returns the result and the backward function.
        arguments: The positional arguments of the call.
        options: The keyword arguments of the call.
        result: What the call returned.
    """

    function: Callable
    arguments: tuple
    options: dict[str, Any]
    result: Any


@contextlib.contextmanager
def watched_calls() -> Iterator[list[Call]]:
    """Collects the calls of the user's own functions while a step runs eagerly."""
    calls: list[Call] = []
    original = custom_gradient._eager_mode_decorator

    def watched(function, args, kwargs):
        result = original(function, args, kwargs)
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is not None and source.is_users(code.co_filename):
            calls.append(Call(function, tuple(args), dict(kwargs), result))
        return result

    custom_gradient._eager_mode_decorator = watched
    try:
        yield calls
    finally:
        custom_gradient._eager_mode_decorator = original


class CustomGradient:
    """The forward and the backward pass of one call, as a graph.

    Args:
        call: The call.

    Attributes:
        graph: The graph.
        results: What the forward pass computes.
        arguments: What it computes them from.
        variables: The variables that it reads besides.
        function: The user's backward function.
    """

    def __init__(self, call: Call):
        values = [tf.convert_to_tensor(value) for value in tf.nest.flatten(call.arguments)]

        @tf.custom_gradient
        def forward(*flat):
            return call.function(*tf.nest.pack_sequence_as(call.arguments, flat), **call.options)

        function = tf.function(lambda *flat: forward(*flat), autograph=False)
        self.graph = function.get_concrete_function(*values).graph
        op, self._gradient = _last_custom_gradient(self.graph)
        cells = _closure(self._gradient)
        count = cells["flat_result_len"]
        self.function: Callable = cells["grad_fn"]
        self.results = op.inputs[:count]
        self.arguments = op.inputs[count : count + len(values)]
        self.variables: list = cells["variables"]
        self._values = values

    def inputs(self) -> list[tuple]:
        """For each argument and each variable the tensors that hold its value."""
        handles = (self.graph.capture(variable.handle) for variable in self.variables)
        reads = (tuple(o.outputs[0] for o in h.consumers() if _is_read(o)) for h in handles)
        return [*((tensor,) for tensor in self.arguments), *reads]

    def backward(self, passed: list) -> list:
        """Adds the backward pass to the graph, and returns the gradients of the inputs."""
        with self.graph.as_default():
            found = self._gradient(*passed)[len(self.results) :]
            return [
                tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g for g in found
            ]

    def evaluate(self, tensors: list) -> list:
        """Returns the values of tensors of the graph, all from one run with the arguments."""
        holder = wrap_function.VariableHolder(share_variables=True)
        whole = wrap_function.WrappedFunction(self.graph, holder)
        feeds = self.graph.inputs[: len(self._values)]
        return [value.numpy() for value in whole.prune(feeds, list(tensors))(*self._values)]


def _last_custom_gradient(graph: tf.Graph) -> tuple[tf.Operation, Callable]:
    """The outermost custom gradient: it is finished last."""
    for op in reversed(graph.get_operations()):
        if op.type == "IdentityN":
            registered = gradient_registry.lookup(op.get_attr("_gradient_op_type").decode())
            return op, _closure(registered)["tape_grad_fn"]
    raise ValueError("The graph has no custom gradient.")


def _closure(function: Any) -> dict[str, Any]:
    cells = (cell.cell_contents for cell in function.__closure__ or ())
    return dict(zip(function.__code__.co_freevars, cells, strict=True))


def _is_read(op: tf.Operation) -> bool:
    return op.type == "ReadVariableOp"
