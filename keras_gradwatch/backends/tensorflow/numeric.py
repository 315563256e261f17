"""Custom gradients against finite differences, each on its own and in float64 where possible.

A hand-written backward pass is compared with the slope of its own forward pass: at the
values of the batch, along random directions, for a random gradient from above. The values
are shifted by a hair, so that none of them sits exactly on a kink. A gradient that is not
the derivative on purpose is left alone: that of a function with jumps (a straight-through
estimator, a surrogate) and that of an identity (gradient reversal, gradient clipping).
"""

import dataclasses
import linecache
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gradwatch.backends.tensorflow.custom_gradients import CustomGradient
from keras_gradwatch.backends.tensorflow.evaluation import Evaluation
from keras_gradwatch.backends.tensorflow.recorder import Recorder
from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.numeric.finite_differences import PRECISIONS, Probe
from keras_gradwatch.numeric.wrong_derivative import (
    MOST_CALLS,
    finding,
    numbers,
    unchecked_notes,
    weights_through,
)
from keras_gradwatch.recording import source
from keras_gradwatch.recording.graph import Operation
from keras_gradwatch.recording.returns import watch_return


@dataclasses.dataclass(frozen=True)
class Fault:
    """A custom gradient that is not the derivative of its forward pass.

    Args:
        function: Name of the backward function.
        inputs: What the wrong gradients belong to: numbers of arguments, and variables.
        location: The line that makes the wrong value.
        evidence: The numbers.
    """

    function: str
    inputs: tuple
    location: Location
    evidence: dict


def check_custom_gradients(model: keras.Model, data: Any) -> tuple[list[Finding], list[str]]:
    """Compares every backward function of the user's with finite differences.

    Args:
        model: The compiled model.
        data: A batch as its `train_step` receives it.

    Returns:
        A finding for each backward function that gives a wrong gradient, and a sentence on what
        could not be checked.
    """
    recorder = Recorder(model, keeps_custom_calls=True)
    recording = recorder.run(data)
    found: dict[Location, Finding] = {}
    unchecked: list[str] = []
    for call in recorder.custom_calls[:MOST_CALLS]:
        try:
            wrong = fault(CustomGradient(call))
        except Exception as error:  # It cannot run as a graph, or on its own.
            unchecked.append(f"{call.function.__name__} ({type(error).__name__})")
            continue
        if wrong is not None:
            operation = recording.graph.made_by[tf.nest.flatten(call.result)[0]._id]
            weights = weights_through(recording, _below(wrong, operation))
            earlier = found[wrong.location].weights if wrong.location in found else ()
            found[wrong.location] = finding(
                wrong.function, operation, wrong.location, wrong.evidence, [*earlier, *weights]
            )
    return list(found.values()), unchecked_notes(len(recorder.custom_calls), unchecked)


@dataclasses.dataclass(frozen=True, eq=False)
class _Input:
    """One input of a custom gradient: what it is, where its value is, and its gradient."""

    owner: object
    tensors: tuple
    gradient: tf.Tensor


def fault(gradient: CustomGradient) -> Fault | None:
    """Returns what is wrong with a custom gradient, `None` where nothing is."""
    known = {op.name for op in gradient.graph.get_operations()}
    with gradient.graph.as_default():
        passed = [tf.compat.v1.placeholder(t.dtype, t.shape) for t in gradient.results]
    returned, line = watch_return(gradient.function, lambda: gradient.backward(passed))
    inputs = _with_gradients(gradient, returned)
    wrong, evidence = _wrong_shapes(inputs)
    if not wrong:
        wrong, evidence = _wrong_slopes(inputs, gradient, passed)
    if not wrong:
        return None
    made = [op for op in gradient.graph.get_operations() if op.inputs and op.name not in known]
    right = [value.gradient for value in inputs if value not in wrong]
    op = _origin([value.gradient for value in wrong], right, made)
    upstream = {tensor.op.name for tensor in passed}
    names = upstream | {op.name for op in made}
    uses_upstream = any(upstream & _ancestors(value.gradient, names) for value in wrong)
    location = _line_of(op) if op is not None and uses_upstream else None
    owners = tuple(value.owner for value in wrong)
    return Fault(gradient.function.__name__, owners, location or line, evidence)


def _with_gradients(gradient: CustomGradient, returned: Sequence) -> list[_Input]:
    owners = [*range(len(gradient.arguments)), *gradient.variables]
    every = map(_Input, owners, gradient.inputs(), returned)
    return [i for i in every if i.gradient is not None and i.tensors[0].dtype.is_floating]


def _wrong_shapes(inputs: Sequence[_Input]) -> tuple[list[_Input], dict]:
    """The inputs whose gradient has another shape than they have."""
    wrong = [i for i in inputs if not i.gradient.shape.is_compatible_with(i.tensors[0].shape)]
    if not wrong:
        return [], {}
    shapes = [tensor.shape.as_list() for tensor in (wrong[0].tensors[0], wrong[0].gradient)]
    return wrong, {"value_shape": shapes[0], "gradient_shape": shapes[1]}


def _wrong_slopes(
    inputs: Sequence[_Input], gradient: CustomGradient, passed: Sequence
) -> tuple[list[_Input], dict]:
    """The inputs whose gradient is not the slope of the forward pass."""
    places, returned = [i.tensors for i in inputs], [i.gradient for i in inputs]
    for precision in PRECISIONS if inputs else ():
        try:
            probe = _probe(gradient, places, passed, returned, precision)
        except (ValueError, tf.errors.OpError):
            continue  # an op without a kernel for this type, or a value that cannot be fed
        if probe.is_identity or probe.is_random:
            return [], {}
        compared = [probe.compare(i) for i in range(len(inputs))]
        wrong = [i for i, c in enumerate(compared) if c.is_wrong and not probe.jumps(i)]
        worst = max((compared[i] for i in wrong), key=lambda c: c.error, default=None)
        return [inputs[i] for i in wrong], numbers(worst) if worst else {}
    return [], {}


def _probe(gradient, places, passed, returned, precision) -> Probe:
    flat = [tensor for tensors in places for tensor in tensors]
    outputs, dtype = [*gradient.results, *returned], tf.as_dtype(precision.dtype)
    evaluation = Evaluation(flat, passed, outputs, gradient.evaluate, dtype)
    found = dict(zip((t.name for t in flat), evaluation.values, strict=True))

    def feeds(values):  # A variable may be read in several places.
        pairs = zip(places, values, strict=True)
        return [(tensor, value) for tensors, value in pairs for tensor in tensors]

    def forward(values):
        return evaluation(gradient.results, feeds(values))

    def backward(values, given):
        return evaluation(returned, [*feeds(values), *zip(passed, given, strict=True)])

    return Probe([found[tensors[0].name] for tensors in places], forward, backward, precision)


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


def _line_of(op: tf.Operation) -> Location | None:
    """The innermost line of the user's that made an operation of a graph."""
    for frame in reversed(list(op.traceback)):
        if source.is_users(frame.filename):
            text = linecache.getline(frame.filename, frame.lineno).strip()
            return Location(frame.filename, frame.lineno, frame.name, text)
    return None


def _below(fault: Fault, operation: Operation) -> list[int]:
    """Numbers of the values whose gradient is wrong."""
    return [
        operation.inputs[owner] if isinstance(owner, int) else owner.handle._id
        for owner in fault.inputs
    ]
