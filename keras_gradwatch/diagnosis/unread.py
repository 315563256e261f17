"""A weight that the loss does not depend on: the line that should have used it."""

from collections.abc import Iterator

import numpy as np

from keras_gradwatch.diagnosis.creation import assignment_line
from keras_gradwatch.findings import Finding, Location
from keras_gradwatch.recording import kinds
from keras_gradwatch.recording.recording import LayerCall, Recording, Variable, layers_of


def line_without(recording: Recording, weight: int) -> Location | None:
    """Returns the line of a call that goes on without a weight.

    Of the layer that has it, it is the one that keeps a value of the weight from before, or the
    second one that reads a weight of the same shape. Where that layer is never called, it is the
    second call of one of its kind beside it. `None` where there is none of these.

    Args:
        recording: The step.
        weight: Number of the weight.
    """
    variable = recording.variables[weight]
    for call in recording.calls:
        if variable.is_held_by(list(call.layer._trainable_variables)):
            kept = _kept_from_before(recording, call, variable)
            return kept or _second_reader(recording, call, variable)
    return _second_call_beside(recording, variable)


def never_called(recording: Recording) -> Iterator[Finding]:
    """Yields the layers that were made and never called, by the layers that hold them.

    Where a layer of the same kind beside it was called twice, the second call is the line.

    Args:
        recording: The step.
    """
    parents = layers_of(recording.calls)
    called = set(map(id, parents))
    for parent in parents:
        children = list(getattr(parent, "_layers", ()))
        for child in children:
            if not child.built and id(child) not in called:
                yield _of_uncalled(child, _second_call(recording, children, child))


def _kept_from_before(recording, call: LayerCall, weight: Variable) -> Location | None:
    """Where a constant is made that the call reads: the assignment, or what takes the weight."""
    attributes = recording.attributes_of(call.layer)
    names = [name for name, value in attributes.items() if weight.is_held_by(value)]
    names = [name.removeprefix("_") for name in names] + names
    for name, value in attributes.items():
        if hasattr(value, "dtype") and _is_read(recording, call, value):
            line = assignment_line(call.layer, name, names)
            if line is not None:
                return line
    return None


def _is_read(recording, call: LayerCall, value) -> bool:
    """Whether a call reads a constant: the tensor itself, or one of the same elements."""
    graph = recording.graph
    made = {value for value, maker in graph.made_by.items() if maker.inputs}
    read = {v for o in _inside(recording, call) for v in o.inputs}
    read -= made | recording.variables.keys()
    if not isinstance(value, np.ndarray):
        return recording.number_of(value) in read
    arrays = [graph.value_of(number) for number in read]
    return any(a is not None and np.ndim(a) and np.array_equal(a, value) for a in arrays)


def _second_reader(recording, call: LayerCall, variable: Variable) -> Location | None:
    """The line that reads a weight of the same shape again: this weight was meant there.

    The second of two lines, or, in a loop or within one line, the one that reads such a weight more
    often than all others are read.
    """
    own = list(call.layer._trainable_variables)
    readings = [
        list(_reading_lines(recording, call, number))
        for number, other in recording.variables.items()
        if other is not variable and other.shape == variable.shape and other.is_held_by(own)
    ]
    for lines in readings:
        if len(set(lines)) > 1:
            return list(dict.fromkeys(lines))[-1]
    most, *less = sorted(readings, key=len, reverse=True) or [[]]
    is_again = len(most) > max(map(len, less), default=1)
    return most[-1] if is_again else None


def _reading_lines(recording, call, number) -> Iterator[Location]:
    """The lines inside a call that use a weight."""
    own = {number}
    for operation in _inside(recording, call):
        if own.isdisjoint(operation.inputs):
            continue
        if operation.kind == kinds.READ:
            own.update(operation.outputs)
        elif operation.location:
            yield operation.location


def _inside(recording, call):
    return recording.graph.operations[call.first : call.last]


def _second_call_beside(recording, variable: Variable) -> Location | None:
    """The second call of a layer that is of the same kind as the one, never called, of a weight."""
    for parent in layers_of(recording.calls):
        children = list(getattr(parent, "_layers", ()))
        for child in children:
            if variable.is_held_by(list(child._trainable_variables)):
                again = _second_call(recording, children, child)
                return again.lines[0] if again and again.lines else None
    return None


def _second_call(recording, children, child) -> LayerCall | None:
    """The second call of a layer that is of the same kind as one that is never called."""
    seen: set[int] = set()
    for call in recording.calls:
        is_twin = type(call.layer) is type(child) and any(call.layer is c for c in children)
        if is_twin and id(call.layer) in seen:
            return call
        if is_twin:
            seen.add(id(call.layer))
    return None


def _of_uncalled(child, again: LayerCall | None) -> Finding:
    beside = f"; {again.layer.name} is called twice" if again else ""
    return Finding(
        symptom="missing",
        cause="unused",
        severity="warning" if again else "info",
        layer=child.name,
        location=again.lines[0] if again and again.lines else None,
        message=f"{child.name} is never called and has no weights",
        explanation=f"no call of the model uses this layer{beside}",
        remedy=f"call `{child.name}` where it is meant, or delete it",
    )
