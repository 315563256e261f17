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

from keras_gradwatch.diagnosis import source
from keras_gradwatch.backends.tensorflow.custom_gradients import Call, CustomGradient
from keras_gradwatch.diagnosis.finite_differences import PRECISIONS, Comparison, Probe
from keras_gradwatch.diagnosis.graph import Operation
from keras_gradwatch.backends.tensorflow.recorder import Recorder, Recording
from keras_gradwatch.diagnosis.returns import watch_return
from keras_gradwatch.findings import Finding, Location

MOST_CALLS = 100
"""Calls of custom gradients that are checked in one step, about 0.2 seconds each."""


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


def check(model: keras.Model, data: Any) -> list[Finding]:
    """Returns a finding for every backward function that gives a wrong gradient.

    Args:
        model: The compiled model.
        data: A batch as its `train_step` receives it.
    """
    recording = Recorder(model, numeric=True).run(data)
    found: dict[Location, Finding] = {}
    for call in recording.custom_calls[:MOST_CALLS]:
        wrong = _fault_of(call)
        if wrong is not None:
            told = found.get(wrong.location)
            found[wrong.location] = _finding(wrong, call, recording, told.weights if told else ())
    return list(found.values())


@dataclasses.dataclass(frozen=True, eq=False)
class _Input:
    """One input of a custom gradient: what it is, where its value is, and its gradient."""

    owner: object
    tensors: tuple
    gradient: tf.Tensor


def _fault_of(call: Call) -> Fault | None:
    try:
        return fault(CustomGradient(call))
    except Exception:  # It cannot run as a graph, or not with a gradient from above alone.
        return None


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
    location = _line_of(op) if op is not None else None
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
            probe = Probe(gradient, places, passed, returned, precision)
        except (ValueError, tf.errors.OpError):
            continue  # an op without a kernel for this type, or a value that cannot be fed
        if probe.is_identity or probe.is_random:
            return [], {}
        compared = [probe.compare(i) for i in range(len(inputs))]
        wrong = [i for i, c in enumerate(compared) if c.is_wrong and not probe.jumps(i)]
        worst = max((compared[i] for i in wrong), key=lambda c: c.error, default=None)
        return [inputs[i] for i in wrong], _numbers(worst) if worst else {}
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


def _line_of(op: tf.Operation) -> Location | None:
    """The innermost line of the user's that made an operation of a graph."""
    for frame in reversed(list(op.traceback)):
        if source.is_users(frame.filename):
            text = linecache.getline(frame.filename, frame.lineno).strip()
            return Location(frame.filename, frame.lineno, frame.name, text)
    return None


def _finding(fault: Fault, call: Call, recording: Recording, told: tuple) -> Finding:
    operation = recording.graph.made_by[tf.nest.flatten(call.result)[0]._id]
    return Finding(
        symptom="wrong",
        cause="wrong-derivative",
        severity="error",
        weights=tuple(dict.fromkeys((*told, *_weights(fault, operation, recording)))),
        layer=operation.layer,
        op="CustomGradient",
        location=fault.location,
        message=_message(fault),
        explanation=(
            "The gradient is not the derivative of the forward pass: finite differences of the "
            "forward pass on this batch say something else."
        ),
        remedy=(
            "Derive the backward pass again: multiply by the gradient from above, keep every "
            "inner factor and every intermediate value of the forward pass, and return one "
            "gradient of the same shape for each input. Without `tf.custom_gradient` TensorFlow "
            "derives it by itself."
        ),
        evidence=fault.evidence,
    )


def _message(fault: Fault) -> str:
    if "gradient_shape" in fault.evidence:
        return (
            f"`{fault.function}` returns a gradient of shape {fault.evidence['gradient_shape']} "
            f"for a value of shape {fault.evidence['value_shape']}."
        )
    slope, gradient = (fault.evidence[name][0] for name in ("finite_differences", "gradient"))
    return (
        f"`{fault.function}` returns a wrong gradient: along one direction the forward pass "
        f"changes by {slope:.3g}, and the gradient says {gradient:.3g}."
    )


def _weights(fault: Fault, operation: Operation, recording: Recording) -> list[str]:
    """Paths of the weights whose gradient comes through a wrong one."""
    numbers = [
        operation.inputs[owner] if isinstance(owner, int) else owner.handle._id
        for owner in fault.inputs
    ]
    below = recording.graph.before(numbers)
    pairs = [p for b in recording.backward for p in zip(b.weights, b.paths, strict=True)]
    return [path for number, path in pairs if number in below and path is not None]
